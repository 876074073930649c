"""The strategies of ``study.strategies``: functions from a pool of sentences to the next batch.

All are deterministic. A pool lists its sentences in random order, so that ties are broken at random.
"""

from collections.abc import Callable, Mapping

import numpy as np

from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.selection.pool_view import Floats, PoolView

Chooser = Callable[[PoolView, int, np.random.Generator], Ints]
"""Returns the places in a pool of ``n`` sentences, the best first; whole documents may be more."""

HISTORY = 3  # rounds that a fluctuation is measured over (Yao et al. 2020)
_NEEDS_PROBE = frozenset({"margin", "mnlp", "hybrid", "rare", "documents"})


def needs_probe(name: str) -> bool:
    """Say whether a strategy rests on predictions; the others also choose the first batch."""
    return name in _NEEDS_PROBE


def choose_by_margin(pool: PoolView, n: int, rng: np.random.Generator) -> Ints:
    """Take sentences with the smallest margin between a word's two likeliest tags (Scheffer et al. 2001)."""
    second, first = np.partition(np.exp(pool.log_probs), -2, axis=1)[:, -2:].T
    smallest = np.full(pool.n_sentences, np.inf)
    np.minimum.at(smallest, pool.sentence_of_word, first - second)
    return _take_highest(-smallest, n)


def choose_by_mnlp(pool: PoolView, n: int, rng: np.random.Generator) -> Ints:
    """Take sentences with the lowest mean log probability of the likeliest tags (MNLP, Shen et al. 2017)."""
    return _take_highest(pool.uncertainty, n)


def choose_diverse(pool: PoolView, n: int, rng: np.random.Generator) -> Ints:
    """Draw sentences by their squared distance to the nearest one chosen so far.

    This is how k-means++ draws its centres (Arthur and Vassilvitskii 2007): dense regions are visited, but
    not twice. Distances are between centred mean features of unit length.
    """
    centre = np.concatenate([pool.features, pool.chosen_features]).mean(axis=0)
    features, chosen = (_normalize(rows - centre) for rows in (pool.features, pool.chosen_features))
    distances = np.full(pool.n_sentences, 4.0)  # the largest that vectors of unit length can have
    if len(chosen):
        distances = np.maximum(0, 2 - 2 * (features @ chosen.T).max(axis=1)).astype(np.float64)
    is_chosen = np.zeros(pool.n_sentences, np.bool_)
    places = []
    for _ in range(min(n, pool.n_sentences)):
        weights = np.cumsum(np.where(is_chosen, 0, distances + 1e-9))
        place = int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))
        place = min(place, int(np.flatnonzero(~is_chosen)[-1]))  # where rounding led beyond the last one
        places.append(place)
        is_chosen[place] = True
        distances = np.minimum(distances, np.maximum(0, 2 - 2 * (features @ features[place])))
    return np.array(places, np.int64)


def choose_hybrid(pool: PoolView, n: int, rng: np.random.Generator) -> Ints:
    """Take sentences with many words in predicted mentions on which the model changes its mind.

    The mean of both scores, each as a share of its highest: the tag count, and the fluctuation of the
    uncertainty over the last rounds, half uncertainty and half variance. Kohl et al. (2024) found these two
    best among the strategies that they compared for entity recognition.
    """
    count = pool.add_up((pool.tags > 0).astype(np.float64))
    rounds = np.vstack([pool.earlier[1 - HISTORY :], pool.uncertainty])
    rounds = np.where(np.isnan(rounds), pool.uncertainty, rounds)
    fluctuation = (pool.uncertainty + rounds.var(axis=0)) / 2
    return _take_highest(_scale(count) + _scale(fluctuation), n)


def choose_rare(pool: PoolView, n: int, rng: np.random.Generator) -> Ints:
    """Take sentences with most expected mentions, each weighing 1 / (1 + mentions of its type so far)."""
    begins = np.exp(pool.log_probs[:, 1::2])  # of a mention, (words, types)
    return _take_highest(pool.add_up(begins @ (1 / (1 + pool.n_mentions))), n)


def choose_documents(pool: PoolView, n: int, rng: np.random.Generator) -> Ints:
    """Take whole documents, those with the lowest mean log probability of a word first.

    :returns: at least ``n`` places, to the end of a document, whose sentences keep their order.
    """
    words = np.bincount(pool.documents, weights=pool.lengths)
    sums = np.bincount(pool.documents, weights=pool.uncertainty * pool.lengths)
    ranks = np.argsort(_take_highest(sums / np.maximum(words, 1), len(words)))
    places = np.argsort(ranks[pool.documents], kind="stable")
    ends = np.flatnonzero(np.diff(pool.documents[places], append=-1)) + 1
    return np.asarray(places[: ends[min(int(np.searchsorted(ends, n)), len(ends) - 1)]])


CHOOSERS: Mapping[str, Chooser] = {
    "margin": choose_by_margin,
    "mnlp": choose_by_mnlp,
    "diverse": choose_diverse,
    "hybrid": choose_hybrid,
    "rare": choose_rare,
    "documents": choose_documents,
}


def _take_highest(scores: Floats, n: int) -> Ints:
    """Return the places of the highest scores; of equal ones the first."""
    return np.argsort(-scores, kind="stable")[:n]


def _scale(scores: Floats) -> Floats:
    """Return scores as shares of the highest one; 0 where none is above 0."""
    return np.asarray(np.maximum(scores, 0) / max(float(scores.max(initial=0)), 1e-12))


def _normalize(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))
