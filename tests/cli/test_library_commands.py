"""``bioner corpus list`` and ``delete``: what the library holds, what leaves it, and what runs keep."""

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
def kept():
    """Fill the library."""
    for corpus in (NOTES, MADE_UP):
        Library().add(corpus)


@pytest.fixture
def runs(kept):
    """Make two runs that hold a copy of the notes; return their names in the store's order."""
    model = ModelChoice(name="m", revision="1")
    for name in ("first", "second"):
        RunStore().create(plan_study(name=name, targets=[NOTES], model=model, sizes="5"), {"notes": NOTES})
    return ", ".join(RunStore().list_runs_with_corpus("notes"))


@pytest.fixture
def terminal(monkeypatch):
    """Return what answers the terminal's questions, and collects them."""
    asked = []

    def answering(answer):
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
        return asked

    return answering


def said(capsys, *arguments):
    assert main(["corpus", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys, *arguments):
    """Return the one line that a command ends with."""
    assert main(["corpus", *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_the_list_tells_language_domain_sentences_mentions_and_what_is_synthetic(kept, capsys):
    assert said(capsys, "list").splitlines() == [
        "name     language  domain  sentences  mentions            synthetic",
        "made up                            1  Dose 1              yes",
        "notes    en        EHR            10  Disease 0, Drug 10  no",
    ]


def test_programs_get_mentions_by_type(kept, capsys):
    assert json.loads(said(capsys, "list", "--format", "json"))[1] == {
        "name": "notes",
        "language": "en",
        "domain": "EHR",
        "sentences": 10,
        "mentions": {"Disease": 0, "Drug": 10},
        "is_synthetic": False,
    }
    assert said(capsys, "list", "--format", "csv").splitlines()[1:] == [
        "made up,,,1,Dose 1,True",
        'notes,en,EHR,10,"Disease 0, Drug 10",False',
    ]


def test_an_empty_library_lists_nothing(capsys):
    assert said(capsys, "list") == "nothing\n"
    assert json.loads(said(capsys, "list", "--format", "json")) == []


def test_a_broken_corpus_is_told_of_and_can_be_deleted(kept, capsys):
    path = Library().path("notes")
    path.write_text(path.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    assert main(["corpus", "list", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert [row["name"] for row in json.loads(out)] == ["made up"]
    assert err.startswith(f"warning: {path}, line 12: ")
    assert said(capsys, "delete", "notes", "--yes") == "deleted notes\n"
    assert Library().names() == ("made up",)


def test_without_a_terminal_yes_must_be_said(kept, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert refused(capsys, "delete", "notes") == (
        "bioner: corpus notes: add --yes to delete it without a question."
    )
    assert "notes" in Library().names()


@pytest.mark.parametrize(("answer", "is_deleted"), [("n", False), ("", False), ("y", True)])
def test_a_terminal_is_asked_before_a_corpus_is_deleted(kept, capsys, terminal, answer, is_deleted):
    asked = terminal(answer)
    assert said(capsys, "delete", "notes") == ("deleted notes\n" if is_deleted else "nothing deleted\n")
    assert asked == ["Delete notes? [y/N] "]
    assert ("notes" in Library().names()) != is_deleted


def test_runs_keep_their_copies_and_are_named(runs, capsys, terminal):
    asked = terminal("y")
    what = f"notes (copies of it stay in 2 runs: {runs})"
    assert said(capsys, "delete", "notes") == f"deleted {what}\n"
    assert asked == [f"Delete {what}? [y/N] "]
    assert RunStore().open("first").corpora() == {"notes": NOTES}


def test_copies_go_where_that_is_asked_for_and_points_stay(runs, capsys):
    assert said(capsys, "delete", "notes", "--with-copies", "--yes") == (
        f"deleted notes and its copies in 2 runs: {runs} (points stay; nothing more can be trained from "
        "them)\n"
    )
    assert RunStore().list_runs_with_corpus("notes") == ()
    assert {"first", "second"} <= set(RunStore().names())
    assert Library().names() == ("made up",)


def test_copies_can_be_deleted_after_the_corpus(runs, capsys):
    Library().delete("notes")
    assert said(capsys, "delete", "notes", "--with-copies", "--yes").startswith(
        f"deleted the copies of notes in 2 runs: {runs} ("
    )
    assert RunStore().list_runs_with_corpus("notes") == ()


def test_copies_of_a_run_that_is_worked_on_stay_and_so_does_the_corpus(runs, capsys, monkeypatch):
    monkeypatch.setattr("bioner_core.study.lock.WAIT_SECONDS", 0.1)
    with RunStore().open("second").lock():
        assert "second" in refused(capsys, "delete", "notes", "--with-copies", "--yes")
    assert "notes" in Library().names()


@pytest.mark.parametrize("options", [(), ("--with-copies",)])
def test_what_is_not_there_is_told_with_what_is(kept, capsys, options):
    assert refused(capsys, "delete", "other", "--yes", *options) == (
        "bioner: other: no such corpus in the library. There are: made up, notes."
    )


def test_a_library_below_a_file_is_one_line_that_says_what_to_set(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BIONER_CORPORA", str(tmp_path / "file/corpora"))
    assert refused(capsys, "add", "sample") == (
        f"bioner: {tmp_path}/file/corpora/sample EN UGT.jsonl: cannot be written (Not a directory). "
        "Set BIONER_CORPORA to a folder of yours."
    )
    assert said(capsys, "list") == "nothing\n"
    assert refused(capsys, "delete", "notes", "--yes").endswith("There are: none yet.")


def test_a_type_that_was_looked_for_is_kept_though_none_occurs(capsys, tmp_path):
    path = tmp_path / "notes.conll"
    path.write_text("aches\tB-Disease\n\nsleeps\tO\n")
    said(capsys, "add", str(path), "--annotates", "Drug")
    assert Library().load("notes").types == ("Disease", "Drug")
    assert main(["corpus", "add", str(path), "--annotates", "every"]) == 1
    assert "type 'every': a type is a name" in capsys.readouterr().err.splitlines()[-1]


def test_an_end_of_input_deletes_nothing(capsys, monkeypatch, kept):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert "nothing deleted" in said(capsys, "delete", "notes")
    assert "notes" in Library().names()


class Terminal(io.StringIO):
    """Input that a person types, and ends by Ctrl-D."""

    def isatty(self):
        return True
