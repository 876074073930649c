"""Sentences of texts are cut out as they stand there, with suggestions at the right characters."""

import json

from bioner_core.corpus.sentences import Span
from bioner_core.rounds.chosen_texts import restore_texts, serialize_suggestions, split_texts
from bioner_core.rounds.pool_texts import PoolText

TEXTS = (
    PoolText(text="No pain.  Took  aspirin\tdaily. It helped.", document="a", n_sentences=3),
    PoolText(text="Боль прошла. Боль прошла.", document="b", n_sentences=2),
)


def test_each_sentence_stands_in_its_text():
    pool = split_texts(TEXTS, language="en")
    cut = restore_texts(TEXTS, pool, [(at, ()) for at in range(len(pool.sentences))])
    assert [of.text for of in cut] == [
        "No pain.",
        "Took  aspirin\tdaily.",
        "It helped.",
        "Боль прошла.",
        "Боль прошла.",
    ]
    assert [of.document for of in cut] == ["a", "a", "a", "b", "b"]
    assert all(
        "".join(of.text.split()) in "".join(text.text.split())
        for of, text in zip(cut, [*TEXTS[:1] * 3, *TEXTS[1:] * 2], strict=True)
    )


def test_suggestions_mark_the_same_characters_in_sentence_and_text():
    pool = split_texts(TEXTS, language="en")
    (sentence,) = restore_texts(TEXTS, pool, [(1, (Span(1, 2, "Drug"),))])
    ((start, end),) = sentence.mentions[0].fragments
    assert sentence.text[start:end] == "aspirin"
    whole = restore_texts(
        TEXTS,
        pool,
        [(0, ()), (1, (Span(1, 2, "Drug"),)), (2, ()), (3, ()), (4, (Span(0, 1, "ADR"),))],
        are_whole=True,
    )
    assert [of.text for of in whole] == [text.text for text in TEXTS]
    assert [whole[k].text[slice(*whole[k].mentions[0].fragments[0])] for k in (0, 1)] == ["aspirin", "Боль"]
    assert whole[1].mentions[0].fragments[0][0] > 10  # the second of two like words


def test_lines_say_that_they_are_for_training():
    pool = split_texts(TEXTS, language="en")
    line = json.loads(serialize_suggestions(restore_texts(TEXTS, pool, [(1, (Span(1, 2, "Drug"),))])))
    assert line == {
        "text": "Took  aspirin\tdaily.",
        "document": "a",
        "part": "train",
        "entities": [{"start": 6, "end": 13, "label": "Drug"}],
    }
