"""Stored weights of a source equal those of training with all pieces; their files are bounded."""

import json
from dataclasses import replace

import pytest
import torch
from full_disk import fill_disk
from safetensors import safe_open
from tiny_encoders import save_tiny
from tiny_taggers import assert_near, copy_weights, draw_sentences

from bioner_core.corpus.cache import delete_cached
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.tagging.checkpoints import Stage
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.finetuning import checkpoint_files
from bioner_core.tagging.finetuning.kind import FineTuningKind
from bioner_core.tagging.recipe import build_source_examples, initialize_model
from bioner_core.tagging.split_corpora import SplitCorpora

SETTINGS = Settings(
    epochs=1, min_steps=15, batch_size=8, learning_rate=1e-2, weight_decay=0.5, dropout=0.0, max_pieces=128
)
TYPES = ("Disease", "Drug")


def build_corpus(name, *, seed, types=TYPES):
    return Corpus(name=name, sentences=draw_sentences(24, seed=seed, types=types, most=6), types=types)


def build_small_corpus():
    """Return a corpus of few word pieces, with one word as a disease."""
    made = [replace(s, tokens=("a", "headache")) for s in draw_sentences(24, seed=5, types=(), most=1)]
    return Corpus(name="ills", sentences=tuple(made), types=("Disease",))


def build_english_corpus():
    """Return an English corpus, which lacks pieces of the other corpora."""
    english = {"аспирин": "aspirin", "боли": "headache"}
    made = build_corpus("notes", seed=2)
    words = [tuple(t if t.isascii() else english.get(t, "a") for t in s.tokens) for s in made.sentences]
    changed = (replace(s, tokens=tokens) for s, tokens in zip(made.sentences, words, strict=True))
    return replace(made, sentences=tuple(changed))


CORPORA = {c.name: c for c in (build_corpus("reviews", seed=1), build_english_corpus(), build_small_corpus())}
SPLIT_CORPORA = SplitCorpora(CORPORA)


@pytest.fixture
def kind(tmp_path):
    encoded = EncodedCorpora(CORPORA, device="cpu", cache=tmp_path)
    return FineTuningKind(SPLIT_CORPORA, encoded, cache=tmp_path)


@pytest.fixture
def build_job(tmp_path):
    model = str(save_tiny("bert", tmp_path / "bert", positions=128))

    def build_job(source, **fields):
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

    return build_job


def initialize(job, kind):
    """Pretrain where needed and return the job's model."""
    progress = initialize_model(job, kind, SPLIT_CORPORA, kind.open_checkpoints())
    while True:
        try:
            next(progress)
        except StopIteration as end:
            return end.value


def list_kept_pieces(tagger):
    """Return the pieces whose rows a tagger has."""
    embedding = tagger.encoder.get_input_embeddings()
    return (embedding.row_of_piece < len(embedding.embedding.weight)).nonzero().flatten()


def test_stored_weights_equal_training_with_all_pieces_and_types(build_job, kind, tmp_path):
    job = build_job("ills:notes")
    tagger = initialize(job, kind)
    whole = kind.build_model(job, ("reviews", "ills", "notes"), seed=0)
    first, second = (Stage(job=job, groups=groups) for groups in ((("ills",),), (("ills",), ("notes",))))
    for stage, rows in ((first, slice(0, 3)), (second, slice(3, 5))):
        seed = int(stage.digest, 16)
        with torch.no_grad():  # a type's rows of the head are drawn by the stage that it comes with
            fresh = kind.build_model(job, stage.corpora, seed=seed)
            whole.head.weight[rows] = fresh.head.weight[rows]
        examples = build_source_examples(stage, kind, SPLIT_CORPORA, types=whole.types)
        list(kind.train(whole, examples, SETTINGS, seed=seed))
    computed, expected = copy_weights(tagger), copy_weights(whole)
    assert_near(computed, expected, within=1e-5)
    name = "encoder.embeddings.word_embeddings.embedding.weight"
    never = ~torch.isin(list_kept_pieces(tagger), list_kept_pieces(fresh))
    assert never.sum() > 5
    torch.testing.assert_close(computed[name][never], expected[name][never], atol=1e-8, rtol=1e-6)


def test_a_file_holds_only_embeddings_of_pieces_that_occur(build_job, kind, tmp_path):
    initialize(build_job("ills"), kind)
    (path,) = (tmp_path / "pretrained").glob("*.safetensors")
    with safe_open(path, "pt") as file:
        pieces = file.get_tensor("pieces")
        assert file.get_tensor("rows").shape == (len(pieces), 16)
        assert json.loads(file.metadata()["types"]) == ["Disease"]
        assert 0 < float(file.metadata()["unused"]) < 1
    assert len(pieces) < 25


def test_damaged_weights_are_trained_anew(build_job, kind, tmp_path):
    weights = copy_weights(initialize(build_job("ills"), kind))
    (path,) = (tmp_path / "pretrained").glob("*.safetensors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert_near(copy_weights(initialize(build_job("ills"), kind)), weights, within=0)
    assert path.read_bytes() != bytes(content)


def test_a_full_cache_disk_is_one_message_and_the_next_training_succeeds(build_job, kind, tmp_path):
    message = r"pretrained/\S+: cannot be written \(.+\)\. Set BIONER_CACHE to another folder\."
    with fill_disk(), pytest.raises(BionerError, match=message):
        initialize(build_job("ills"), kind)
    assert [path.suffix for path in (tmp_path / "pretrained").iterdir()] == [".lock"]
    initialize(build_job("ills"), kind)


def test_weights_are_deleted_with_any_corpus_that_they_were_trained_on(
    build_job, kind, tmp_path, monkeypatch
):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    initialize(build_job("ills:notes"), kind)
    folder = tmp_path / "pretrained"
    assert len(list(folder.glob("*.safetensors"))) == 2
    delete_cached(["0123456789abcdef"])
    assert len(list(folder.glob("*.safetensors"))) == 2
    delete_cached([CORPORA["notes"].digest])
    assert [path.suffix for path in folder.iterdir()] == [".lock"] * 2
    initialize(build_job("ills"), kind)
    delete_cached([CORPORA["reviews"].digest])  # the target's words chose the rows
    assert list(folder.glob("*.safetensors")) == []


def test_the_digest_changes_with_all_that_changes_the_weights_and_with_nothing_else(build_job):
    def digest(source="notes", **fields):
        groups = tuple(tuple(part.split("+")) for part in source.split(":"))
        return Stage(job=build_job(source, **fields), groups=groups).digest

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


def test_sentences_of_a_source_allow_only_tags_of_its_annotated_types(build_job, kind):
    stage = Stage(job=build_job("notes+ills"), groups=(("notes", "ills"),))
    tagger = kind.build_model(stage.job, stage.corpora, seed=0)
    examples = build_source_examples(stage, kind, SPLIT_CORPORA, types=tagger.types)
    n = len(split_corpus(CORPORA["notes"]).train)
    assert tagger.types == ("Disease", "Drug")
    assert {tuple(example.allowed) for example in examples[:n]} == {(True, True, True, True, True)}
    assert {tuple(example.allowed) for example in examples[n:]} == {(True, True, True, False, False)}


def test_checkpoint_files_are_bounded_and_the_last_used_are_kept(build_job, kind, tmp_path, monkeypatch):
    folder = tmp_path / "pretrained"
    initialize(build_job("notes"), kind)
    (first,) = folder.glob("*.safetensors")
    monkeypatch.setattr(checkpoint_files, "MAX_BYTES", 2 * first.stat().st_size + 1000)
    initialize(build_job("notes", seed=1), kind)
    (second,) = set(folder.glob("*.safetensors")) - {first}
    initialize(build_job("notes"), kind)  # used again
    initialize(build_job("notes", seed=2), kind)
    remaining = set(folder.glob("*.safetensors"))
    assert len(remaining) == 2
    assert first in remaining
    assert second not in remaining
