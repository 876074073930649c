"""Word pieces that corpora share: unique pieces as in Table 4, and coverage by frequency; without torch."""

import csv
import json
import subprocess
import sys
from collections import Counter

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from bioner_core.analysis.overlap import Overlap, build_printed_overlap, measure_overlap
from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.word_pieces import count_word_pieces, load_tokenizer
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import PACKAGED, locate_tokenizer

PIECES = ("[UNK]", "as", "##pirin", "head", "##ache", "helps", "against", "ear", "ibu", "##profen")


@pytest.fixture
def tokenizer_file(tmp_path):
    numbered = {piece: number for number, piece in enumerate(PIECES)}
    tokenizer = Tokenizer(models.WordPiece(numbered, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def build_sentence(drug, ache):
    return Sentence((drug, "helps", "against", ache), (Span(0, 1, "Drug"), Span(3, 4, "Disease")))


def build_corpus(name, *pairs, types=("Disease", "Drug")):
    return Corpus(name=name, sentences=tuple(build_sentence(*pair) for pair in pairs), types=types)


def test_unique_pieces_count_once_and_coverage_weighs_by_frequency(tokenizer_file):
    corpus = build_corpus("A", ("aspirin", "headache"), ("aspirin", "headache"), ("ibuprofen", "headache"))
    other = build_corpus("B", ("aspirin", "earache"))
    disease, drug, text = measure_overlap(corpus, other, load_tokenizer(tokenizer_file))
    assert drug == Overlap(
        corpus_1="A",
        corpus_2="B",
        entity="Drug",
        unique_1=4,  # as ##pirin ibu ##profen
        unique_2=2,
        shared=2,
        share_of_1=0.5,
        share_of_2=1.0,
        coverage_1=4 / 6,
        coverage_2=1.0,
    )
    assert (disease.unique_1, disease.unique_2, disease.shared) == (2, 2, 1)  # ##ache
    assert (text.entity, text.unique_1, text.unique_2, text.shared) == ("text", 8, 6, 5)


def test_only_common_types_are_compared_and_a_share_of_no_pieces_is_none(tokenizer_file):
    corpus = Corpus(name="A", sentences=(Sentence(("helps",)),), types=("Drug",))
    other = build_corpus("B", ("aspirin", "earache"))
    drug, text = measure_overlap(corpus, other, load_tokenizer(tokenizer_file))
    assert (drug.unique_1, drug.share_of_1, drug.coverage_1, drug.share_of_2) == (0, None, None, 0.0)
    assert text.share_of_1 == 1.0


def test_counting_words_in_batches_equals_counting_each_word(tokenizer_file):
    tokenizer = load_tokenizer(tokenizer_file)
    words = ["aspirin", "headache", "helps", "aspirin", "zebra"] * 3
    by_hand = Counter(
        piece for word in words for piece in tokenizer.encode(word, add_special_tokens=False).ids
    )
    assert count_word_pieces(words, tokenizer) == by_hand
    assert by_hand[0] == 3  # what the vocabulary cannot spell is one piece


def test_an_invalid_tokenizer_file_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    with pytest.raises(BionerError) as caught:
        load_tokenizer(path)
    assert str(caught.value) == (
        f"{path}: cannot be read as a tokenizer (Exception). It must be the tokenizer.json of an encoder: "
        "download it again from the source of the encoder."
    )


def test_the_error_of_a_missing_tokenizer_names_the_command_that_makes_it(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    with pytest.raises(
        BionerError, match="made when the first probe starts, or by `bioner corpus overlap A B`"
    ):
        locate_tokenizer(PACKAGED)
    with pytest.raises(BionerError, match="made by save_pretrained with a fast tokenizer has one"):
        locate_tokenizer(str(tmp_path))
    with pytest.raises(BionerError, match="Training with --model nobody/nothing brings it"):
        locate_tokenizer("nobody/nothing")
    with pytest.raises(BionerError, match="model 'a b c'"):
        locate_tokenizer("a b c")


def test_the_command_prints_a_row_for_each_type_and_for_all_text(capsys, tokenizer_file):
    Library().add(build_corpus("A", ("aspirin", "headache")))
    Library().add(build_corpus("B", ("aspirin", "earache")))
    command = ["corpus", "overlap", "A", "B", "--model", str(tokenizer_file.parent)]
    assert main([*command, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["entity"] for row in rows] == ["Disease", "Drug", "text"]
    assert main(command) == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.split("  ")[0] == "entity"
    assert "A known to B" in first
    assert second.split() == ["Disease", "2", "2", "1", "50", "%", "50", "%", "50", "%", "50", "%"]


def test_of_three_corpora_the_command_prints_a_matrix_for_each_type_and_all_text(capsys, tokenizer_file):
    for name, pairs in (
        ("A", ("aspirin", "headache")),
        ("B", ("aspirin", "earache")),
        ("C", ("ibuprofen", "ear")),
    ):
        Library().add(build_corpus(name, pairs))
    command = ["corpus", "overlap", "A", "B", "C", "--model", str(tokenizer_file.parent)]
    assert main(command) == 0
    disease, drug, _text = capsys.readouterr().out.split("\n\n")
    assert [line.split() for line in drug.splitlines()[1:]] == [
        ["of", "pieces", "in", "A", "in", "B", "in", "C"],
        ["A", "2", "–", "100", "%", "0", "%"],
        ["B", "2", "100", "%", "–", "0", "%"],
        ["C", "2", "0", "%", "0", "%", "–"],
    ]
    assert disease.splitlines()[-1].split() == ["C", "1", "0", "%", "100", "%", "–"]  # its ear is in earache
    assert main([*command, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["corpus_1"], row["corpus_2"]) for row in rows[::3]] == [("A", "B"), ("A", "C"), ("B", "C")]


def test_the_overlap_of_a_single_corpus_is_refused(capsys, tokenizer_file):
    Library().add(build_corpus("A", ("aspirin", "headache")))
    assert main(["corpus", "overlap", "A"]) == 1
    assert capsys.readouterr().err == ("bioner: corpus overlap: found one corpus. Name two or more.\n")


def test_each_share_in_table_4_is_shared_pieces_divided_by_unique_pieces(shared):
    with (shared / "paper/table4.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    for row in rows:
        unique = int(row["unique_bpe_1"]), int(row["unique_bpe_2"])
        overlap = build_printed_overlap(
            names=(row["corpus_1"], row["corpus_2"]),
            entity=row["entity"],
            unique=unique,
            shared=int(row["shared"]),
        )
        printed = int(row["share_of_1_percent"]), int(row["share_of_2_percent"])
        assert (round(100 * overlap.share_of_1), round(100 * overlap.share_of_2)) == printed
        of_union = 100 * overlap.shared / (sum(unique) - overlap.shared)
        assert round(of_union) not in printed


def test_counting_shared_pieces_loads_no_torch(tokenizer_file):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from bioner_core.analysis import overlap\n"
        "from bioner_core.corpus.word_pieces import load_tokenizer\n"
        f"load_tokenizer(Path({str(tokenizer_file)!r}))\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr[-500:]


def test_russian_and_english_entities_share_hardly_any_piece(shared):
    try:
        tokenizer = load_tokenizer(locate_tokenizer(PACKAGED))
    except BionerError:
        pytest.skip("the packaged tokenizer is not in the cache")
    russian, english, other = (
        open_corpus(shared / "corpora" / name).corpus for name in ("rumedner_ru", "psytar_en", "phee")
    )
    across = next(row for row in measure_overlap(russian, english, tokenizer) if row.entity == "Disease")
    within = next(row for row in measure_overlap(english, other, tokenizer) if row.entity == "Disease")
    assert across.share_of_1 < 0.05 < 0.3 < within.share_of_1
