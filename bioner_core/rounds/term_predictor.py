"""Suggestions without a model: the terms that the corpus of a project annotates, and those learned since."""

from collections.abc import Sequence

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import LabelMap
from bioner_core.corpus.reading.passages import Mention, Reading
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.term_list import Terms, collect_terms, find_terms
from bioner_core.corpus.words import tokenize_words
from bioner_core.errors import BionerError


class TermPredictor:
    """Finds terms that are annotated in a corpus, the longest first, in any case."""

    def __init__(self, corpus: Corpus | None) -> None:
        self._terms = _collect(corpus.sentences) if corpus else {}

    @property
    def n_terms(self) -> int:
        """Return the number of terms."""
        return len(self._terms)

    def predict(self, text: str) -> Sequence[Mention]:
        """Return the terms in a text."""
        offsets = tokenize_words(text)
        sentence = Sentence(tuple(text[start:end] for start, end in offsets))
        return [
            Mention(span.label, ((offsets[span.start][0], offsets[span.end - 1][1]),))
            for sentence in find_terms([sentence], self._terms)
            for span in sentence.spans
        ]

    def learn(self, reading: Reading) -> None:
        """Take the terms that annotated texts have, in addition, under the labels of the tool."""
        labels = LabelMap({label: label for label in reading.labels})
        self._terms = {**self._terms, **_collect(flatten(reading, labels).corpus.sentences)}


def _collect(sentences: Sequence[Sentence]) -> Terms:
    """Return the terms of annotated sentences; none where they teach none."""
    try:
        return collect_terms(sentences)
    except BionerError:
        return {}
