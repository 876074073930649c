"""How fast a machine or a cluster trains: measured by each worker, and kept beside the runs for the next."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bioner_core.corpus.cache import FEATURES, STATES
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import Method
from bioner_core.files import locate_cache_folder, write_atomically
from bioner_core.study.jobs import READING_METHODS, TrainJob
from bioner_core.study.provenance import describe_devices, read_hostname

PACE_FILE = ".pace.json"  # in the folder of the runs


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The speed of a place for one model and method, all its devices together; None where unknown."""

    words_per_second: float | None = None  # that frozen layers read
    seconds_per_unit: float | None = None  # of training, by the clock; units of ``study.workload``
    processes: int | None = None  # of a GPU that pay, as its measured rate says


def load_pace(folder: Path, jobs: Sequence[TrainJob], place: str = "") -> Pace:
    """Return the speed of a place for jobs like these, as the latest worker measured it.

    :param folder: of the runs.
    :param place: as ``Backend.place`` names it; "" is this machine.
    """
    with suppress(OSError, ValueError, TypeError, AttributeError):  # absent, damaged or of another version
        record = json.loads((folder / PACE_FILE).read_bytes()).get(_build_key(jobs, place), {})
        if all(value is None or 0 < value < float("inf") for value in record.values()):
            return Pace(**record)
    return Pace()


def save_pace(folder: Path, jobs: Sequence[TrainJob], pace: Pace, place: str = "") -> None:
    """Keep what is known of the speed of a place; a folder that cannot be written keeps none."""
    path, record = folder / PACE_FILE, {}
    measured = {name: value for name, value in asdict(pace).items() if value is not None}
    with suppress(OSError, ValueError):
        record = json.loads(path.read_bytes())
    with suppress(OSError, AttributeError, TypeError):
        record |= {_build_key(jobs, place): asdict(load_pace(folder, jobs, place)) | measured}
        write_atomically(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def _build_key(jobs: Sequence[TrainJob], place: str) -> str:
    """Return what a speed holds for: the machine and its devices, or the cluster; method, model, numbers."""
    job, machine = jobs[0], (place,) if place else (read_hostname(), describe_devices())
    layers = [str(n) for n in (job.settings.upper_layers, job.settings.first_layers) if n]
    method = " ".join((job.method, "/".join(layers))).strip()
    return " | ".join((*machine, method, job.model, job.settings.dtype))


def count_words_to_read(
    jobs: Sequence[TrainJob], corpora: Mapping[str, Corpus], place: str = ""
) -> dict[str, int]:
    """Return the words that frozen layers must read before others are trained, by corpus.

    Words whose features or states are cached here are not read again; of a cluster's caches nothing is known.
    Fine-tuning reads nothing in advance.
    """
    methods = {name: job.method for job in jobs for name in list_corpora_to_read(job)}
    return {
        name: count_words(corpora[name])
        for name, method in sorted(methods.items())
        if name in corpora and (place or not is_read(corpora[name].digest, method))
    }


def list_corpora_to_read(job: TrainJob) -> tuple[str, ...]:
    """Return the corpora that frozen layers read before a job is trained."""
    return (job.target, *job.sources) if job.method in READING_METHODS else ()


def count_words(corpus: Corpus) -> int:
    """Return the words of the distinct sentences of a corpus: an encoder reads each of them once."""
    return sum(map(len, {sentence.tokens for sentence in corpus.sentences}))


def is_read(digest: str, method: Method) -> bool:
    """Say whether frozen layers have read a corpus for a method before."""
    folder = STATES if method == "partial" else FEATURES
    return any((locate_cache_folder() / folder).glob(f"{digest}-*.npy"))
