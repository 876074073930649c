"""Two users of one store: neither reaches what belongs to the other, by whatever name."""

import json
import shutil
import threading

import pytest
from stored_runs import TYPES, add_to_library, build_corpus, plan_run, record_outcomes

from bioner_core.corpus.kept_uploads import KeptUploads
from bioner_core.corpus.library import Library
from bioner_core.corpus.shared_corpora import (
    list_corpus_readers,
    list_shared_corpora,
    load_shared_corpus,
    share_corpus,
)
from bioner_core.costs.rates import Rates, load_rates, save_rates
from bioner_core.errors import BionerError
from bioner_core.files import locate_corpora_folder, locate_runs_folder, locate_shipped_runs_folder
from bioner_core.study import worker
from bioner_core.study.executors.backend import parse_backend, remember_backend
from bioner_core.study.run_export import zip_run
from bioner_core.study.run_import import import_run
from bioner_core.study.run_sharing import list_run_readers, share_run
from bioner_core.study.search import Search
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.study.worker import start_detached, start_search
from bioner_core.ui.shared.downloads import defer_file
from bioner_core.users.current import User
from bioner_core.users.sharing import list_readers


@pytest.fixture
def session(log_in):
    """Return the session of two users; anna has a run, a corpus and an upload."""
    session = log_in()
    with session.of("anna"):
        record_outcomes(plan_run("notes quick"))
        add_to_library("notes")
        session.upload = KeptUploads().add({"a.txt": b"Mr Miller has asthma."}, title="Mr Miller.txt")
    with session.of("ben"):
        plan_run("of ben")
    return session


def test_a_list_holds_what_is_the_users_and_what_is_shipped(session):
    with session.of("anna"):
        assert RunStore().names() == ("notes quick", *SHIPPED)
        assert Library().names() == ("notes",)
    with session.of("ben"):
        assert RunStore().names() == ("of ben", *SHIPPED)
        assert Library().names() == ()
        assert [run.name for run in RunStore().runs()] == ["of ben", *SHIPPED]
        assert RunStore().list_runs_with_corpus("reviews") == ("of ben",)


@pytest.mark.parametrize(
    "name",
    [
        "notes quick",
        "anna/notes quick",
        "../../anna/runs/notes quick",
        "/notes quick",
        "..",
        "",
        "anna/..",
        "\0",
    ],
)
def test_no_name_leads_to_the_run_of_another(session, name):
    with session.of("ben"):
        for access in (
            RunStore().open,
            RunStore().delete,
            start_detached,
            lambda name: RunStore().extend(name, RunStore().open("of ben").study, {}),
        ):
            with pytest.raises(BionerError, match=r"no such run|a name begins with"):
                access(name)
    with session.of("anna"):
        assert RunStore().open("notes quick").state().status == "done"


@pytest.mark.parametrize("name", ["notes", "anna/notes", "../../anna/corpora/notes", ".."])
def test_no_name_leads_to_the_corpus_of_another(session, name):
    with session.of("ben"):
        for access in (Library().load, Library().delete, Library().locate):
            with pytest.raises(BionerError):
                access(name)
        for access in (KeptUploads().open, KeptUploads().read_files):
            with pytest.raises(BionerError, match="no longer here"):
                access(session.upload)
        KeptUploads().delete(session.upload)
    with session.of("anna"):
        assert KeptUploads().read_files(session.upload) == {"a.txt": b"Mr Miller has asthma."}
        assert Library().names() == ("notes",)


def test_a_folder_of_another_is_refused(session):
    with session.of("anna"):
        folder = locate_runs_folder()
    with session.of("ben"):
        for other in (folder, locate_shipped_runs_folder()):
            with pytest.raises(BionerError, match="belong to another user"):
                RunStore(other)


def test_an_import_under_the_name_of_another_is_a_run_of_its_own(session, tmp_path):
    path = tmp_path / "notes quick.zip"
    with session.of("anna"):
        path.write_bytes(zip_run(RunStore().open("notes quick")))
    with session.of("ben"):
        assert import_run(RunStore(), path).is_new
        assert RunStore().open("notes quick").folder.parent == locate_runs_folder()
        RunStore().delete("notes quick")
    with session.of("anna"):
        assert RunStore().open("notes quick").state().status == "done"
        assert not import_run(RunStore(), path).is_new


def test_rates_are_each_users(session):
    with session.of("anna"):
        save_rates(Rates(hourly_rate=99.0))
    with session.of("ben"):
        assert load_rates() == Rates()


def test_without_a_user_nothing_is_reached(session):
    for access in (RunStore, Library, KeptUploads, load_rates, locate_runs_folder):
        with pytest.raises(BionerError, match="nobody is logged in"):
            access()
    with session.of("anna"):  # the user of a thread is nobody else's
        problems = []

        def read():
            with pytest.raises(BionerError, match="no such run"):
                RunStore().open("of ben")
            problems.append("none")

        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert problems == ["none"]


def test_a_download_is_written_for_the_user_of_its_page(session):
    """Streamlit writes it in another thread, while other users' pages are drawn."""
    with session.of("anna"):
        write = defer_file(lambda: " ".join(RunStore().names()), "names.txt")
    assert write() == " ".join(("notes quick", *SHIPPED))


def test_a_detached_worker_gets_the_folders_of_its_user(session, tmp_path, monkeypatch):
    out = tmp_path / "variables"
    script = f'echo "$BIONER_RUNS|$BIONER_CORPORA" > {out}.part; mv {out}.part {out}; sleep 30'
    monkeypatch.setattr(worker, "COMMAND", ("sh", "-c", script))
    with session.of("ben"):
        start_detached("of ben")
        expected = f"{locate_runs_folder().resolve()}|{locate_corpora_folder().resolve()}\n"
    for _ in range(100):
        if out.exists():
            break
        threading.Event().wait(0.05)
    assert out.read_text() == expected


def test_a_shared_run_can_be_read_by_those_it_is_shared_with_alone(session):
    with session.of("anna"):
        run = RunStore().open("notes quick")
        share_run(run, ["ben"])
        assert list_run_readers(run) == ("ben",)
    with session.of("carl"):
        assert "anna/notes quick" not in RunStore().names()
    with session.of("ben"):
        assert RunStore().names() == ("of ben", "anna/notes quick", *SHIPPED)
        shared = RunStore().open("anna/notes quick")
        assert shared.name == "anna/notes quick"
        assert shared.curves() == run.curves()
        assert zip_run(shared)
        with pytest.raises(BionerError, match="no such run"):
            RunStore().open("anna/other")
    with session.of("anna"):
        share_run(run, [])
    with session.of("ben"):
        assert RunStore().names() == ("of ben", *SHIPPED)
        with pytest.raises(BionerError, match="no such run"):
            RunStore().open("anna/notes quick")


def test_a_shared_run_cannot_be_changed_by_its_readers(session, tmp_path):
    path = tmp_path / "run.zip"
    with session.of("anna"):
        share_run(RunStore().open("notes quick"), ["ben"])
        path.write_bytes(zip_run(RunStore().open("notes quick")))
    before = _read_files(session, "anna")
    with session.of("ben"):
        name, shared = "anna/notes quick", RunStore().open("anna/notes quick")
        for change in (
            lambda: RunStore().delete(name),
            lambda: RunStore().extend(name, shared.study, {}),
            lambda: import_run(RunStore(), path, name=name),
            lambda: start_detached(name, retry=True),
            lambda: start_search(shared, Search()),
            lambda: remember_backend(shared, parse_backend("ray://head:10001")),
            lambda: share_run(shared, ["ben", "carl"]),
            shared.cancel,
            shared.pause,
            shared.clear_cancel,
            lambda: shared.set_priority("high"),
            lambda: shared.lock().__enter__(),
        ):
            with pytest.raises(BionerError, match=r"belongs to anna|a name begins with"):
                change()
        RunStore().delete_copies("reviews")
    assert _read_files(session, "anna") == before


def _read_files(session, name):
    with session.of(name):
        return {path: path.read_bytes() for path in locate_runs_folder().rglob("*") if path.is_file()}


def test_a_new_run_is_not_shared_because_an_earlier_one_of_its_name_was(session):
    for remove in (RunStore.delete, lambda store, name: shutil.rmtree(store.folder / name)):
        with session.of("anna"):
            plan_run("again")
            share_run(RunStore().open("again"), ["ben"])
        with session.of("ben"):
            assert "anna/again" in RunStore().names()
        with session.of("anna"):
            remove(RunStore(), "again")
            plan_run("again")
        with session.of("ben"):
            assert "anna/again" not in RunStore().names()
        with session.of("anna"):
            share_run(RunStore().open("again"), ["ben"])
            RunStore().delete("again")
            assert list_readers(locate_runs_folder(), "again") == ()


def test_a_run_is_shared_only_with_people_who_have_logged_in(session):
    with session.of("anna"):
        with pytest.raises(BionerError, match=r"bne: nobody of this name has logged in yet"):
            share_run(RunStore().open("notes quick"), ["bne"])
        with pytest.raises(BionerError, match="comes with the program"):
            share_run(RunStore().open(SHIPPED[0]), ["ben"])


def test_a_shared_corpus_can_be_copied_by_those_it_is_shared_with_alone(session):
    with session.of("anna"):
        share_corpus("notes", ["ben"])
        assert list_corpus_readers("notes") == ("ben",)
        with pytest.raises(BionerError, match="no such corpus"):
            share_corpus("other", ["ben"])
    with session.of("carl"):
        assert list_shared_corpora() == {}
        with pytest.raises(BionerError, match="is not shared with you"):
            load_shared_corpus("anna/notes")
    with session.of("ben"):
        assert list(list_shared_corpora()) == ["anna/notes"]
        Library().add(load_shared_corpus("anna/notes"))
        for access in (Library().load, Library().delete):
            with pytest.raises(BionerError):
                access("anna/notes")
        with pytest.raises(BionerError):
            share_corpus("anna/notes", ["carl"])
    with session.of("anna"):
        Library().delete("notes")
        assert list_corpus_readers("notes") == ()
        (locate_corpora_folder() / ".shared.json").write_text('{"notes": ["ben"]}')
        add_to_library("notes")
    with session.of("ben"):
        assert list_shared_corpora() == {}
        assert Library().load("notes") == build_corpus("notes")


def test_a_store_from_before_the_log_in_belongs_to_the_administrators(log_in, isolated_folders):
    """Runs and corpora of an earlier version stay where they are, and open unchanged."""
    record_outcomes(plan_run("old"))
    add_to_library("old corpus")
    for name in SHIPPED:
        shutil.copytree(locate_shipped_runs_folder() / name, isolated_folders / "runs" / f"copy of {name}")
    before = {name: RunStore().open(f"copy of {name}").points() for name in SHIPPED}
    names = RunStore().names()
    session = log_in()
    with session.of("boss"):
        assert RunStore().names() == names
        assert {name: RunStore().open(f"copy of {name}").points() for name in SHIPPED} == before
        assert RunStore().open("old").state().status == "done"
        assert Library().load("old corpus") == build_corpus("old corpus")
        assert Library().load("old corpus").types == TYPES
        share_run(RunStore().open("old"), ["admin"])
    with session.of("anna"):
        assert RunStore().names() == SHIPPED
        assert Library().names() == ()
        with pytest.raises(BionerError, match="no such run"):
            RunStore().open("admin/old")
    with session.of("boss"):
        share_run(RunStore().open("old"), ["anna"])
    with session.of("anna"):
        assert RunStore().open("admin/old").state().status == "done"


def test_labels_are_safe_and_differ():
    names = [
        "anna",
        "Anna",
        "anna ",
        "admin",
        "../x",
        "a/b",
        "a\\b",
        "анна",
        "con",
        "user",
        "~",
        "x" * 255,
        "a.",
    ]
    labels = [User(name=name).label for name in names] + [User(name="anna", is_admin=True).label]
    assert len(set(labels)) == len(labels)
    assert len({label.casefold() for label in labels}) == len(labels)
    assert all("/" not in label and "\\" not in label and len(label) < 80 for label in labels)
    assert not {"", ".", ".."} & set(labels)


def test_a_damaged_list_of_readers_shares_nothing(session):
    with session.of("anna"):
        share_run(RunStore().open("notes quick"), ["ben"])
        for content in ("[]", "{", json.dumps({"notes quick": 3})):
            (locate_runs_folder() / ".shared.json").write_text(content)
            with session.of("ben"):
                assert RunStore().names() == ("of ben", *SHIPPED)
