"""The store of runs: create, list, extend, lock and delete."""

import json
import os
import stat
import sys
import time
from dataclasses import replace

import pytest
from fake_runner import CORPORA, MODEL, build_corpus, build_study, store_results

from bioner_core.errors import BionerError
from bioner_core.files import locate_shipped_runs_folder
from bioner_core.study import store as store_module
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import Settings
from bioner_core.study.plan import plan_study
from bioner_core.study.store import SHIPPED, RunStore


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def catch_error(call, *arguments, **options):
    with pytest.raises(BionerError) as refused:
        call(*arguments, **options)
    return str(refused.value)


def test_a_run_holds_its_plan_and_copies_of_its_corpora(store):
    planned = build_study(sizes="10,full")
    run = store.create(planned, CORPORA)
    assert sorted(path.name for path in run.folder.iterdir()) == ["corpora", "study.json"]
    again = RunStore(store.folder).open("study")
    assert again.corpora() == CORPORA
    stored = again.study
    assert stored.jobs == planned.jobs
    assert replace(stored, created="", sessions=()) == planned


def test_provenance_is_stored(store):
    stored = store.create(build_study(), CORPORA).study
    (planned,) = stored.sessions
    assert planned["what"] == "planned"
    assert planned["at"] == stored.created
    assert planned["packages"]["numpy"]
    assert planned["python"] == ".".join(map(str, sys.version_info[:3]))
    for field in ("host", "device", "command", "program", "platform", "commit"):
        assert planned[field] is not None
    record = json.loads((store.folder / "study" / "study.json").read_text())
    assert record["shared"]["settings"]["epochs"] == 1
    assert record["model"] == {"name": "fake", "revision": "1", "note": ""}


def test_upper_layers_are_stored_where_they_are_trained_alone(store):
    store.create(build_study(), CORPORA)
    record = json.loads((store.folder / "study" / "study.json").read_text())
    assert "upper_layers" not in record["shared"]["settings"]  # earlier programs read the run
    settings = Settings(epochs=1, upper_layers=2)
    jobs = tuple(replace(job, method="partial", settings=settings) for job in build_study().jobs)
    store.create(replace(build_study("upper"), jobs=jobs), CORPORA)
    study = RunStore(store.folder).open("upper").study
    assert (study.method, study.settings, study.jobs) == ("partial", settings, jobs)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_runs_are_private_to_the_user(store):
    old = os.umask(0)
    try:
        run = store.create(build_study(), CORPORA)
        store_results(run, [run.study.jobs[0]])
    finally:
        os.umask(old)
    for path in (store.folder, run.folder, run.folder / "corpora"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    for path in (run.folder / "points.jsonl", run.folder / "study.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_run_names_are_listed_newest_first_then_shipped(store):
    for number, name in enumerate(("a", "c", "b")):
        run = store.create(build_study(name), CORPORA)
        os.utime(run.folder / "study.json", (number, number))
    (store.folder / ".unfinished-x").mkdir()
    (store.folder / "no run").mkdir()
    (store.folder / "file").write_text("")
    assert store.names() == ("b", "c", "a", *SHIPPED)
    assert [run.name for run in store.runs()] == list(store.names())


def test_an_empty_store_lists_the_shipped_runs_and_creates_no_folder(store):
    assert store.names() == SHIPPED
    assert not store.folder.exists()


def test_the_error_for_a_missing_run_lists_the_existing_ones(store):
    store.create(build_study("mine"), CORPORA)
    available = "mine, ecir2020, four-corpora-probe, public-corpora-probe, rumedner-finetuned"
    assert catch_error(store.open, "yours") == f"run yours: no such run. Available: {available}."


def test_a_name_that_leads_out_of_the_folder_is_refused(store):
    assert catch_error(store.open, "../runs").startswith(
        "run name '../runs': a name begins with a letter or digit"
    )
    assert catch_error(store.create, build_study("a/b"), CORPORA).startswith("run name 'a/b': ")


@pytest.mark.parametrize("name", ["study", "STUDY", "ecir2020"])
def test_a_name_that_exists_is_refused(store, name):
    store.create(build_study(), CORPORA)
    existing = "ecir2020" if name == "ecir2020" else "study"
    assert catch_error(store.create, build_study(name), CORPORA) == (
        f"run {existing}: already exists. Choose another name, or delete the old run first."
    )


def test_a_study_without_its_corpora_is_not_stored(store):
    message = "study study: corpus source is not the one it was planned with."
    assert catch_error(store.create, build_study(), {"target": CORPORA["target"]}) == message
    other = {**CORPORA, "source": build_corpus("source", n=61)}
    assert catch_error(store.create, build_study(), other) == message
    assert list(store.folder.iterdir()) == []


def test_unfinished_folders_of_a_crash_are_deleted_after_a_day(store):
    old, new = store.folder / ".unfinished-old", store.folder / ".unfinished-new"
    for path in (old, new):
        path.mkdir(parents=True)
    os.utime(old, (time.time() - 90_000,) * 2)
    store.create(build_study(), CORPORA)
    assert not old.exists()
    assert new.exists()


def test_extending_adds_only_missing_jobs(store):
    run = store.create(build_study(sizes="10,20"), CORPORA)
    before = run.study.jobs
    store_results(run, before)
    store.extend("study", build_study(sizes="20,40", seeds=(0, 1, 2)), CORPORA)
    assert run.study.jobs[: len(before)] == before
    added = {(j.source, j.n_sentences, j.seed) for j in run.study.jobs[len(before) :]}
    assert added == {
        *((source, 40, seed) for source in ("none", "source") for seed in (0, 1, 2)),
        *(("none", 20, 2), ("source", 20, 2), ("source", 0, 2)),
    }
    assert run.pending() == run.study.jobs[len(before) :]
    assert [session["what"] for session in run.study.sessions] == ["planned", "extended"]


def test_extending_by_the_same_plan_changes_nothing(store):
    run = store.create(build_study(), CORPORA)
    before = (run.folder / "study.json").read_bytes()
    store.extend("study", build_study(), CORPORA)
    assert (run.folder / "study.json").read_bytes() == before


def test_extending_accepts_new_targets_and_sources_with_their_corpora(store):
    run = store.create(build_study(sources=()), {"target": CORPORA["target"]})
    assert set(run.corpora()) == {"target"}
    store.extend("study", build_study(), CORPORA)
    assert run.corpora() == CORPORA
    assert run.study.sources == ("none", "source")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split_seed": 1}, "run study: was planned with split_seed 0, not 1, "),
        ({"sample": "documents"}, "run study: was planned with sample sentences, not documents, "),
        ({"method": "probe"}, "run study: was planned with method finetune, not probe, "),
    ],
)
def test_extending_refuses_settings_that_make_points_incomparable(store, options, message):
    store.create(build_study(), CORPORA)
    assert catch_error(store.extend, "study", build_study(**options), CORPORA) == (
        message + "so that points could not be compared. Choose another name for a new run."
    )


def test_extending_never_changes_the_model(store):
    store.create(build_study(), CORPORA)
    other = plan_study(
        name="study", targets=[CORPORA["target"]], model=ModelChoice(name="large", revision="1"), sizes="10"
    )
    assert catch_error(store.extend, "study", other, CORPORA).startswith(
        "run study: was planned with model fake, not large, so that points could not be compared."
    )


def test_extending_refuses_a_corpus_that_has_changed(store):
    store.create(build_study(), CORPORA)
    other = build_corpus("target", n=61)
    changed = plan_study(name="study", targets=[other], model=MODEL, sizes="10")
    assert catch_error(store.extend, "study", changed, {"target": other}) == (
        f"run study: corpus target has changed since (digest {CORPORA['target'].digest}, now "
        f"{other.digest}), so that points could not be compared. Choose another name."
    )


def test_extending_by_other_words_of_the_same_text_says_why_it_is_refused(store):
    store.create(build_study(), CORPORA)
    other = replace(build_corpus("target", n=61), tokenizer_version=2)
    changed = plan_study(name="study", targets=[other], model=MODEL, sizes="10")
    message = catch_error(store.extend, "study", changed, {"target": other})
    assert message.endswith(
        "so that points could not be compared. The run has words of version 1 of the tokeniser, this corpus "
        "of version 2, which splits symbols off and knows scripts without blanks. Choose another name."
    )
    assert store.open("study").corpora()["target"] == CORPORA["target"]  # the run opens as ever


def test_a_shipped_run_is_readable_and_never_changed(store):
    run = store.open("ecir2020")
    assert run.is_shipped
    assert run.folder == locate_shipped_runs_folder() / "ecir2020"
    assert len(run.points()) > 1000
    state = run.state()
    assert (state.status, state.n_jobs, state.n_points) == ("published", 0, len(run.points()))
    assert run.planned_seeds() == {}
    assert run.title == "ECIR 2020, published"
    before = sorted(path.name for path in run.folder.iterdir())
    assert (
        catch_error(store.delete, "ecir2020") == "run ecir2020: comes with the program and cannot be deleted."
    )
    for write in (run.cancel, run.lock().__enter__):
        assert catch_error(write) == "run ecir2020: comes with the program and cannot be changed."
    assert sorted(path.name for path in run.folder.iterdir()) == before


def test_deleting_a_run_removes_its_folder_and_no_other(store):
    for name in ("mine", "other"):
        store.create(build_study(name), CORPORA)
    store.delete("mine")
    assert os.listdir(store.folder) == ["other"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows moves no folder with an open lock in it")
def test_no_worker_can_start_while_a_run_is_deleted(store, monkeypatch):
    run = store.create(build_study(), CORPORA)
    rename, locked = os.rename, []

    def renamed(old, new):
        locked.append(run.is_locked())
        rename(old, new)

    monkeypatch.setattr(os, "rename", renamed)
    store.delete("study")
    assert locked == [True]
    assert os.listdir(store.folder) == []


def test_locking_a_deleted_run_creates_no_folder(store):
    run = store.create(build_study(), CORPORA)
    store.delete("study")
    with pytest.raises(BionerError, match="run study: no longer exists; someone deleted it"), run.lock():
        pass
    assert os.listdir(store.folder) == []


def test_a_run_with_damaged_points_can_be_deleted(store):
    run = store.create(build_study(), CORPORA)
    (run.folder / "points.jsonl").write_text("{\n")
    store.delete("study")
    assert os.listdir(store.folder) == []


def test_a_locked_run_is_neither_deleted_nor_extended(store):
    run = store.create(build_study(), CORPORA)
    with run.lock():
        assert catch_error(store.delete, "study") == (
            "run study: is being worked on. Cancel it first, then delete it."
        )
        assert os.listdir(store.folder) == ["study"]
        assert catch_error(store.extend, "study", build_study(), CORPORA) == (
            "run study: is being worked on. Wait until it is done, or cancel it first."
        )
    store.delete("study")


def test_deleting_the_copies_of_a_corpus_keeps_the_points(store):
    run = store.create(build_study("mine"), CORPORA)
    store.create(build_study("without", sources=()), CORPORA)
    store_results(run, [run.study.jobs[0]])
    assert store.list_runs_with_corpus("source") == ("mine",)
    assert set(store.list_runs_with_corpus("target")) == {"mine", "without"}
    assert store.delete_copies("source") == ("mine",)
    assert store.list_runs_with_corpus("source") == ()
    assert len(run.points()) == 3
    assert catch_error(run.corpora) == (
        "run mine: its copy of corpus source is missing (runs are exported without text by default), so no "
        "more models can be trained. Add the same corpus to the library under this name, import the run "
        "--with-text, or go on where it was planned."
    )


def test_a_folder_that_cannot_be_written_is_reported_and_nothing_is_left(store, monkeypatch):
    def read_only(path, content):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(store_module, "write_atomically", read_only)
    assert catch_error(store.create, build_study(), CORPORA) == (
        f"{store.folder / 'study'}: cannot be written (it is read-only). "
        "Make the folder writable, or set BIONER_RUNS to one that is."
    )
    assert list(store.folder.iterdir()) == []


def test_a_runs_folder_that_is_a_file_is_reported(tmp_path):
    (tmp_path / "runs").write_text("")
    store = RunStore(tmp_path / "runs")
    assert catch_error(store.create, build_study(), CORPORA) == (
        f"{tmp_path / 'runs'}: cannot be read (Not a directory). Set BIONER_RUNS to a folder of yours."
    )
