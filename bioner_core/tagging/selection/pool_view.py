"""A pool of sentences to choose from, as a probe trained on those chosen so far sees it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bioner_core.tagging.encoders.windows import Ints

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class PoolView:
    """Sentences in random order; fields that a strategy does not read may be empty."""

    lengths: Ints  # words, (sentences,)
    log_probs: Floats  # of O, then B and I of each type, (words, tags)
    tags: Ints  # predicted tag ids, (words,)
    earlier: Floats  # uncertainty in earlier rounds, the latest last; nan where unknown, (rounds, sentences)
    features: Floats  # mean over the words, (sentences, features)
    chosen_features: Floats  # of the sentences chosen so far, (chosen, features)
    n_mentions: Ints  # in the sentences chosen so far, (types,)
    documents: Ints  # number of the document, from 0, (sentences,)

    @property
    def n_sentences(self) -> int:
        """Return the number of sentences."""
        return len(self.lengths)

    @cached_property
    def sentence_of_word(self) -> Ints:
        """Return the place of each word's sentence, (words,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def uncertainty(self) -> Floats:
        """Return minus the mean log probability of the likeliest tags; 0 without words, (sentences,)."""
        sums = self.add_up(-self.log_probs.max(axis=1))
        return np.asarray(sums / np.maximum(self.lengths, 1))

    def add_up(self, values: Floats) -> Floats:
        """Return the sums of word values by sentence, (sentences,)."""
        sums = np.bincount(self.sentence_of_word, values, self.n_sentences)
        return sums.astype(np.float64)
