"""``bioner corpus list`` and ``delete``: the library's corpora, deletion, and copies in runs."""

import io
import json
import sys

import pytest

from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import plan_study
from bioner_core.study.store import RunStore

NOTES = Corpus(
    name="notes",
    types=("Disease", "Drug"),
    sentences=tuple(Sentence((f"took{n}", "aspirin"), (Span(1, 2, "Drug"),), f"d{n}") for n in range(10)),
    language="en",
    domain="EHR",
)
MADE_UP = Corpus(
    name="made up", types=("Dose",), sentences=(Sentence(("5", "mg"), (Span(0, 2, "Dose"),)),),
    is_synthetic=True,
)  # fmt: skip


@pytest.fixture
def filled_library():
    """Fill the library."""
    for corpus in (NOTES, MADE_UP):
        Library().add(corpus)


@pytest.fixture
def run_names(filled_library):
    """Create two runs that hold a copy of the notes; return their names in the store's order."""
    model = ModelChoice(name="m", revision="1")
    for name in ("first", "second"):
        RunStore().create(plan_study(name=name, targets=[NOTES], model=model, sizes="5"), {"notes": NOTES})
    return ", ".join(RunStore().list_runs_with_corpus("notes"))


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that answers the terminal's prompts and collects them."""
    questions = []

    def set_answer(answer):
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda question: questions.append(question) or answer)
        return questions

    return set_answer


def read_output(capsys, *arguments):
    assert main(["corpus", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def read_error(capsys, *arguments):
    """Run a command that must fail and return its only line on stderr."""
    assert main(["corpus", *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_the_list_has_language_domain_sentences_mentions_and_synthetic_flag(filled_library, capsys):
    assert read_output(capsys, "list").splitlines() == [
        "name     language  domain  sentences  mentions            synthetic",
        "made up                            1  Dose 1              yes",
        "notes    en        EHR            10  Disease 0, Drug 10  no",
    ]


def test_json_has_mentions_by_type(filled_library, capsys):
    assert json.loads(read_output(capsys, "list", "--format", "json"))[1] == {
        "name": "notes",
        "language": "en",
        "domain": "EHR",
        "sentences": 10,
        "mentions": {"Disease": 0, "Drug": 10},
        "is_synthetic": False,
    }
    assert read_output(capsys, "list", "--format", "csv").splitlines()[1:] == [
        "made up,,,1,Dose 1,True",
        'notes,en,EHR,10,"Disease 0, Drug 10",False',
    ]


def test_an_empty_library_lists_nothing(capsys):
    assert read_output(capsys, "list") == "nothing\n"
    assert json.loads(read_output(capsys, "list", "--format", "json")) == []


def test_a_damaged_corpus_is_reported_and_can_be_deleted(filled_library, capsys):
    path = Library().path("notes")
    path.write_text(path.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    assert main(["corpus", "list", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert [row["name"] for row in json.loads(out)] == ["made up"]
    assert err.startswith(f"warning: {path}, line 12: ")
    assert read_output(capsys, "delete", "notes", "--yes") == "deleted notes\n"
    assert Library().names() == ("made up",)


def test_without_a_terminal_the_option_yes_is_needed(filled_library, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert read_error(capsys, "delete", "notes") == (
        "bioner: corpus notes: add --yes to delete it without a question."
    )
    assert "notes" in Library().names()


@pytest.mark.parametrize(("answer", "is_deleted"), [("n", False), ("", False), ("y", True)])
def test_the_terminal_prompts_before_a_corpus_is_deleted(
    filled_library, capsys, terminal, answer, is_deleted
):
    questions = terminal(answer)
    assert read_output(capsys, "delete", "notes") == (
        "deleted notes\n" if is_deleted else "nothing deleted\n"
    )
    assert questions == ["Delete notes? [y/N] "]
    assert ("notes" in Library().names()) != is_deleted


def test_runs_that_keep_copies_are_named_on_deletion(run_names, capsys, terminal):
    questions = terminal("y")
    description = f"notes (copies of it stay in 2 runs: {run_names})"
    assert read_output(capsys, "delete", "notes") == f"deleted {description}\n"
    assert questions == [f"Delete {description}? [y/N] "]
    assert RunStore().open("first").corpora() == {"notes": NOTES}


def test_option_with_copies_deletes_the_copies_and_keeps_the_points(run_names, capsys):
    assert read_output(capsys, "delete", "notes", "--with-copies", "--yes") == (
        f"deleted notes and its copies in 2 runs: {run_names} (the runs keep their results, but cannot train "
        "more models)\n"
    )
    assert RunStore().list_runs_with_corpus("notes") == ()
    assert {"first", "second"} <= set(RunStore().names())
    assert Library().names() == ("made up",)


def test_copies_can_be_deleted_after_the_corpus(run_names, capsys):
    Library().delete("notes")
    assert read_output(capsys, "delete", "notes", "--with-copies", "--yes").startswith(
        f"deleted the copies of notes in 2 runs: {run_names} ("
    )
    assert RunStore().list_runs_with_corpus("notes") == ()


def test_nothing_is_deleted_while_a_run_with_a_copy_is_locked(run_names, capsys, monkeypatch):
    monkeypatch.setattr("bioner_core.study.lock.WAIT_SECONDS", 0.1)
    with RunStore().open("second").lock():
        assert "second" in read_error(capsys, "delete", "notes", "--with-copies", "--yes")
    assert "notes" in Library().names()


@pytest.mark.parametrize("options", [(), ("--with-copies",)])
def test_a_missing_corpus_is_refused_with_the_available_ones(filled_library, capsys, options):
    assert read_error(capsys, "delete", "other", "--yes", *options) == (
        "bioner: other: no such corpus in the library. Available: made up, notes."
    )


def test_an_unusable_library_folder_names_the_variable_to_set(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BIONER_CORPORA", str(tmp_path / "file/corpora"))
    assert read_error(capsys, "add", "sample") == (
        f"bioner: {tmp_path}/file/corpora/sample EN UGT.jsonl: cannot be written (Not a directory). "
        "Set BIONER_CORPORA to a folder of yours."
    )
    assert read_output(capsys, "list") == "nothing\n"
    assert read_error(capsys, "delete", "notes", "--yes").endswith("Available: none yet.")


def test_an_annotated_type_without_mentions_is_kept(capsys, tmp_path):
    path = tmp_path / "notes.conll"
    path.write_text("aches\tB-Disease\n\nsleeps\tO\n")
    read_output(capsys, "add", str(path), "--annotates", "Drug")
    assert Library().load("notes").types == ("Disease", "Drug")
    assert main(["corpus", "add", str(path), "--annotates", "every"]) == 1
    assert "type 'every': a type is a name" in capsys.readouterr().err.splitlines()[-1]


def test_an_end_of_input_deletes_nothing(capsys, monkeypatch, filled_library):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert "nothing deleted" in read_output(capsys, "delete", "notes")
    assert "notes" in Library().names()


class Terminal(io.StringIO):
    """Input that a person types, and ends by Ctrl-D."""

    def isatty(self):
        return True
