"""A probe for INCEpTION: what it finds is what `bioner next` suggests, and nothing of the texts stays."""

import tempfile
from dataclasses import replace

import pytest
from tiny_encoders import save_tiny
from tiny_taggers import draw_sentences

from bioner_core.cli.rounds_probe import ProbePredictor
from bioner_core.connections.tool import ToolSettings
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.rounds.project import Project
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.tagging.selection.next_batch import choose_next
from bioner_core.tagging.selection.trained_probe import ProbePlace, train_on

SENTENCES = draw_sentences(120, seed=1, most=6)
ANNOTATED = Corpus(name="reviews", sentences=SENTENCES[:80], types=("Disease", "Drug"), language="en")
PROJECT = Project(name="trial", settings=ToolSettings(tool="prodigy", address="/"), language="en")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    model = ModelChoice(name=str(save_tiny("bert", tmp_path / "bert", positions=128)), revision="")
    return ProbePlace(model=model, device="cpu", cache=tmp_path / "cache")


def test_a_probe_that_stays_finds_what_the_next_batch_suggests(place, tmp_path):
    pool = Corpus(
        name="pool", sentences=tuple(replace(of, spans=()) for of in SENTENCES[80:]), types=(), language="en"
    )
    steps = choose_next(
        pool,
        ANNOTATED,
        strategy="random",
        n=40,
        model=place.model,
        device="cpu",
        cache=place.cache,
        has_suggestions=True,
    )
    while True:
        try:
            next(steps)
        except StopIteration as end:
            chosen = end.value
            break
    train = split_corpus(ANNOTATED).train
    spans = train_on(replace(ANNOTATED, sentences=train), place).find_spans(pool)
    assert any(spans)
    same = sum(spans[of.place] == of.spans for of in chosen)
    assert same >= 0.8 * len(chosen)  # another digest, so another seed of the head
    assert list((tmp_path / "tmp").iterdir()) == []


def test_terms_suggest_until_a_probe_is_trained_which_learns_what_is_sent(place, tmp_path):
    predictor = ProbePredictor(PROJECT, None, place)
    predictor.begin()  # nothing is annotated: nothing to train
    text = " ".join(SENTENCES[0].tokens)
    assert predictor.predict(text) == []
    predictor.learn(read_sentences(SENTENCES[:60]))
    labels = {mention.label for of in SENTENCES[:60] for mention in predictor.predict(" ".join(of.tokens))}
    assert labels <= {"Disease", "Drug"}
    assert labels
    assert list((tmp_path / "tmp").iterdir()) == []


def test_mentions_have_the_labels_of_the_tool(place):
    predictor = ProbePredictor(replace(PROJECT, label_map={"MED": "Drug"}), ANNOTATED, place)
    reading = read_sentences(SENTENCES[:60])
    passages = tuple(
        replace(of, mentions=tuple(replace(m, label="MED") for m in of.mentions if m.label == "Drug"))
        for of in reading.passages
    )
    predictor.learn(replace(reading, passages=passages))
    labels = {mention.label for of in SENTENCES[:60] for mention in predictor.predict(" ".join(of.tokens))}
    assert "Drug" not in labels
    assert "MED" in labels


def read_sentences(sentences):
    """Return sentences as a tool sends them: texts with characters."""
    passages = []
    for number, sentence in enumerate(sentences):
        starts = [len(" ".join([*sentence.tokens[:k], ""])) for k in range(len(sentence.tokens))]
        mentions = tuple(
            Mention(
                span.label, ((starts[span.start], starts[span.end - 1] + len(sentence.tokens[span.end - 1])),)
            )
            for span in sentence.spans
        )
        passages.append(Passage(document=f"d{number}", text=" ".join(sentence.tokens), mentions=mentions))
    return Reading(name="inception", format="xmi", passages=tuple(passages))
