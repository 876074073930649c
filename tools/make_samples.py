"""Make the samples of corpus formats, ``tests/data/formats/``. ``python tools/make_samples.py [FORMAT …]``.

Each is written by the tool's own library where PyPI has one; the modules beside name them and their versions.
Install those you need into an environment of their own; a sample whose library is missing is left as it is.
"""

import sys
from pathlib import Path

import annotation_samples
import distributed_samples
import record_samples
import table_samples
import token_samples

MODULES = (annotation_samples, record_samples, token_samples, table_samples, distributed_samples)
FOLDER = Path(__file__).resolve().parent.parent / "tests/data/formats"


def main(wanted):
    """Make all samples, or those named."""
    makers = {name: make for module in MODULES for name, make in module.MAKERS.items()}
    for name in wanted or makers:
        try:
            makers[name](FOLDER / name)
        except ImportError as error:
            print(f"{name}: left as it is ({error})")
        else:
            print(f"{name}: made")


if __name__ == "__main__":
    main(sys.argv[1:])
