"""Sentences as models of a kind read them, with gold tags."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.scoring.exact import encode_gold_tags
from bioner_core.study.jobs import TrainJob
from bioner_core.tagging.tagger_kind import TaggerKind


def build_examples(
    kind: TaggerKind,
    job: TrainJob,
    corpus: str,
    sentences: Sequence[Sentence],
    *,
    types: Sequence[str],
    annotated: Sequence[str],
) -> list[Any]:
    """Return sentences of a corpus as models of a kind read them, with gold tags, in order.

    :param types: the model's label space
    :param annotated: the types that tags may be of; others are left out of the probabilities
    """
    allowed = np.array([True, *(entity in annotated for entity in types for _ in "BI")])
    ids, lengths = encode_gold_tags(sentences, types)
    tags = np.split(ids, np.cumsum(lengths))[:-1]
    return [
        kind.build_example(job, corpus, sentence, tags=sentence_tags, allowed=allowed)
        for sentence, sentence_tags in zip(sentences, tags, strict=True)
    ]
