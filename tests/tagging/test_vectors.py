"""Word vectors: every format, damaged and unsafe files, reproducible training."""

import subprocess
import sys

import numpy as np
import pytest
from vector_files import WORDS, build_keyed_vectors, gzip_file, save_vectors

from bioner_core.errors import BionerError
from bioner_core.study.word_vectors import ALLOWED_FORMATS, inspect_vectors
from bioner_core.tagging.lstm_crf.vectors import read_vectors, train_vectors

EVERY = ("word2vec text", "word2vec binary", "fastText binary")


def read_word_vectors(path, words=WORDS):
    return read_vectors(str(path), inspect_vectors(path).digest, words)


@pytest.mark.parametrize(
    ("form", "is_zipped"), [*((form, False) for form in EVERY), *((form, True) for form in EVERY[:2])]
)
def test_each_format_is_detected_by_its_first_bytes_and_read(tmp_path, form, is_zipped):
    path = save_vectors(tmp_path, form)
    path = gzip_file(path) if is_zipped else path
    file = inspect_vectors(path)
    assert (file.format, file.n_words, file.n_dimensions) == (form, len(WORDS), 8)
    vectors = read_word_vectors(path, ["aspirin", "боли", "the"])
    assert vectors.table.shape == (4, 8)
    np.testing.assert_allclose((vectors.table[1:] ** 2).mean(1), 0.25, rtol=1e-5)
    assert vectors.rows(("the", "aspirin", "боли")).tolist() == [3, 1, 2]


@pytest.mark.parametrize("form", ["word2vec text", "word2vec binary"])
def test_numbers_are_those_of_the_file_up_to_scale(tmp_path, form):
    vectors = read_word_vectors(save_vectors(tmp_path, form), ["took"])
    expected = build_keyed_vectors()["took"]
    np.testing.assert_allclose(
        vectors.table[1], 0.5 * expected * 8**0.5 / np.linalg.norm(expected), rtol=1e-5
    )


def test_only_words_that_occur_are_kept_and_others_have_row_0(tmp_path):
    vectors = read_word_vectors(save_vectors(tmp_path, "word2vec text"), ["took", "Aspirin", "unheard"])
    assert vectors.table.shape == (3, 8)
    assert not vectors.table[0].any()
    assert vectors.rows(("unheard", "took", "Aspirin", "the")).tolist() == [0, 1, 2, 0]


def test_fasttext_composes_vectors_of_unseen_words(tmp_path):
    vectors = read_word_vectors(save_vectors(tmp_path, "fastText binary"), ["aspirins"])
    assert vectors.rows(("aspirins",)).tolist() == [1]


@pytest.mark.parametrize("form", EVERY)
def test_a_file_that_is_cut_off_is_refused(tmp_path, form):
    path = save_vectors(tmp_path, form)
    for fraction in (0.9, 0.5):
        path.write_bytes(path.read_bytes()[: int(fraction * path.stat().st_size)])
        with pytest.raises(BionerError, match=r"is cut off.* Fetch it again\.$"):
            read_word_vectors(path)


def test_a_gzip_file_that_is_cut_off_is_refused(tmp_path):
    path = gzip_file(save_vectors(tmp_path, "word2vec text"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BionerError, match=r"cannot be read \(the gzip file is damaged\)"):
        read_word_vectors(path)


def test_a_zipped_fasttext_binary_is_to_be_unzipped_first(tmp_path):
    path = gzip_file(save_vectors(tmp_path, "fastText binary"))
    with pytest.raises(BionerError, match=r"unzip it first; a \.bin of fastText is not read from gzip\.$"):
        inspect_vectors(path)


def test_nan_and_infinite_values_are_refused(tmp_path):
    path = tmp_path / "vectors.vec"
    path.write_text("1 2\nthe nan 1e999\n")
    with pytest.raises(BionerError, match="is cut off or damaged"):
        read_word_vectors(path, ["the"])


@pytest.mark.parametrize("name", ["vectors.kv", "vectors.model", "vectors.vec"])
def test_pickled_files_are_detected_by_content_and_never_opened(tmp_path, name):
    path = tmp_path / name
    build_keyed_vectors().save(str(path))
    with pytest.raises(BionerError) as refused:
        inspect_vectors(path)
    assert str(refused.value) == (
        f"vectors {path}: is pickled, or an archive, which could run code when it is opened. "
        f"Save them as {ALLOWED_FORMATS}; gensim's save_word2vec_format does."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "its first line does not say how many words and dimensions follow, such as 20000 300."),
        (b"the 0.1 0.2\n", "its first line does not say how many words and dimensions follow"),
        (b"5 0\n", "announces 5 words of 0 dimensions; 1 or more of 1 to 4,096 are readable."),
        (b"9000000000 300\nthe 0.1", "is cut off: 9,000,000,000 vectors of 300 numbers, as it announces"),
    ],
)
def test_other_files_are_refused_with_a_list_of_readable_formats(tmp_path, content, message):
    path = tmp_path / "vectors.vec"
    path.write_bytes(content)
    with pytest.raises(BionerError) as refused:
        inspect_vectors(path)
    assert str(refused.value).startswith(f"vectors {path}: {message}")


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(BionerError, match=r"cannot be read \(No such file or directory\)\.$"):
        inspect_vectors(tmp_path / "none.vec")


def test_the_same_text_gives_the_same_vectors_in_every_process():
    text = [["The", "patient", "took", "aspirin"], ["боли", "took"]] * 5
    vectors = train_vectors(text, ["the", "aspirin", "unheard"])
    assert vectors.table.shape == (4, 200)
    code = (
        "from bioner_core.tagging.lstm_crf.vectors import train_vectors\n"
        f"print(train_vectors({text!r}, ['the', 'aspirin', 'unheard']).table.tobytes().hex())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == vectors.table.tobytes().hex()
