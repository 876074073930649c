"""From the scores of tags to tags: each word by itself, or the likeliest sequence that BIO allows."""

import numpy as np
from numpy.typing import NDArray

from bioner_core.study.jobs import Decoding
from bioner_core.tagging.finetuning.windows import Ints


def likeliest(scores: NDArray[np.float32], lengths: Ints, *, decoding: Decoding) -> Ints:
    """Return a tag for each word, (words,): "words" takes its best one, "bio" the best allowed sequence.

    BIO allows I- only behind B- or I- of the same type, so that no mention starts in its middle. The best
    sequence is Viterbi's, for all sentences at once, longest first.

    :param scores: logits or log-probabilities of all sentences, one behind the other, (words, tags);
        -inf where a tag is not allowed. Tags are O, then B and I of each type.
    :param lengths: words of each sentence, (sentences,)
    """
    if decoding == "words" or not len(scores):
        best: Ints = scores.argmax(1)
        return best
    order = np.argsort(-lengths, kind="stable")
    begins = (np.cumsum(lengths) - lengths)[order]
    n_longer = [int((lengths > t).sum()) for t in range(int(lengths.max()))]  # sentences with a word at t
    last = np.empty(n_longer[0], dtype=np.int64)  # the best tag of each sentence's last word
    before: list[Ints] = []  # of each place from 1: the best tag before each tag, (sentences, tags)
    state = scores[begins[: n_longer[0]]].copy()  # (sentences, tags), of the best sequence that ends so
    state[:, 2::2] = -np.inf
    for t, n in enumerate(n_longer[1:], start=1):
        last[n : len(state)] = state[n:].argmax(1)
        state, pointers = _step(state[:n], scores[begins[:n] + t])
        before.append(pointers)
    last[: len(state)] = state.argmax(1)
    tags = np.empty(len(scores), dtype=np.int64)
    for t in reversed(range(len(n_longer))):
        n = n_longer[t]
        if t + 1 < len(n_longer):
            going_on = n_longer[t + 1]
            last[:going_on] = before[t][np.arange(going_on), last[:going_on]]
        tags[begins[:n] + t] = last[:n]
    return tags


def _step(state: NDArray[np.float32], scores: NDArray[np.float32]) -> tuple[NDArray[np.float32], Ints]:
    """Return the states one word on, and the best tag before each tag, both (sentences, tags)."""
    pointers = np.repeat(state.argmax(1)[:, None], state.shape[1], axis=1)
    inside = state[:, 2::2] > state[:, 1::2]  # I- goes on from I- rather than from B-
    pointers[:, 2::2] = np.arange(1, state.shape[1], 2) + inside
    return np.take_along_axis(state, pointers, axis=1) + scores, pointers
