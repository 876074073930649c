"""Features are the encoder's hidden states of whole sentences, computed once and cached."""

import errno
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from full_disk import fill_disk
from tiny_encoders import TOKENIZERS, save_tiny

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.errors import BionerError
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.tagging import corpus_pass
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.encoder import load_encoder
from bioner_core.tagging.encoders.windows import encode_sentences
from bioner_core.tagging.probe import features as module
from bioner_core.tagging.probe.features import compute_encoder_digest, compute_features

SENTENCES = (
    Sentence(tokens=("Пациент", "took", "aspirin", ".")),
    Sentence(tokens=()),
    Sentence(tokens=("headache",)),
    Sentence(tokens=("took", "aspirin", ".")),
    Sentence(tokens=("headache",), document="another"),
)


def build_corpus(sentences):
    return Corpus(name="notes", sentences=tuple(sentences), types=())


def build_job(model, **settings):
    return TrainJob(
        target="notes", target_digest="", model=str(model), model_revision="", method="probe",
        n_sentences=1, seed=0, settings=Settings(**settings),
    )  # fmt: skip


def run_feature_pass(job, corpus, cache):
    """Run the pass; return its features and the word counts of its progress."""
    steps = compute_features(
        job, corpus, EncodedCorpora({"notes": corpus}, device="cpu", cache=cache), cache=cache
    )
    reported = []
    while True:
        try:
            reported.append(next(steps).done)
        except StopIteration as end:
            return end.value, reported


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_word_is_the_mean_of_its_pieces_in_layers_from_first_to_last(kind, tmp_path):
    folder = save_tiny(kind, tmp_path / kind)
    features, _ = run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path / "cache")
    encoder = load_encoder(str(folder), "", cache=tmp_path)
    for sentence in SENTENCES:
        if not sentence.tokens:
            assert features.look_up(sentence).shape == (0, 4 * 16)
            continue
        batch = encoder.tokenizer([list(sentence.tokens)], is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            states = encoder.model(**batch, output_hidden_states=True).hidden_states
        layers = torch.cat([states[k] for k in (0, 1, 1, 2)], dim=-1)[0]  # of 2 layers
        owners = np.array([-1 if word is None else word for word in batch.word_ids(0)])
        means = np.stack([layers[owners == word].mean(0).numpy() for word in range(len(sentence.tokens))])
        np.testing.assert_allclose(features.look_up(sentence), means, atol=2e-3)


def test_a_sentence_longer_than_the_encoder_loses_no_word(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert", positions=24)
    words = [("aspirin", "headache", "took", "a")[k] for k in np.random.default_rng(0).integers(0, 4, 90)]
    sentence = Sentence(tokens=tuple(words))
    features, _ = run_feature_pass(build_job(folder), build_corpus([sentence]), tmp_path)
    encoder = load_encoder(str(folder), "", cache=tmp_path)
    (windows,) = encode_sentences([sentence.tokens], encoder.tokenizer, max_pieces=24)
    assert len(windows) > 10
    for window in windows:
        with torch.no_grad():
            states = encoder.model(torch.from_numpy(window.input_ids)[None]).last_hidden_state[0].numpy()
        for first, end, word in zip(window.first_pieces, window.piece_ends, window.word_indices, strict=True):
            vector = features.look_up(sentence)[word, -16:]
            np.testing.assert_allclose(vector, states[first:end].mean(0), atol=2e-3)


def test_features_do_not_depend_on_the_batch_size(tmp_path, monkeypatch):
    folder = save_tiny("bert", tmp_path / "bert")
    large, _ = run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path / "large")
    monkeypatch.setattr(corpus_pass, "CPU_BATCH_PIECES", 8)
    small, reported = run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path / "small")
    assert len(reported) > 2
    np.testing.assert_allclose(large.vectors, small.vectors, atol=2e-3)


def test_batches_are_halved_when_memory_runs_out(tmp_path, monkeypatch):
    folder = save_tiny("bert", tmp_path / "bert")
    expected, _ = run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path / "enough")
    read, budgets = module._encode_words, []

    def short_of_memory(model, rows, products, budget):
        budgets.append(budget)
        if budget > 300:
            raise RuntimeError("CUDA error: out of memory")
        return read(model, rows, products, budget)

    monkeypatch.setattr(module, "_encode_words", short_of_memory)
    vector, _ = run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path / "short")
    assert budgets[:3] == [1024, 512, 256]
    np.testing.assert_allclose(vector.vectors, expected.vectors, atol=2e-3)


def test_features_are_16_bit_read_only_and_on_disk(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    features, reported = run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path)
    assert reported[0] == 0
    assert reported[-1] == len(features.vectors) == 8  # the second "headache" is the first one's
    assert features.vectors.dtype == np.float16
    with pytest.raises(ValueError, match="read-only"):
        features.vectors[0] = 0
    assert run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path)[1] == []


def test_an_interrupted_feature_pass_leaves_no_file_and_is_repeated(tmp_path):
    folder, corpus = save_tiny("bert", tmp_path / "bert"), build_corpus(SENTENCES)
    cache = tmp_path / "cache"
    steps = compute_features(
        build_job(folder), corpus, EncodedCorpora({"notes": corpus}, device="cpu", cache=cache), cache=cache
    )
    assert next(steps).done == 0
    assert next(steps).done > 0
    steps.close()
    assert [path.suffix for path in (cache / "features").iterdir()] in ([], [".lock"])
    assert len(run_feature_pass(build_job(folder), corpus, cache)[0].vectors) == 8


def test_the_digest_changes_with_encoder_and_settings_that_change_features(tmp_path):
    job = build_job("model")
    others = [
        replace(job, model="other"),
        replace(job, model_revision="1"),
        build_job("model", max_pieces=64),
        build_job("model", dtype="bfloat16"),
    ]
    assert len({compute_encoder_digest(j) for j in (job, *others)}) == 5
    assert compute_encoder_digest(job) == compute_encoder_digest(
        replace(build_job("model", epochs=3), seed=1)
    )


def test_least_recently_used_features_are_evicted(tmp_path, monkeypatch):
    folder = save_tiny("bert", tmp_path / "bert")
    run_feature_pass(build_job(folder), build_corpus(SENTENCES), tmp_path)
    (first,) = (tmp_path / "features").glob("*.npy")
    monkeypatch.setattr(corpus_pass, "MAX_BYTES", first.stat().st_size + 100)
    run_feature_pass(build_job(folder), build_corpus(SENTENCES[2:]), tmp_path)
    (second,) = (tmp_path / "features").glob("*.npy")
    assert second != first


def damage_by_truncation(path):
    os.truncate(path, path.stat().st_size // 2)


def damage_by_permutation(path):
    vectors = np.load(path)
    np.save(path, vectors[::-1])


@pytest.mark.parametrize("damage", [damage_by_truncation, damage_by_permutation])
def test_damaged_features_are_computed_anew(tmp_path, damage):
    job, corpus = build_job(save_tiny("bert", tmp_path / "bert")), build_corpus(SENTENCES)
    features, _ = run_feature_pass(job, corpus, tmp_path / "cache")
    expected = features.vectors.copy()
    (path,) = (tmp_path / "cache/features").glob("*.npy")
    assert run_feature_pass(job, corpus, tmp_path / "cache")[1] == []  # read from disk
    damage(path)
    features, reported = run_feature_pass(job, corpus, tmp_path / "cache")
    assert reported
    np.testing.assert_array_equal(features.vectors, expected)


def test_a_full_cache_disk_is_one_message_and_the_next_pass_succeeds(tmp_path):
    job, cache = build_job(save_tiny("bert", tmp_path / "bert")), tmp_path / "cache"
    message = r"cache/features/\S+: cannot be written \(.+\)\. Set BIONER_CACHE to another folder\."
    with fill_disk(), pytest.raises(BionerError, match=message):
        run_feature_pass(job, build_corpus(SENTENCES * 20), cache)
    assert [path.suffix for path in (cache / "features").iterdir()] == [".lock"]
    assert len(run_feature_pass(job, build_corpus(SENTENCES), cache)[0].vectors) == 8


def test_a_disk_without_room_for_the_digest_keeps_no_features(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(corpus_pass, "write_digest", fail)
    job = build_job(save_tiny("bert", tmp_path / "bert"))
    with pytest.raises(BionerError, match=r"the disk is full\)\. Free some disk space, or set BIONER_CACHE"):
        run_feature_pass(job, build_corpus(SENTENCES), tmp_path / "cache")
    assert list((tmp_path / "cache/features").glob("*.npy")) == []
