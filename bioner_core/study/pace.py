"""How fast a machine or a cluster trains: measured by each worker, and kept beside the runs for the next."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bioner_core.corpus.cache import FEATURES
from bioner_core.corpus.sentences import Corpus
from bioner_core.files import locate_cache_folder, write_atomically
from bioner_core.study.jobs import TrainJob
from bioner_core.study.provenance import describe_devices, read_hostname

PACE_FILE = ".pace.json"  # in the folder of the runs


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The speed of a place for one model and method, all its devices together; None where unknown."""

    words_per_second: float | None = None  # that a frozen encoder reads
    seconds_per_unit: float | None = None  # of training, by the clock; units of ``study.workload``


def load_pace(folder: Path, jobs: Sequence[TrainJob], place: str = "") -> Pace:
    """Return the speed of a place for jobs like these, as the latest worker measured it.

    :param folder: of the runs.
    :param place: as ``Backend.place`` names it; "" is this machine.
    """
    with suppress(OSError, ValueError, TypeError, AttributeError):  # absent, damaged or of another version
        record = json.loads((folder / PACE_FILE).read_bytes()).get(_build_key(jobs, place), {})
        if all(value is None or 0 < float(value) < float("inf") for value in record.values()):
            return Pace(**record)
    return Pace()


def save_pace(folder: Path, jobs: Sequence[TrainJob], pace: Pace, place: str = "") -> None:
    """Keep the speed of a place; a folder that cannot be written keeps none."""
    path, record = folder / PACE_FILE, {}
    with suppress(OSError, ValueError):
        record = json.loads(path.read_bytes())
    with suppress(OSError, AttributeError, TypeError):
        record |= {_build_key(jobs, place): asdict(pace)}
        write_atomically(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def _build_key(jobs: Sequence[TrainJob], place: str) -> str:
    """Return what a speed holds for: the machine and its devices, or the cluster; method, model, numbers."""
    job, machine = jobs[0], (place,) if place else (read_hostname(), describe_devices())
    return " | ".join((*machine, job.method, job.model, job.settings.dtype))


def count_words_to_read(
    jobs: Sequence[TrainJob], corpora: Mapping[str, Corpus], place: str = ""
) -> dict[str, int]:
    """Return the words that a frozen encoder must read before heads are trained, by corpus.

    Words whose features are cached here are not read again; of a cluster's caches nothing is known. Other
    methods read nothing in advance.
    """
    is_read: Callable[[str], bool] = (lambda digest: False) if place else has_features
    names = {name for job in jobs if job.method == "probe" for name in (job.target, *job.sources)}
    return {
        name: count_words(corpora[name])
        for name in sorted(names)
        if name in corpora and not is_read(corpora[name].digest)
    }


def count_words(corpus: Corpus) -> int:
    """Return the words of the distinct sentences of a corpus: an encoder reads each of them once."""
    return sum(map(len, {sentence.tokens for sentence in corpus.sentences}))


def has_features(digest: str) -> bool:
    """Say whether an encoder has read a corpus before."""
    return any((locate_cache_folder() / FEATURES).glob(f"{digest}-*.npy"))
