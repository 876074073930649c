"""Projects on disk: private, whole or not there, readable by later versions, and without secrets."""

import json
import stat
from dataclasses import replace

import pytest
from small_project import build_corpus, build_project, build_texts

from bioner_core import files
from bioner_core.cli import main
from bioner_core.connections.credentials import Credential, load_credential, save_credential
from bioner_core.corpus.library import Library
from bioner_core.costs.rates import Rates
from bioner_core.errors import BionerError
from bioner_core.files import locate_projects_folder
from bioner_core.rounds.project import Round, SentTask
from bioner_core.rounds.project_store import ProjectStore

ROUND = Round(
    number=1, at="2026-03-02T09:00:00+00:00", digest="0" * 16, run="r", n_train=7, n_test=3, n_pool=9
)


@pytest.fixture
def store(tmp_path):
    store = ProjectStore()
    project = build_project(tmp_path, fraction=0.95, rates=Rates(annotators=3), label_map={"Med": "Drug"})
    store.create(project, build_texts(5, per_document=2), build_corpus(4))
    return store


def test_a_project_is_read_as_it_was_kept(store, tmp_path):
    assert store.names() == ("trial",)
    expected = build_project(tmp_path, fraction=0.95, rates=Rates(annotators=3), label_map={"Med": "Drug"})
    assert store.load("trial") == expected
    assert store.load_pool("trial") == build_texts(5, per_document=2)
    assert store.load_start("trial") == build_corpus(4)
    assert (store.load_sent("trial"), store.load_rounds("trial")) == ((), ())


def test_all_files_are_private(store):
    store.save_round("trial", ROUND)
    store.save_corpus("trial", build_corpus(4))
    with store.hold("trial"):
        pass
    folder = locate_projects_folder() / "trial"
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_what_was_sent_is_added(store):
    first, second = (SentTask(key=key, part="train", at="2026-03-02T09:00:00+00:00") for key in "ab")
    store.add_sent("trial", [first])
    store.add_sent("trial", [second])
    assert store.load_sent("trial") == (first, second)
    assert "took" not in (locate_projects_folder() / "trial" / "sent.json").read_text()  # keys, no texts


def test_a_round_is_replaced_by_its_number_and_the_corpus_by_the_next(store):
    later = replace(ROUND, run="other")
    for step, corpus in ((ROUND, build_corpus(4)), (later, build_corpus(3))):
        store.save_round("trial", step)
        store.save_corpus("trial", corpus)
    assert store.load_rounds("trial") == (later,)
    assert store.load_corpus("trial") == build_corpus(3)


def test_a_second_project_of_this_name_is_refused_whatever_its_case(store, tmp_path):
    with pytest.raises(BionerError, match="project TRIAL: exists already"):
        store.create(build_project(tmp_path, "TRIAL"), (), None)


def test_what_a_broken_creation_left_is_no_project_and_in_nobodys_way(store, tmp_path):
    folder = locate_projects_folder() / "torn"
    folder.mkdir()
    (folder / "start.jsonl").write_text("{")
    assert store.names() == ("trial",)
    with pytest.raises(BionerError, match=r"torn: no such project\. Available: trial\."):
        store.load("torn")
    store.create(build_project(tmp_path, "torn"), build_texts(2), None)
    assert store.load_start("torn") is None


def test_files_of_a_newer_program_are_refused_and_fields_of_a_later_one_are_ignored(store):
    path = locate_projects_folder() / "trial" / "project.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "colour": "green"}))
    assert store.load("trial").name == "trial"
    path.write_text(json.dumps({**record, "version": 2}))
    with pytest.raises(BionerError, match="was written by a newer version of this program"):
        store.load("trial")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"name": 3}', '{"settings": {"tool": "other"}}'])
def test_a_damaged_file_is_named(store, content):
    path = locate_projects_folder() / "trial" / "project.json"
    path.write_text(content)
    with pytest.raises(BionerError, match="project"):
        store.load("trial")


def test_two_processes_do_not_send_at_once(store):
    other = ProjectStore().hold("trial")
    with store.hold("trial"), pytest.raises(BionerError, match="another push or pull is at work"), other:
        pass
    with store.hold("trial"):
        pass


def test_a_deleted_project_is_gone(store):
    store.delete("trial")
    assert store.names() == ()
    assert not (locate_projects_folder() / "trial").exists()


def test_who_deletes_a_corpus_hears_of_the_projects_that_keep_it(store, capsys):
    Library().add(build_corpus(4))
    assert store.list_with_corpus("other") == ()
    assert main(["corpus", "delete", "notes", "--yes"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "deleted notes\n"
    assert captured.err == ("note: projects keep what they began with (trial): bioner rounds remove\n")


def test_with_log_in_projects_and_tokens_lie_in_the_home_of_the_user(store, tmp_path, monkeypatch):
    for name in ("anna", "boris"):
        monkeypatch.setattr(files._Home, "find", staticmethod(lambda name=name: tmp_path / name))
        assert ProjectStore().names() == ()
        assert load_credential("https://example.org") is None
        ProjectStore().create(build_project(tmp_path, name), build_texts(2), None)
        save_credential("https://example.org", Credential(name))
        assert (tmp_path / name / "projects" / name / "project.json").is_file()
        assert (tmp_path / name / "settings" / "connections.json").is_file()
