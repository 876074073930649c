"""Suggestions of a probe for INCEpTION: trained on a project's corpus and on what the tool sends."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.reading.passages import Mention, Reading
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import build_text_key, split_corpus
from bioner_core.rounds.chosen_texts import restore_texts, split_texts
from bioner_core.rounds.merging import map_labels
from bioner_core.rounds.pool_texts import PoolText
from bioner_core.rounds.project import Project
from bioner_core.rounds.term_predictor import TermPredictor
from bioner_core.tagging.selection.trained_probe import ProbePlace, TrainedProbe, train_on

_KEPT = 32  # texts whose mentions are remembered: INCEpTION asks again while somebody annotates


class ProbePredictor:
    """Finds what a probe finds; what terms find until the first one is trained.

    :param corpus: that is annotated already; its test part teaches nothing
    """

    def __init__(self, project: Project, corpus: Corpus | None, place: ProbePlace) -> None:
        self._project, self._corpus, self._place = project, corpus, place
        self._terms = TermPredictor(corpus)
        self._probe: TrainedProbe | None = None
        self._labels: Mapping[str, str] = {}  # type → label of the tool
        self._memory: dict[str, Sequence[Mention]] = {}
        self._predicting = Lock()

    def predict(self, text: str) -> Sequence[Mention]:
        """Return the mentions of a text, under labels of the tool."""
        with self._predicting:
            probe = self._probe
            if probe is None:
                return self._terms.predict(text)
            if text not in self._memory:
                mentions = self._find_mentions(probe, text)
                self._memory = dict([*self._memory.items(), (text, mentions)][-_KEPT:])
            return self._memory[text]

    def learn(self, reading: Reading) -> None:
        """Train another probe on all that is annotated; it takes the place of the one before."""
        self._terms.learn(reading)
        labels = map_labels(reading, self._project, self._corpus)
        language = self._project.language or None
        received = flatten(reading, labels, language=language).corpus
        # Sentences without a mention may be ones that nobody has looked at yet.
        marked = tuple(sentence for sentence in received.sentences if sentence.spans)
        if corpus := _join(self._corpus, replace(received, sentences=marked)):
            self._train(corpus, {entity: raw for raw, entity in labels.mapping.items()})

    def begin(self) -> None:
        """Train the first probe, on the corpus that is annotated already."""
        if self._corpus and (corpus := _join(self._corpus, None)):
            self._train(corpus, {})

    def _train(self, corpus: Corpus, labels: Mapping[str, str]) -> None:
        probe = train_on(corpus, self._place)
        with self._predicting:
            self._probe, self._labels, self._memory = probe, labels, {}
        logging.getLogger("bioner").info("trained on %d sentences", len(corpus.sentences))

    def _find_mentions(self, probe: TrainedProbe, text: str) -> Sequence[Mention]:
        texts = [PoolText(text=text)]
        pool = split_texts(texts, language=self._project.language)
        spans = list(enumerate(probe.find_spans(pool)))
        mentions = [
            of for whole in restore_texts(texts, pool, spans, are_whole=True) for of in whole.mentions
        ]
        return [replace(of, label=self._labels.get(of.label, of.label)) for of in mentions]


def _join(corpus: Corpus | None, received: Corpus | None) -> Corpus | None:
    """Return the training part of a corpus and sentences received since, these first; None without any."""
    sentences: dict[object, Sentence] = {}
    for sentence in (
        *(received.sentences if received else ()),
        *(split_corpus(corpus).train if corpus else ()),
    ):
        sentences.setdefault(build_text_key(sentence), sentence)
    types = sorted({span.label for sentence in sentences.values() for span in sentence.spans})
    if not types:
        return None
    return Corpus(name="annotated", sentences=tuple(sentences.values()), types=tuple(types))
