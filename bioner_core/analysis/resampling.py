"""Sampling noise of F1 from a run's counts: resample the documents of the test part (bootstrap)."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bioner_core.computed_once import compute_once
from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves import draws
from bioner_core.curves.curve import build_curves
from bioner_core.curves.draws import N_DRAWS, SamplingNoise, ShiftKey
from bioner_core.curves.model_noise import estimate_seed_sd
from bioner_core.curves.points import ALL, AVERAGES, MACRO
from bioner_core.errors import BionerError
from bioner_core.kept_arrays import Arrays, digest_code, load_or_compute
from bioner_core.study.jobs import SentenceCounts, TrainJob
from bioner_core.study.journal import FileStamp
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

Float32s = NDArray[np.float32]
Stamps = tuple[FileStamp, ...]
MIN_DOCUMENTS = 10  # in the test part; with fewer, its sentences are resampled instead
MAX_LENDERS = 20  # most recent studies of the same model and method whose spread over seeds is borrowed
_TEST_PART_STREAM = 5  # random stream of this module, so that no other one draws the same numbers
_NO_NOISE = SamplingNoise(is_lasting=True)  # of a published run


def estimate_sampling_noise(run: Run, store: RunStore | None = None) -> SamplingNoise:
    """Estimate the sampling noise of a run from its counts; the same object until its files change.

    In a study of several seeds, curves with one seed borrow the spread over seeds of the other curves.

    :param store: a study of one seed borrows the spread of this store's studies of the same model.
    """
    if not run.study.jobs:
        return _NO_NOISE
    others: tuple[Run, ...] = (run,)
    if store is not None and len(run.study.seeds) == 1:
        job = run.study.jobs[0]
        lenders = (other for other in store.runs() if other.name != run.name and _can_lend_spread(other, job))
        others = tuple(islice(lenders, MAX_LENDERS))
    return _estimate_noise(run, run.stamps, tuple((other, other.stamps) for other in others))


@compute_once(maxsize=16)
def _estimate_noise(run: Run, stamps: Stamps, others: tuple[tuple[Run, Stamps], ...]) -> SamplingNoise:
    if run.is_locked():  # it changes while it is trained
        return _resample_run(run, others)
    counts = [run.counts_stamp(job.id) for job in run.study.jobs]
    lenders = [(str(other.folder), other_stamps) for other, other_stamps in others]
    code = [digest_code(Path(file).parent) for file in (__file__, draws.__file__)]
    what = ("noise", code, str(run.folder.resolve()), stamps, counts, lenders)
    return _unpack_noise(load_or_compute(what, lambda: _pack_noise(_resample_run(run, others))))


def _resample_run(run: Run, others: tuple[tuple[Run, Stamps], ...]) -> SamplingNoise:
    """Resample the test part for every size of a run that has counts."""
    sizes: dict[tuple[str, str, str, str, int], list[TrainJob]] = defaultdict(list)
    done, units = run.finished_job_ids(), dict[str, str]()
    for job in run.study.jobs:
        if job.id in done:
            sizes[job.target, job.arm, job.model, job.method, job.n_sentences].append(job)
    shifts: dict[ShiftKey, NDArray[np.float64]] = {}
    for (target, arm, model, method, n), jobs in sizes.items():
        description = run.study.descriptions.get(target)
        job_shifts = [_resample_job(run, job, description, run.counts_stamp(job.id)) for job in jobs]
        if None not in job_shifts:
            available = [shift for shift in job_shifts if shift is not None]
            units[target] = available[0].unit
            for entity in available[0].f1:
                mean = np.stack([shift.f1[entity] for shift in available]).mean(axis=0, dtype=np.float64)
                shifts[target, arm, model, method, entity, n] = mean
    return SamplingNoise(shifts=shifts, units=units, borrowed=_borrow_seed_spread(run, others))


def _pack_noise(noise: SamplingNoise) -> Arrays:
    """Return noise as arrays: its numbers stacked, its keys as JSON."""
    keys = [list(noise.shifts), list(noise.units.items()), [(*key, sd) for key, sd in noise.borrowed.items()]]
    shifts = np.stack(list(noise.shifts.values())) if noise.shifts else np.empty((0, N_DRAWS))
    return {"keys": np.array(json.dumps(keys)), "shifts": shifts}


def _unpack_noise(arrays: Arrays) -> SamplingNoise:
    """Return the noise of ``_pack_noise``."""
    keys, units, borrowed = json.loads(str(arrays["keys"]))
    shifts: Any = arrays["shifts"]
    return SamplingNoise(
        shifts={tuple(key): row for key, row in zip(keys, shifts, strict=True)},
        units=dict(units),
        borrowed={(model, method): sd for model, method, sd in borrowed},
        is_lasting=True,
    )


@dataclass(frozen=True, eq=False)
class TestPartShifts:
    """Change of one model's F1 in each resampled test part."""

    f1: Mapping[str, Float32s]  # type, "all" or "macro" → (draws,)
    unit: str  # "documents" or "sentences"


@lru_cache(maxsize=4096)
def _resample_job(
    run: Run, job: TrainJob, description: CorpusDescription | None, _: FileStamp
) -> TestPartShifts | None:
    """Resample the test part of one job; None where its counts are missing."""
    try:
        return resample_counts(run.counts(job.id), job.target, description)
    except BionerError:
        return None


def resample_counts(
    counted: SentenceCounts, target: str, description: CorpusDescription | None
) -> TestPartShifts:
    """Resample the test part for the counts of one model, with the draws of all models tested on the target.

    :param description: of the target, whose documents are resampled.
    """
    counts = np.concatenate([counted.counts, counted.counts.sum(axis=1, keepdims=True)], axis=1)
    units = assign_test_units(description, len(counts))
    sums = _sum_units(counts, units)  # (units, types and all, 3)
    resampled = np.einsum("du,utc->dtc", _draw_weights(target, len(sums)), sums, optimize=True)
    observed = counts.sum(axis=0)
    f1 = _compute_f1(resampled) - _compute_f1(observed)  # (draws, types and all)
    shifts = {entity: f1[:, at] for at, entity in enumerate((*counted.entities, ALL))}
    shifts[MACRO] = _compute_macro_f1(resampled[:, :-1]) - _compute_macro_f1(observed[None, :-1])
    return TestPartShifts(shifts, "sentences" if len(sums) == len(counts) else "documents")


@lru_cache(maxsize=16)
def _draw_weights(target: str, n_units: int) -> Float32s:
    """Draw how often each unit is resampled, (draws, units): the same for all models tested on a target."""
    rng = np.random.default_rng([_TEST_PART_STREAM, crc32(target.encode())])
    return rng.multinomial(n_units, np.full(n_units, 1 / max(1, n_units)), size=N_DRAWS).astype(np.float32)


def _compute_f1(counts: NDArray[np.floating] | NDArray[np.integer]) -> Float32s:
    """Return F1 of tp, fp and fn in the last axis; 0 without a true positive."""
    tp, wrong = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.asarray(2 * tp / np.maximum(2 * tp + wrong, 1), dtype=np.float32)


def _compute_macro_f1(counts: NDArray[np.floating] | NDArray[np.integer]) -> Float32s:
    """Return the mean F1 of the types that have a mention, (draws,), of tp, fp and fn (draws, types, 3)."""
    has_mention = counts[..., 0] + counts[..., 2] > 0  # (draws, types)
    f1 = np.where(has_mention, _compute_f1(counts), 0).sum(axis=1)
    return np.asarray(f1 / np.maximum(has_mention.sum(axis=1), 1), dtype=np.float32)


def _sum_units(counts: NDArray[np.integer], units: NDArray[np.int64]) -> Float32s:
    """Return the sums of counts over each unit, (units, …); 0 for a number that no sentence has."""
    order = np.argsort(units, kind="stable")
    numbers, starts = np.unique(units[order], return_index=True)
    sums = np.zeros((int(units.max(initial=-1)) + 1, *counts.shape[1:]), dtype=np.float32)
    sums[numbers] = np.add.reduceat(counts[order], starts, axis=0) if len(numbers) else 0
    return sums


@lru_cache(maxsize=64)
def assign_test_units(description: CorpusDescription | None, n_sentences: int) -> NDArray[np.int64]:
    """Return the unit of each test sentence: its document, or itself where that is unknown, (sentences,).

    With fewer than ``MIN_DOCUMENTS`` documents, the sentences are the units.
    """
    documents = description.decode_test_documents() if description else np.empty(0, dtype=np.int64)
    has_documents = len(documents) == n_sentences and documents.max(initial=-1) + 1 >= MIN_DOCUMENTS
    return documents if has_documents else np.arange(n_sentences)


def _borrow_seed_spread(run: Run, others: tuple[tuple[Run, Stamps], ...]) -> Mapping[tuple[str, str], float]:
    """Return the median spread over seeds of other studies of the run's model and method."""
    job = run.study.jobs[0]
    spreads = [spread for other, stamps in others if (spread := _load_seed_spread(other, stamps)) is not None]
    return {(job.model, job.method): float(np.median(spreads))} if spreads else {}


def _can_lend_spread(run: Run, job: TrainJob) -> bool:
    """Tell from its plan whether a study can lend: same model and method, several seeds, real targets."""
    try:
        study = run.study
    except BionerError:  # opening that run shows the error
        return False
    has_same_recipe = study.jobs and (study.jobs[0].model, study.jobs[0].method) == (job.model, job.method)
    descriptions = [study.descriptions.get(target, CorpusDescription()) for target in study.targets]
    is_synthetic = any(description.is_synthetic for description in descriptions)
    return bool(has_same_recipe) and len(study.seeds) > 1 and not is_synthetic


@lru_cache(maxsize=256)
def _load_seed_spread(run: Run, _: Stamps) -> float | None:
    """Return a study's standard deviation over seeds; None where it cannot be read."""
    try:
        curves = [curve for curve in build_curves(run.points()) if curve.entity not in AVERAGES]
        return estimate_seed_sd([curve for curve in curves if not curve.is_rare] or curves)
    except BionerError:
        return None
