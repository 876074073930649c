"""One broken run or corpus never disables a list: it is listed, and the others work."""

import json
import os
import shutil

import pytest
from fake_runner import CORPORA, build_study, store_results

from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.cli import main
from bioner_core.corpus.jsonl import is_corpus_file
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.study.duration import format_planned_work
from bioner_core.study.store import SHIPPED, RunStore


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Return a store of one good run and one of each kind of broken ones."""
    monkeypatch.setenv("BIONER_RUNS", str(tmp_path / "runs"))
    store = RunStore()
    good = store.create(build_study("good", seeds=(0,)), CORPORA)
    store_results(good, good.study.jobs)
    for name in ("copy (2)", "x" * 200, "broken plan", "broken points", "loop", "folder"):
        shutil.copytree(good.folder, store.folder / name)
    (store.folder / "broken plan/study.json").write_text("{")
    (store.folder / "broken points/points.jsonl").write_text("[]\n")
    for name, file in (("loop", "study.json"), ("folder", "points.jsonl")):
        (store.folder / name / file).unlink()
    os.symlink("study.json", store.folder / "loop/study.json")  # as unreadable as another account's file
    (store.folder / "folder/points.jsonl").mkdir()
    return store


BROKEN = {"broken plan", "broken points", "loop", "folder"}


def test_all_runs_are_listed_and_the_broken_ones_say_why(store):
    names = store.names()
    assert set(names) == {"good", "copy (2)", "x" * 200, *BROKEN, *SHIPPED}
    assert {name for name in names if store.open(name).state().problem} == BROKEN
    assert store.open("copy (2)").points() == store.open("good").points()


def test_what_reads_all_runs_leaves_the_broken_ones_out(store):
    study = build_study("new", seeds=(0,))
    assert "models" in format_planned_work(study, store)
    runs = list_reference_runs(store)
    assert {"good", "copy (2)"} <= {reference.run for reference in load_reference_curves(runs)}
    assert estimate_sampling_noise(store.open("good"), store).shifts


def test_the_commands_list_all_runs(store, capsys):
    assert main(["runs", "list", "--format", "json"]) == 0
    rows = {row["run"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name for name, row in rows.items() if row["problem"]} == BROKEN
    assert main(["runs", "delete", "loop", "--yes"]) == 0
    assert "loop" not in store.names()


def test_corpora_that_cannot_be_read_do_not_hide_the_others(tmp_path, monkeypatch):
    def read_beginning(path):
        if path.name == "theirs.jsonl":
            raise PermissionError(13, "Permission denied")
        return is_corpus_file(path)

    library = Library(tmp_path / "corpora")
    library.add(CORPORA["target"])
    (library.folder / "theirs.jsonl").write_bytes(b"")
    monkeypatch.setattr("bioner_core.corpus.library.is_corpus_file", read_beginning)
    (library.folder / "folder.jsonl").mkdir()
    os.symlink("loop.jsonl", library.folder / "loop.jsonl")
    (library.folder / "broken.jsonl").write_bytes(b"\xff\xfe")
    assert library.names() == ("target", "theirs")
    with pytest.raises(BionerError, match="theirs"):
        library.load("theirs")
    assert library.load("target") == CORPORA["target"]
