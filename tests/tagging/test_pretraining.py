"""What is kept of a source is what a training over all pieces would have given; its files are bounded."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from tiny_encoders import save_tiny
from tiny_taggers import assert_near, sentences, weights_of

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.tagging.finetuning import pretraining
from bioner_core.tagging.finetuning.pretraining import Stage, start
from bioner_core.tagging.finetuning.train import train
from bioner_core.tagging.materials import Materials

SETTINGS = Settings(
    epochs=1, min_steps=15, batch_size=8, learning_rate=1e-2, weight_decay=0.5, dropout=0.0, max_pieces=128
)
TYPES = ("Disease", "Drug")


def corpus(name, *, seed, types=TYPES):
    return Corpus(name=name, sentences=sentences(24, seed=seed, types=types, most=6), types=types)


def ills():
    """A corpus of few pieces: one word is a disease."""
    made = [replace(s, tokens=("a", "headache")) for s in sentences(24, seed=5, types=(), most=1)]
    return Corpus(name="ills", sentences=tuple(made), types=("Disease",))


def notes():
    """A corpus in English, so that it lacks pieces of the others."""
    english = {"аспирин": "aspirin", "боли": "headache"}
    made = corpus("notes", seed=2)
    words = [tuple(t if t.isascii() else english.get(t, "a") for t in s.tokens) for s in made.sentences]
    changed = (replace(s, tokens=tokens) for s, tokens in zip(made.sentences, words, strict=True))
    return replace(made, sentences=tuple(changed))


CORPORA = {c.name: c for c in (corpus("reviews", seed=1), notes(), ills())}


@pytest.fixture
def materials(tmp_path):
    return Materials(CORPORA, device="cpu", cache=tmp_path)


@pytest.fixture
def job_of(tmp_path):
    model = str(save_tiny("bert", tmp_path / "bert", positions=128))

    def job_of(source, **fields):
        names = source.replace(":", "+").split("+")
        return TrainJob(
            target="reviews",
            target_digest=CORPORA["reviews"].digest,
            source=source,
            source_digests=tuple(CORPORA[name].digest for name in names),
            model=model,
            method="finetune",
            **{"model_revision": "", "n_sentences": 0, "seed": 0, "settings": SETTINGS, **fields},
        )

    return job_of


def ready(job, materials, cache):
    """Drain the progress of ``start`` and return its tagger."""
    going = start(job, materials, cache=cache)
    while True:
        try:
            next(going)
        except StopIteration as end:
            return end.value


def places_of(tagger):
    """Return the pieces whose rows a tagger has."""
    cut = tagger.encoder.get_input_embeddings()
    return (cut.places < len(cut.kept.weight)).nonzero().flatten()


def test_kept_weights_are_those_of_a_training_over_all_pieces_and_types(job_of, materials, tmp_path):
    job = job_of("ills:notes")
    tagger = ready(job, materials, tmp_path)
    whole = pretraining._new_tagger(job, ("reviews", "ills", "notes"), materials, seed=0)
    first, second = (Stage(job=job, groups=groups) for groups in ((("ills",),), (("ills",), ("notes",))))
    for stage, rows in ((first, slice(0, 3)), (second, slice(3, 5))):
        seed = int(stage.digest, 16)
        with torch.no_grad():  # a type's rows of the head are drawn by the stage that it comes with
            fresh = pretraining._new_tagger(job, stage.names, materials, seed=seed)
            whole.head.weight[rows] = fresh.head.weight[rows]
        list(train(whole, pretraining._examples(stage, whole, materials), SETTINGS, seed=seed))
    ours, theirs = weights_of(tagger), weights_of(whole)
    assert_near(ours, theirs, within=1e-5)
    name = "encoder.embeddings.word_embeddings.kept.weight"
    never = ~torch.isin(places_of(tagger), places_of(fresh))
    assert never.sum() > 5
    torch.testing.assert_close(ours[name][never], theirs[name][never], atol=1e-8, rtol=1e-6)


def test_a_file_holds_only_the_rows_of_its_own_pieces(job_of, materials, tmp_path):
    ready(job_of("ills"), materials, tmp_path)
    (path,) = (tmp_path / "pretrained").glob("*.safetensors")
    with safe_open(path, "pt") as file:
        pieces = file.get_tensor("pieces")
        assert file.get_tensor("rows").shape == (len(pieces), 16)
        assert json.loads(file.metadata()["types"]) == ["Disease"]
        assert 0 < float(file.metadata()["unused"]) < 1
    assert len(pieces) < 25


def test_the_digest_changes_with_all_that_changes_the_weights_and_with_nothing_else(job_of):
    def digest(source="notes", **fields):
        groups = tuple(tuple(part.split("+")) for part in source.split(":"))
        return Stage(job=job_of(source, **fields), groups=groups).digest

    same = {digest(), digest(n_sentences=5), digest(sample="documents"), digest(is_full=True)}
    others = [
        digest("ills"),
        digest("notes+ills"),
        digest("notes:ills"),
        digest(seed=1),
        digest(split_seed=1),
        digest(leave_out_shared=True),
        digest(model_revision="1"),
        digest(settings=replace(SETTINGS, dtype="bfloat16")),
    ]
    assert len(same) == 1
    assert len({*same, *others}) == 1 + len(others)


def test_the_o_of_a_corpus_says_nothing_about_types_that_it_does_not_annotate(job_of, materials):
    stage = Stage(job=job_of("notes+ills"), groups=(("notes", "ills"),))
    tagger = pretraining._new_tagger(stage.job, stage.names, materials, seed=0)
    examples = pretraining._examples(stage, tagger, materials)
    n = len(split_corpus(CORPORA["notes"]).train)
    assert tagger.types == ("Disease", "Drug")
    assert {tuple(example.allowed) for example in examples[:n]} == {(True, True, True, True, True)}
    assert {tuple(example.allowed) for example in examples[n:]} == {(True, True, True, False, False)}


def test_files_are_bounded_and_those_used_last_stay(job_of, materials, tmp_path, monkeypatch):
    folder = tmp_path / "pretrained"
    ready(job_of("notes"), materials, tmp_path)
    (first,) = folder.glob("*.safetensors")
    monkeypatch.setattr(pretraining, "MOST_BYTES", 2 * first.stat().st_size + 1000)
    ready(job_of("notes", seed=1), materials, tmp_path)
    (second,) = set(folder.glob("*.safetensors")) - {first}
    ready(job_of("notes"), materials, tmp_path)  # used again
    ready(job_of("notes", seed=2), materials, tmp_path)
    kept = set(folder.glob("*.safetensors"))
    assert len(kept) == 2
    assert first in kept
    assert second not in kept
