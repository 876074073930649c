"""The probe: small heads on the features of a frozen encoder, several trained at a time."""

import hashlib
import json
import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import unshared
from bioner_core.scoring.exact import gold_ids
from bioner_core.study.jobs import Outcome, Progress, TrainJob
from bioner_core.tagging.features import Features, corpus_features
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.outcome import done, failed, renumbered, scored_types
from bioner_core.tagging.probe_head import Head, Lesson, tags_of_head, train_head

TOLD = 20  # a thread tells of every so many steps
Key = tuple[str, str, str, int, str]
State = dict[str, Tensor]


class StoppedError(Exception):
    """Nobody waits for the outcome any more."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shop:
    """What the threads of one call share."""

    materials: Materials
    device: str
    features: dict[Key, Features] = field(default_factory=dict)
    told: "SimpleQueue[Outcome]" = field(default_factory=SimpleQueue)
    stop: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    locks: dict[str, Lock] = field(default_factory=dict)  # by digest of a pretraining
    pretrained: dict[str, State] = field(default_factory=dict)  # likewise


def run_probe(
    jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
) -> Iterator[Outcome]:
    """Compute features once a corpus, then train heads, one a core at a time; one that fails stops no other.

    A head has its own random numbers and a single thread, so a job's score does not depend on the others.
    """
    shop = Shop(materials=Materials(corpora, device=device, cache=cache), device=device)
    ready = []
    for job in jobs:
        try:
            yield from _read(job, shop, cache)
            ready.append(job)
        except Exception as error:
            yield failed(job, error)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield from _side_by_side(ready, shop)
    finally:
        torch.set_num_threads(n_threads)


def _read(job: TrainJob, shop: Shop, cache: Path) -> Generator[Progress, None, None]:
    """Yield progress until the features of all corpora of a job are at hand."""
    digests = (job.target_digest, *job.source_digests)
    for name, digest in zip((job.target, *job.sources), digests, strict=True):
        corpus = shop.materials.corpus(name, digest)
        shop.materials.split(name, seed=job.split_seed)
        if (key := _key(job, name)) not in shop.features:
            shop.features[key] = yield from corpus_features(job, corpus, shop.materials, cache=cache)


def _key(job: TrainJob, name: str) -> Key:
    return (name, job.model, job.model_revision, job.settings.max_pieces, job.settings.dtype)


def _side_by_side(jobs: Sequence[TrainJob], shop: Shop) -> Iterator[Outcome]:
    """Yield what all jobs have to tell, in the order in which it comes; closing stops their threads."""

    def work(job: TrainJob) -> None:
        try:
            shop.told.put(_probe(job, shop))
        except Exception as error:
            shop.told.put(failed(job, error))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for job in jobs:
                pool.submit(work, job)
            n_left = len(jobs)
            while n_left:
                outcome = shop.told.get()
                n_left -= not isinstance(outcome, Progress)
                yield outcome
        finally:
            shop.stop.set()
            pool.shutdown(cancel_futures=True)


def _probe(job: TrainJob, shop: Shop) -> Outcome:
    """Train and score the head of one job."""
    began = time.perf_counter()
    split = shop.materials.split(job.target, seed=job.split_seed, leave_out_shared=job.leave_out_shared)
    n = len(split.train) if job.is_full else job.n_sentences
    sentences = split.first(n, seed=job.seed, sample=job.sample)
    types = _label_space(job, shop)
    kept = scored_types(job, split.types, [t for name in job.sources for t in _types(name, job, shop)])
    head = _head(job, shop, seed=int(job.id, 16))
    if job.sources:
        head.load_state_dict(_pretrained(job, shop))
    if sentences:
        _train(
            head,
            _lessons(job, shop, job.target, sentences),
            job,
            shop,
            phase="training",
            seed=int(job.id, 16),
        )
    tests = _lessons(job, shop, job.target, split.test)
    found = tags_of_head(head, tests, _allowed(types, kept))
    return done(
        job,
        split=split,
        trained_on=sentences,
        types=kept,
        found=renumbered(found, types, kept),
        seconds=time.perf_counter() - began,
    )


def _pretrained(job: TrainJob, shop: Shop) -> State:
    """Return the weights of a head trained on a job's sources; who comes second waits for the first."""
    record = [
        job.source,
        job.source_digests,
        _label_space(job, shop),
        (job.model, job.model_revision),
        asdict(job.settings),
        job.seed,
        job.split_seed,
        job.target_digest if job.leave_out_shared else "",
    ]
    digest = hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]
    with shop.lock:
        own = shop.locks.setdefault(digest, Lock())
    with own:
        if digest not in shop.pretrained:
            head = _head(job, shop, seed=int(digest, 16))
            for number, group in enumerate(job.source.split(":")):
                lessons = [x for name in group.split("+") for x in _source_lessons(job, shop, name)]
                seed = int(digest, 16) + number
                _train(head, lessons, job, shop, phase=f"pretraining on {group}", seed=seed)
            shop.pretrained[digest] = head.state_dict()
        return shop.pretrained[digest]


def _train(
    head: Head, lessons: Sequence[Lesson], job: TrainJob, shop: Shop, *, phase: str, seed: int
) -> None:
    """Train a head and tell how far it is."""
    for step, total in train_head(head, lessons, job.settings, seed=seed):
        if shop.stop.is_set():
            raise StoppedError
        if step % TOLD == 0:
            shop.told.put(Progress(job=job, phase=phase, done=step, total=total))


def _source_lessons(job: TrainJob, shop: Shop, name: str) -> list[Lesson]:
    sentences = shop.materials.split(name, seed=job.split_seed).train
    if job.leave_out_shared:
        sentences = unshared(sentences, shop.materials.split(job.target, seed=job.split_seed).test)
    return _lessons(job, shop, name, sentences)


def _lessons(job: TrainJob, shop: Shop, name: str, sentences: Sequence[Sentence]) -> list[Lesson]:
    """Return sentences of a corpus with features and gold tags, in order."""
    types = _label_space(job, shop)
    features = shop.features[_key(job, name)]
    allowed = _allowed(types, _types(name, job, shop))
    ids, lengths = gold_ids(sentences, types)
    tags = np.split(ids, np.cumsum(lengths))[:-1]
    return [
        Lesson(vectors=features.of(sentence), tags=own, allowed=allowed)
        for sentence, own in zip(sentences, tags, strict=True)
    ]


def _head(job: TrainJob, shop: Shop, *, seed: int) -> Head:
    n_features = shop.features[_key(job, job.target)].vectors.shape[1]
    n_tags = 1 + 2 * len(_label_space(job, shop))
    return Head(n_features, n_tags, dropout=job.settings.dropout, seed=seed, device=shop.device)


def _types(name: str, job: TrainJob, shop: Shop) -> tuple[str, ...]:
    return shop.materials.split(name, seed=job.split_seed).types


def _label_space(job: TrainJob, shop: Shop) -> tuple[str, ...]:
    """Return the types of target and sources, in the order of the tag ids."""
    return tuple(sorted({t for name in (job.target, *job.sources) for t in _types(name, job, shop)}))


def _allowed(types: Sequence[str], only: Sequence[str]) -> NDArray[np.bool_]:
    """Return which tags of the label space are O or of some types, (tags,)."""
    return np.array([True, *(entity in only for entity in types for _ in "BI")])
