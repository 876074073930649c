"""The training sentences of a job: drawn at random, or the first ones of the order that a strategy chose.

An order grows batch by batch: a probe trained on all sentences chosen so far chooses the next. It is found
in the cache by all that determines it, so that the sizes of a seed share it and are nested. On another kind
of processor, rounding may lead to another order.
"""

import io
import zipfile
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bioner_core.corpus.cache import lock_cached_file, report_cache_errors
from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import group_documents
from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.files import write_atomically
from bioner_core.study.jobs import JobProgress, TrainJob
from bioner_core.study.strategies import split_strategy
from bioner_core.tagging.probe.kind import ProbeKind
from bioner_core.tagging.selection.choosers import CHOOSERS, needs_probe
from bioner_core.tagging.selection.inspection import CHOOSING, inspect_pool
from bioner_core.tagging.selection.pool_view import Floats
from bioner_core.tagging.split_corpora import SplitCorpora
from bioner_core.tagging.tagger_kind import TaggerKind

ORDERS = "orders"  # folder of the cache; places of sentences only, no text


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """The sentences chosen so far, as places in the random order of the seed."""

    places: tuple[int, ...] = ()
    earlier: Floats  # uncertainty of all training sentences in the last rounds; nan where unknown


def draw_training_sentences(
    n: int, job: TrainJob, kind: TaggerKind, corpora: SplitCorpora
) -> Generator[JobProgress, None, tuple[Sentence, ...]]:
    """Yield progress while sentences are chosen; return the first ``n`` of a job's order.

    :raises BionerError: the job's strategy is unknown, or its model is no probe.
    """
    split = corpora.split_target(job)
    if job.strategy == RANDOM:
        return split.draw_train(n, seed=job.seed, sample=job.sample)
    if not isinstance(kind, ProbeKind):
        raise BionerError(f"strategy {job.strategy}: only the probe chooses sentences.")
    sample = "documents" if split_strategy(job.strategy)[0] == "documents" else job.sample
    shuffled = split.shuffle_train(job.seed, sample)
    path = kind.cache / ORDERS / f"{job.target_digest}-{job.order_id}.npz"
    with lock_cached_file(path):  # a second process waits for what the first one chooses
        order = _load_order(path, len(shuffled))
        while len(order.places) < n:
            yield JobProgress(job=job, phase=CHOOSING, done=len(order.places), total=n)
            order = yield from _choose_batch(order, shuffled, job, kind)
            _save_order(path, order)
    return tuple(shuffled[place] for place in order.places[:n])


def _choose_batch(
    order: Order, shuffled: Sequence[Sentence], job: TrainJob, kind: ProbeKind
) -> Generator[JobProgress, None, Order]:
    """Return an order with one more batch: the first is random, where a strategy needs predictions."""
    name, batch = split_strategy(job.strategy)
    if not order.places and needs_probe(name):
        return Order(
            places=_take_first(shuffled, batch, of_documents=name == "documents"), earlier=order.earlier
        )
    rest = _list_rest(order, shuffled, keeps_repeats=name == "documents")
    pool = yield from inspect_pool(
        kind,
        job,
        [shuffled[place] for place in order.places],
        [shuffled[place] for place in rest],
        earlier=order.earlier[:, rest],
        is_trained=needs_probe(name),
    )
    rng = np.random.default_rng([int(job.order_id, 16), len(order.places)])
    chosen = CHOOSERS[name](pool, batch, rng)
    latest = np.full((1, len(shuffled)), np.nan)
    latest[0, rest] = pool.uncertainty
    return Order(
        places=(*order.places, *(rest[place] for place in chosen)),
        earlier=np.concatenate([order.earlier[1:], latest]),
    )


def _take_first(shuffled: Sequence[Sentence], batch: int, *, of_documents: bool) -> tuple[int, ...]:
    """Return the places of a random batch, to the end of a document where whole ones are chosen."""
    if not of_documents:
        return tuple(range(min(batch, len(shuffled))))
    ends = np.cumsum([len(group) for group in group_documents(shuffled)])
    return tuple(range(int(ends[min(int(np.searchsorted(ends, batch)), len(ends) - 1)])))


def _list_rest(order: Order, shuffled: Sequence[Sentence], *, keeps_repeats: bool) -> list[int]:
    """Return the places that are left; those of a text that occurs before only where no other is left."""
    chosen = set(order.places)
    rest = [place for place in range(len(shuffled)) if place not in chosen]
    if keeps_repeats:
        return rest
    texts = {shuffled[place].tokens for place in order.places}
    fresh = []
    for place in rest:
        if shuffled[place].tokens not in texts:
            texts.add(shuffled[place].tokens)
            fresh.append(place)
    return fresh or rest


def _load_order(path: Path, n_sentences: int) -> Order:
    """Return the order of a file; an empty one where it is absent or damaged."""
    with suppress(OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        with np.load(path, allow_pickle=False) as file:
            order = Order(places=tuple(file["places"].tolist()), earlier=file["earlier"])
        if order.earlier.shape[1] == n_sentences:
            return order
    return Order(earlier=np.full((2, n_sentences), np.nan))


def _save_order(path: Path, order: Order) -> None:
    content = io.BytesIO()
    np.savez(content, places=np.array(order.places, np.int64), earlier=order.earlier)
    with report_cache_errors(path):
        write_atomically(path, content.getvalue())
