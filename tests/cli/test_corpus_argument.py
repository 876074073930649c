"""Notes and warnings on stderr about a corpus: the same in all commands that read one."""

import json

import pytest

from bioner_core.cli import main
from bioner_core.corpus.library import Library

CONLL = "aspirin\tB-Drug\n10\tB-Dose\nhilft\tO\n\nkein\tO\nSchmerz\tB-Disease\n\n"
LEFT_OUT = "note: notes: labels left out: Dose (40). Keep one by --map Dose=TYPE."
SPLIT_BY_SENTENCE = "warning: notes: 80 sentences name no document, so the test part is drawn by sentence"
UNUSED = "warning: notes: --map Foo=Bar: no mention has this label. Available: Drug, Dose, Disease."


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    """Work in a folder that holds ``notes.conll``."""
    (tmp_path / "notes.conll").write_text(CONLL * 40, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read_stderr_lines(capsys, *arguments):
    """Run a command and return its lines on stderr."""
    main(list(arguments))
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    "command",
    [
        ("corpus", "convert", "notes.conll", "out.jsonl", "--to", "jsonl"),
        ("corpus", "stats", "notes.conll"),
        ("corpus", "sources", "notes.conll"),
        ("corpus", "overlap", "notes.conll", "notes.conll"),
    ],
    ids=lambda command: command[1],
)
def test_every_command_reports_dropped_labels_and_unused_mappings(command, capsys):
    lines = read_stderr_lines(capsys, *command, "--map", "Foo=Bar")
    assert lines[:2] == [LEFT_OUT, UNUSED]
    assert not any(SPLIT_BY_SENTENCE in line for line in lines)  # only printed before training


@pytest.mark.parametrize(
    "command",
    [
        ("corpus", "add", "notes.conll"),
        ("estimate", "notes.conll", "--now"),
        ("curve", "notes.conll", "--sizes", "x"),
        ("transfer", "notes.conll"),
    ],
    ids=lambda command: command[0],
)
def test_commands_before_training_also_print_warnings_about_the_split(command, capsys):
    lines = read_stderr_lines(capsys, *command, "--map", "Foo=Bar")
    assert lines[:2] == [LEFT_OUT, UNUSED]
    assert lines[2].startswith(SPLIT_BY_SENTENCE)
    assert not any(
        "the language is unknown" in line for line in lines
    )  # a note that only ``corpus check`` prints


def test_overlapping_mentions_are_reported_when_a_corpus_is_added(working_folder, capsys):
    entities = [[0, 7, "Drug"], [0, 10, "Drug"], [18, 22, "ADR"]]
    record = {"text": "aspirin 10 mg for pain", "entities": entities}
    (working_folder / "own.jsonl").write_text(f"{json.dumps(record)}\n" * 2, encoding="utf-8")
    assert read_stderr_lines(capsys, "corpus", "add", "own.jsonl")[0] == (
        "warning: own: mentions left out, since they overlap one that is kept (spans are flat): 2 Drug."
    )


def test_mentions_are_printed_by_type_when_a_corpus_is_added(capsys):
    assert main(["corpus", "add", "notes.conll", "--annotates", "Anatomy"]) == 0
    assert capsys.readouterr().out == "added notes: 80 sentences, Anatomy 0, Disease 40, Drug 40\n"


def test_a_single_sentence_is_reported_in_the_singular(working_folder, capsys):
    (working_folder / "one.conll").write_text("aspirin\tB-Drug\n\n", encoding="utf-8")
    assert main(["corpus", "add", "one.conll"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "added one: 1 sentence, Drug 1\n"
    assert captured.err.startswith("warning: one: one: 1 sentence cannot be split.")
    assert (
        read_stderr_lines(capsys, "corpus", "convert", "one", "out", "--to", "conll")[-1]
        == "1 sentence written to out"
    )


def test_a_library_corpus_preferred_to_a_path_of_its_name_is_reported(working_folder, capsys):
    assert main(["corpus", "add", "notes.conll", "--name", "mine"]) == 0
    capsys.readouterr()
    assert not any(line.startswith("note") for line in read_stderr_lines(capsys, "corpus", "stats", "mine"))
    (working_folder / "mine").mkdir()
    (working_folder / "mine/other.conll").write_text(CONLL, encoding="utf-8")
    for command in ("check", "stats"):
        assert read_stderr_lines(capsys, "corpus", command, "mine")[0] == (
            "note: mine: using the corpus of the library, not the file or folder of this name. To use the "
            "file, write ./mine."
        )
    main(["corpus", "stats", "./mine", "--format", "json"])
    captured = capsys.readouterr()
    assert json.loads(captured.out)[0]["sentences"] == 2
    assert "the library's corpus" not in captured.err


@pytest.mark.parametrize("language", ["English", "eng", "e1", ""])
@pytest.mark.parametrize("command", [("corpus", "add"), ("corpus", "check"), ("estimate",)], ids=" ".join)
def test_a_language_that_is_not_a_code_is_refused(command, language, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*command, "notes.conll", "--language", language])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"bioner {' '.join(command)}: error: argument --language: {language!r}: write its code of two "
        "letters (ISO 639-1), such as en for English or ru for Russian"
    )


def test_check_accepts_the_language_that_its_finding_requests(capsys):
    assert main(["corpus", "check", "notes.conll"]) == 0
    unknown = "note: notes: the language is unknown. Set it with --language, such as en or ru."
    assert unknown in capsys.readouterr().out.splitlines()
    assert main(["corpus", "check", "notes.conll", "--language", "DE"]) == 0
    assert unknown not in capsys.readouterr().out.splitlines()
    assert main(["corpus", "add", "notes.conll", "--language", "DE"]) == 0
    assert Library().load("notes").language == "de"
