"""Limits of users, and the log of what they did."""

import json
import stat
from types import SimpleNamespace

import pytest
from stored_runs import add_to_library, build_corpus, plan_run, record_outcomes

from bioner_core.corpus.fetching import download_state
from bioner_core.corpus.kept_uploads import KeptUploads
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.files import locate_corpora_folder, locate_users_folder
from bioner_core.study import worker
from bioner_core.study.executors import connection
from bioner_core.study.executors.backend import (
    Backend,
    choose_backend,
    parse_backend,
    read_backend,
    remember_backend,
)
from bioner_core.study.run_sharing import share_run
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.downloads import defer_file
from bioner_core.users import audit


def test_a_full_home_takes_nothing_more_until_something_is_deleted(log_in):
    session = log_in(user_bytes=1_000_000)
    with session.of("ben"):
        plan_run("of ben")
    with session.of("anna") as anna:
        plan_run("first")
        upload = KeptUploads().add({"a.txt": b"x" * 900_000}, title="a")
        for store in (
            lambda: KeptUploads().add({"b.txt": b"x" * 100_000}, title="b"),
            lambda: [add_to_library(f"corpus {number}", n=4_000) for number in range(2)],
        ):
            with pytest.raises(BionerError, match=r"no room: .* each user may have 0\.001 GB\. Delete some"):
                store()
        with pytest.raises(BionerError, match="no room"):
            plan_run("second")
        assert "second" not in RunStore().names()
        KeptUploads().delete(upload)
        Library().delete("corpus 0")
        plan_run("second")
        assert 0 < anna.count_bytes() < 1_000_000
    with session.of("boss"):
        KeptUploads().add({"a.txt": b"x" * 2_000_000}, title="a")


def test_a_user_may_train_so_many_studies_at_once(log_in, monkeypatch):
    monkeypatch.setattr(worker, "COMMAND", ("sh", "-c", "sleep 30"))
    session = log_in(user_studies=2)
    with session.of("ben"):
        plan_run("of ben")
        start_detached("of ben")
    with session.of("anna"):
        for name in ("first", "second", "third"):
            plan_run(name)
        start_detached("first")
        start_detached("second")
        with pytest.raises(BionerError, match=r"2 of your studies train or wait, and each user may have 2"):
            start_detached("third")
        assert RunStore().open("third").state().status == "stopped"
    with session.of("boss"):
        plan_run("of the boss")
        start_detached("of the boss")


def test_a_user_trains_where_an_administrator_allows(log_in, monkeypatch):
    """A cluster of somebody's own would get the server's token, and could run code on the server."""
    allowed, other = "ray://head:10001", "ray://head:10001?insecure"
    monkeypatch.setattr(connection.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout="[]"))
    session = log_in(user_places=(allowed,))
    with session.of("anna"):
        run = plan_run("first")
        for place in (other, "ray", "ray://evil:1", "slurm", "slurm?partition=gpu"):
            for access in (choose_backend, connection.inspect_in_process):
                with pytest.raises(
                    BionerError, match=r"users of this server train on local, ray://head:10001\."
                ):
                    access(place)
            with pytest.raises(BionerError, match="users of this server train on"):
                remember_backend(run, parse_backend(place))
        assert read_backend(run) == Backend()
        for place in (allowed, "local"):
            remember_backend(run, choose_backend(place))
            assert str(read_backend(run)) == place
            assert connection.inspect_in_process(place) == []
    with session.of("boss"):
        assert choose_backend(other).is_insecure


def test_a_download_of_a_public_corpus_is_limited_and_logged(log_in, monkeypatch):
    """The process that downloads knows no user."""
    monkeypatch.setattr(download_state, "COMMAND", ("true",))
    session = log_in(user_bytes=10_000)
    with session.of("anna"):
        download_state.start_download("psytar")
        assert '"fetch corpus", "what": "psytar"' in (locate_users_folder() / audit.FILE).read_text()
        (locate_corpora_folder() / "large").write_bytes(b"x" * 10_000)
        with pytest.raises(BionerError, match="no room"):
            download_state.start_download("bc5cdr")


def test_the_log_says_who_did_what_and_no_text(log_in):
    session = log_in()
    with session.of("anna"):
        record_outcomes(plan_run("first"))
        Library().add(build_corpus("notes"))
        KeptUploads().delete(KeptUploads().add({"a.txt": b"Mr Miller"}, title="Mr Miller.txt"))
        with session.of("ben"):
            pass
        share_run(RunStore().open("first"), ["ben"])
        defer_file(lambda: "", "first.zip")()
        Library().delete("notes")
        RunStore().delete("first")
    path = locate_users_folder() / audit.FILE
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["user"] for line in lines} == {"anna"}
    assert all(line["at"].endswith("+00:00") for line in lines)
    assert [(line["action"], line["what"]) for line in lines] == [
        ("planned run", "first"),
        ("add corpus", "notes"),
        ("upload", "1 files, 9 bytes"),
        ("delete upload", ""),
        ("share run", "first with ben"),
        ("download", "first.zip"),
        ("delete corpus", "notes"),
        ("delete run", "first"),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "Miller" not in path.read_text()


def test_a_long_log_is_continued_in_a_new_file(log_in, monkeypatch):
    monkeypatch.setattr(audit, "MAX_BYTES", 500)
    session = log_in()
    with session.of("anna"):
        for number in range(12):
            audit.record_action("open run", f"run {number}")
    paths = sorted(locate_users_folder().glob(f"{audit.FILE}*"))
    assert len(paths) > 2
    assert sum(len(path.read_text().splitlines()) for path in paths) == 12
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_a_log_that_cannot_be_written_stops_nobody(log_in, isolated_folders, capsys):
    session = log_in()
    with session.of("anna"):
        (locate_users_folder() / audit.FILE).mkdir()
        plan_run("first")
        RunStore().delete("first")
    assert "Is a directory" in capsys.readouterr().err


def test_without_log_in_nothing_is_logged_or_limited(isolated_folders):
    plan_run("first")
    assert not list(isolated_folders.rglob(audit.FILE))
