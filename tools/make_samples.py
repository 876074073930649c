"""Write the samples of corpus formats, ``tests/data/formats/``: ``python tools/make_samples.py [FORMAT …]``.

The library of each tool writes its samples, if it is on PyPI; the modules in this folder name the versions.
Install the libraries into a separate environment; without its library, a sample stays as it is.
"""

import sys
from pathlib import Path

import annotation_samples
import distributed_samples
import export_samples
import record_samples
import research_samples
import shared_task_samples
import table_samples
import token_samples

MODULES = (
    annotation_samples,
    record_samples,
    token_samples,
    table_samples,
    distributed_samples,
    export_samples,
    research_samples,
    shared_task_samples,
)
FOLDER = Path(__file__).resolve().parent.parent / "tests/data/formats"


def write_samples(wanted):
    """Write all samples, or those of the named formats."""
    writers = {name: writer for module in MODULES for name, writer in module.WRITERS.items()}
    for name in wanted or writers:
        try:
            writers[name](FOLDER / name)
        except ImportError as error:
            print(f"{name}: left as it is ({error})")
        else:
            print(f"{name}: made")


if __name__ == "__main__":
    write_samples(sys.argv[1:])
