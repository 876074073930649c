"""From logits to tags: the best tag of each word, or the likeliest sequence that BIO allows (Viterbi)."""

import numpy as np
from numpy.typing import NDArray

from bioner_core.study.jobs import Decoding
from bioner_core.tagging.encoders.windows import Ints


def decode_scores(scores: NDArray[np.float32], lengths: Ints, *, decoding: Decoding) -> Ints:
    """Return a tag id for each word, (words,): "words" takes each word's best, "bio" the best sequence.

    BIO allows I- only after B- or I- of the same type. The Viterbi algorithm runs for all sentences at once,
    longest first.

    :param scores: logits or log-probabilities of all sentences, one behind the other, (words, tags);
        -inf where a tag is not allowed. Tags are O, then B and I of each type.
    :param lengths: words of each sentence, (sentences,)
    """
    if decoding == "words" or not len(scores):
        best: Ints = scores.argmax(1)
        return best
    order = np.argsort(-lengths, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    n_active = [int((lengths > t).sum()) for t in range(int(lengths.max()))]  # sentences with a word at t
    best_tag = np.empty(n_active[0], dtype=np.int64)  # of each sentence's word at t, from its last on
    backpointers: list[Ints] = []  # for each t from 1: the best previous tag, (sentences, tags)
    state = scores[starts[: n_active[0]]].copy()  # (sentences, tags), score of the best sequence so far
    state[:, 2::2] = -np.inf
    for t, n in enumerate(n_active[1:], start=1):
        best_tag[n : len(state)] = state[n:].argmax(1)
        state, pointers = _viterbi_step(state[:n], scores[starts[:n] + t])
        backpointers.append(pointers)
    best_tag[: len(state)] = state.argmax(1)
    tags = np.empty(len(scores), dtype=np.int64)
    for t in reversed(range(len(n_active))):
        n = n_active[t]
        if t + 1 < len(n_active):
            n_next = n_active[t + 1]
            best_tag[:n_next] = backpointers[t][np.arange(n_next), best_tag[:n_next]]
        tags[starts[:n] + t] = best_tag[:n]
    return tags


def _viterbi_step(
    state: NDArray[np.float32], scores: NDArray[np.float32]
) -> tuple[NDArray[np.float32], Ints]:
    """Return the scores one word further, and the best previous tag of each tag, both (sentences, tags)."""
    pointers = np.repeat(state.argmax(1)[:, None], state.shape[1], axis=1)
    inside = state[:, 2::2] > state[:, 1::2]  # I- follows I- rather than B-
    pointers[:, 2::2] = np.arange(1, state.shape[1], 2) + inside
    return np.take_along_axis(state, pointers, axis=1) + scores, pointers
