"""Which entity types of a corpus decide its estimate, before and after models are trained."""

from collections.abc import Sequence

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.curve import Curve
from bioner_core.curves.exclusion import TypeChoice, choose_curves, choose_types, find_exclusion
from bioner_core.curves.points import AVERAGES, NONE


def choose_annotated_types(corpus: Corpus) -> TypeChoice[str]:
    """Choose the types of a corpus that decide, as far as its mentions tell, before anything is trained."""
    split = split_corpus(corpus)
    train, test = (count_mentions(split.types, part) for part in (split.train, split.test))
    return choose_types(
        [entity for entity in split.types if corpus.mentions[entity]],
        lambda entity: find_exclusion(support=test[entity], n_training=train[entity]),
        lambda entity: (entity, test[entity]),
    )


def choose_trained_curves(curves: Sequence[Curve], *, source: str = NONE) -> TypeChoice[Curve]:
    """Choose the curves of a source whose types decide, of those with a size.

    :param curves: of one target, model and method.
    """
    trained = [c for c in curves if c.source == source and any(s.n for s in c.settled_sizes)]
    return choose_curves([curve for curve in trained if curve.entity not in AVERAGES] or trained)


def count_mentions(types: Sequence[str], sentences: Sequence[Sentence]) -> dict[str, int]:
    """Return the mentions of each type in some sentences."""
    mentions = dict.fromkeys(types, 0)
    for sentence in sentences:
        for span in sentence.spans:
            mentions[span.label] += 1
    return mentions
