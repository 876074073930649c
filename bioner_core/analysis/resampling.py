"""What a run's counts tell of chance: how F1 moves when the documents of the test part are drawn anew."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.curve import build_curves
from bioner_core.curves.interval import N_DRAWS, SamplingNoise, ShiftKey, estimate_seed_sd
from bioner_core.curves.points import ALL, AVERAGES, MACRO
from bioner_core.errors import BionerError
from bioner_core.study.counts_file import locate_counts
from bioner_core.study.jobs import TrainJob
from bioner_core.study.journal import FileStamp, read_stamp
from bioner_core.study.run import Run
from bioner_core.study.run_files import POINTS_FILE, STUDY_FILE
from bioner_core.study.store import RunStore

Floats = NDArray[np.float32]
Stamps = tuple[FileStamp, ...]
MIN_DOCUMENTS = 10  # in the test part; of fewer its sentences are drawn
LENDERS = 20  # studies of the same model and method, last changed first, that lend their spread over seeds
_TEST_PART = 5  # what numbers are drawn for: the same ones must not be drawn twice
_NOTHING = SamplingNoise()


def chance(run: Run, store: RunStore | None = None) -> SamplingNoise:
    """Return what a run's counts tell of chance; the same object until its files change.

    A study of several seeds lends their spread to those of its own curves that have one.

    :param store: whose other studies of the same model lend theirs to a study of one seed.
    """
    if not run.study.jobs:
        return _NOTHING
    others: tuple[Run, ...] = (run,)
    if store is not None and len(run.study.seeds) == 1:
        job = run.study.jobs[0]
        lending = (other for other in store.runs() if other.name != run.name and _lends(other, job))
        others = tuple(islice(lending, LENDERS))
    return _chance(run, _stamps(run), tuple((other, _stamps(other)) for other in others))


def _stamps(run: Run) -> Stamps:
    return tuple(read_stamp(run.folder / name) for name in (STUDY_FILE, POINTS_FILE))


@lru_cache(maxsize=16)
def _chance(run: Run, _: Stamps, others: tuple[tuple[Run, Stamps], ...]) -> SamplingNoise:
    sizes: dict[tuple[str, str, str, str, int], list[TrainJob]] = defaultdict(list)
    done, units = run.finished_job_ids(), dict[str, str]()
    for job in run.study.jobs:
        if job.id in done:
            sizes[job.target, job.source, job.model, job.method, job.n_sentences].append(job)
    shifts: dict[ShiftKey, NDArray[np.float64]] = {}
    for (target, source, model, method, n), jobs in sizes.items():
        about = run.study.descriptions.get(target)
        moved = [_moved(run, job, about, read_stamp(locate_counts(run.folder, job.id))) for job in jobs]
        if None not in moved:
            known = [each for each in moved if each is not None]
            units[target] = known[0].unit
            for entity in known[0].f1:
                mean = np.stack([each.f1[entity] for each in known]).mean(axis=0, dtype=np.float64)
                shifts[target, source, model, method, entity, n] = mean
    return SamplingNoise(shifts=shifts, units=units, borrowed=_borrowed(run, others))


@dataclass(frozen=True, eq=False)
class _Moved:
    """By how much one job's F1 moves in each draw of the test part."""

    f1: Mapping[str, Floats]  # type, "all" or "macro" → (draws,)
    unit: str  # "documents" or "sentences"


@lru_cache(maxsize=4096)
def _moved(run: Run, job: TrainJob, about: CorpusDescription | None, _: FileStamp) -> _Moved | None:
    """Draw the test part of one job anew; None where its counts are missing."""
    try:
        found = run.counts(job.id)
    except BionerError:
        return None
    counts = np.concatenate([found.counts, found.counts.sum(axis=1, keepdims=True)], axis=1)
    places = places_of(about, len(counts))
    sums = np.zeros((int(places.max(initial=-1)) + 1, *counts.shape[1:]), dtype=np.float32)
    np.add.at(sums, places, counts)  # (units, types and all, 3)
    drawn = np.einsum("du,utc->dtc", _weights(job.target, len(sums)), sums, optimize=True)
    whole = counts.sum(axis=0)
    f1 = _f1(drawn) - _f1(whole)  # (draws, types and all)
    moved = {entity: f1[:, at] for at, entity in enumerate((*found.entities, ALL))}
    moved[MACRO] = _macro(drawn[:, :-1]) - _macro(whole[None, :-1])
    return _Moved(moved, "sentences" if len(sums) == len(counts) else "documents")


@lru_cache(maxsize=16)
def _weights(target: str, n_units: int) -> Floats:
    """Return how often each unit is drawn, (draws, units): the same for all models tested on a target."""
    rng = np.random.default_rng([_TEST_PART, crc32(target.encode())])
    return rng.multinomial(n_units, np.full(n_units, 1 / max(1, n_units)), size=N_DRAWS).astype(np.float32)


def _f1(counts: NDArray[np.floating] | NDArray[np.integer]) -> Floats:
    """Return F1 of tp, fp and fn in the last axis; 0 where nothing is right."""
    tp, wrong = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.asarray(2 * tp / np.maximum(2 * tp + wrong, 1), dtype=np.float32)


def _macro(counts: NDArray[np.floating] | NDArray[np.integer]) -> Floats:
    """Return the mean F1 of the types that have a mention, (draws,), of tp, fp and fn (draws, types, 3)."""
    has_mention = counts[..., 0] + counts[..., 2] > 0  # (draws, types)
    f1 = np.where(has_mention, _f1(counts), 0).sum(axis=1)
    return np.asarray(f1 / np.maximum(has_mention.sum(axis=1), 1), dtype=np.float32)


def places_of(about: CorpusDescription | None, n_sentences: int) -> NDArray[np.int64]:
    """Return the unit of each test sentence: its document, or itself where that is unknown, (sentences,).

    Of fewer than ``MIN_DOCUMENTS`` documents the sentences are the units.
    """
    places = about.decode_test_documents() if about else np.empty(0, dtype=np.int64)
    is_known = len(places) == n_sentences and places.max(initial=-1) + 1 >= MIN_DOCUMENTS
    return places if is_known else np.arange(n_sentences)


def _borrowed(run: Run, others: tuple[tuple[Run, Stamps], ...]) -> Mapping[tuple[str, str], float]:
    """Return the median spread over seeds of other studies of the run's model and method."""
    job = run.study.jobs[0]
    spreads = [spread for other, when in others if (spread := _lent(other, when)) is not None]
    return {(job.model, job.method): float(np.median(spreads))} if spreads else {}


def _lends(run: Run, to: TrainJob) -> bool:
    """Say by its plan alone whether a study lends: same model and method, several seeds, real targets."""
    try:
        study = run.study
    except BionerError:  # what is wrong with another run is told where that run is opened
        return False
    same = study.jobs and (study.jobs[0].model, study.jobs[0].method) == (to.model, to.method)
    is_synthetic = any(study.descriptions.get(target, CorpusDescription()).is_synthetic for target in study.targets)
    return bool(same) and len(study.seeds) > 1 and not is_synthetic


@lru_cache(maxsize=256)
def _lent(run: Run, _: Stamps) -> float | None:
    """Return a study's spread over seeds; None where it cannot be read yet."""
    try:
        found = [curve for curve in build_curves(run.points()) if curve.entity not in AVERAGES]
        return estimate_seed_sd([curve for curve in found if not curve.is_rare] or found)
    except BionerError:
        return None
