"""Windows over long sentences: every word is scored once, on its first piece."""

import numpy as np
import pytest
from tiny_encoders import TOKENIZERS, save_tiny
from transformers import AutoTokenizer

from bioner_core.tagging.encoders.windows import encode_sentences, plan_windows

SENTENCE = [
    "The",
    "patient",
    "took",
    "aspirin",
    "for",
    "a",
    "headache",
    ".",
    "Пациент",
    "принимал",
    "аспирин",
    ".",
]


def load_tiny_tokenizer(kind, folder):
    return AutoTokenizer.from_pretrained(save_tiny(kind, folder / kind), add_prefix_space=True)


def tokenize(tokenizer, word):
    return tokenizer([[word]], is_split_into_words=True, add_special_tokens=False)["input_ids"][0]


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_short_sentence_is_encoded_as_by_the_tokenizer(kind, tmp_path):
    tokenizer = load_tiny_tokenizer(kind, tmp_path)
    (windows,) = encode_sentences([SENTENCE], tokenizer, max_pieces=128)
    expected = tokenizer([SENTENCE], is_split_into_words=True)
    assert [window.input_ids.tolist() for window in windows] == expected["input_ids"]
    word_ids = expected.word_ids(0)
    assert windows[0].first_pieces.tolist() == [word_ids.index(k) for k in range(len(SENTENCE))]
    assert windows[0].word_indices.tolist() == list(range(len(SENTENCE)))


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_long_sentence_is_scored_word_by_word_exactly_once(kind, tmp_path):
    tokenizer = load_tiny_tokenizer(kind, tmp_path)
    words = [SENTENCE[k] for k in np.random.default_rng(0).integers(0, len(SENTENCE), 200)]
    (windows,) = encode_sentences([words], tokenizer, max_pieces=40)
    assert len(windows) > 5
    assert np.concatenate([window.word_indices for window in windows]).tolist() == list(range(200))
    for window in windows:
        assert len(window.input_ids) <= 40
        for first, end, word in zip(window.first_pieces, window.piece_ends, window.word_indices, strict=True):
            assert window.input_ids[first:end].tolist() == tokenize(tokenizer, words[word])


def test_a_word_is_scored_in_the_window_with_more_context():
    spans = plan_windows([1] * 100, max_pieces=20)
    for start, end, first, last in spans[1:-1]:
        assert first - start >= 4
        assert end - last >= 4


def test_windows_cover_all_words_within_the_limit_for_any_word_lengths():
    generator = np.random.default_rng(1)
    for _ in range(300):
        room = int(generator.integers(4, 30))
        lengths = generator.integers(1, room + 1, generator.integers(1, 60)).tolist()
        spans = plan_windows(lengths, max_pieces=room)
        scored = [word for _, _, first, last in spans for word in range(first, last)]
        assert scored == list(range(len(lengths)))
        for start, end, first, last in spans:
            assert start <= first <= last <= end
            assert sum(lengths[start:end]) <= room


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_word_without_pieces_does_not_shift_other_words(kind, tmp_path):
    tokenizer = load_tiny_tokenizer(kind, tmp_path)
    (windows,) = encode_sentences([["took", "\u200b\x00", "aspirin"]], tokenizer, max_pieces=64)
    firsts = windows[0].input_ids[windows[0].first_pieces].tolist()
    assert len(firsts) == 3
    assert (firsts[0], firsts[2]) == (tokenize(tokenizer, "took")[0], tokenize(tokenizer, "aspirin")[0])
    nothing = tokenize(tokenizer, "\u200b\x00") or [tokenizer.unk_token_id]
    assert firsts[1] == nothing[0]


def test_a_word_longer_than_a_window_keeps_its_first_pieces(tmp_path):
    tokenizer = load_tiny_tokenizer("bert", tmp_path)
    (windows,) = encode_sentences([["a", "headache" * 9, "a"]], tokenizer, max_pieces=12)
    assert np.concatenate([window.word_indices for window in windows]).tolist() == [0, 1, 2]
    assert all(len(window.input_ids) <= 12 for window in windows)


def test_empty_input_gives_no_windows(tmp_path):
    tokenizer = load_tiny_tokenizer("bert", tmp_path)
    assert encode_sentences([[], ["a"]], tokenizer, max_pieces=12)[0] == ()
    assert encode_sentences([], tokenizer, max_pieces=12) == []
