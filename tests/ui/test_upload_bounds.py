"""Files in memory are bounded, whether a page asked for them or not; left uploaders hold none."""

import asyncio
from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from bioner_core.ui.server import upload_bounds
from bioner_core.ui.server.upload_bounds import ALL_BYTES, SESSION_BYTES, UploadBounds
from bioner_core.users.login import VARIABLE, Login

SIZE = 150_000_000


class File(bytes):
    """A file that takes no memory."""

    def __len__(self):
        return SIZE


@pytest.fixture
def manager(monkeypatch):
    """Return Streamlit's holder of files, of a server that is not started."""
    held = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(
        upload_bounds, "Runtime", SimpleNamespace(instance=lambda: SimpleNamespace(uploaded_file_mgr=held))
    )
    return held


def store_file(manager):
    """Return the rest of the server, which stores what it gets."""

    async def app(scope, receive, send):
        _, session, file = scope["path"].rsplit("/", 2)
        await asyncio.sleep(0)  # other requests arrive meanwhile
        manager.add_file(session, UploadedFileRec(file, "a.bin", "", File()))
        await send({"type": "http.response.start", "status": 204, "headers": []})

    return app


async def put(app, session, name, *, length=str(SIZE), method="PUT", folder="/_stcore/upload_file"):
    """Return the status of the answer to a file."""
    answers = []

    async def send(message):
        answers.append(message)

    headers = [] if length is None else [(b"content-length", length.encode())]
    path = f"{folder}/{session}/{name}"
    await app({"type": "http", "method": method, "path": path, "headers": headers}, None, send)
    return answers[0]["status"]


def put_all(app, *targets, **options):
    async def run():
        return await asyncio.gather(*(put(app, session, name, **options) for session, name in targets))

    return asyncio.run(run())


def test_of_eight_files_at_once_a_session_holds_what_fits(manager):
    app = UploadBounds(store_file(manager))
    statuses = put_all(app, *(("a", str(number)) for number in range(8)))
    assert statuses == [204] + [413] * 7
    assert put_all(app, ("a", "again"), ("b", "x")) == [413, 204]
    manager.remove_session_files("a")
    assert put_all(app, ("a", "again")) == [204]


def test_all_sessions_together_are_bounded(manager):
    app = UploadBounds(store_file(manager))
    statuses = put_all(app, *((str(number), "x") for number in range(12)))
    assert statuses.count(204) == ALL_BYTES // (SIZE + upload_bounds.OVERHEAD_BYTES)
    held = sum(len(file.data) for files in manager.file_storage.values() for file in files.values())
    assert SESSION_BYTES < held <= ALL_BYTES


@pytest.mark.parametrize("length", [None, "", "x", "-1", "9" * 16])
def test_a_file_of_unknown_length_is_refused(manager, length):
    app = UploadBounds(store_file(manager))
    assert put_all(app, ("a", "x"), length=length) == [411]
    assert not manager.file_storage


def test_before_the_log_in_no_file_is_taken(manager, monkeypatch):
    users = {"anna": {"is_logged_in": True}, "nobody": {}, "logged out": {"is_logged_in": False}}
    sessions = {
        name: SimpleNamespace(session=SimpleNamespace(_user_info=user)) for name, user in users.items()
    }
    upload_bounds.Runtime.instance = lambda: SimpleNamespace(
        uploaded_file_mgr=manager, _session_mgr=SimpleNamespace(get_session_info=sessions.get)
    )
    targets = [(session, "x") for session in (*users, "guessed")]
    monkeypatch.setenv(VARIABLE, Login(claim="email").serialize())
    assert put_all(UploadBounds(store_file(manager)), *targets) == [204, 403, 403, 403]
    monkeypatch.setenv(VARIABLE, Login(header="X-User").serialize())  # the guard asks each request for a user
    assert put_all(UploadBounds(store_file(manager)), ("nobody", "y")) == [204]


def test_other_requests_pass(manager):
    app = UploadBounds(store_file(manager))
    assert put_all(app, ("a", "x"), method="DELETE", length=None) == [204]
    assert put_all(app, ("a", "x"), folder="/media", length=None) == [204]


def test_a_page_that_is_left_frees_its_files(monkeypatch, open_page):
    freed = []
    monkeypatch.setattr(
        MemoryUploadedFileManager, "remove_session_files", lambda self, session: freed.append(session)
    )
    app = open_page("upload")
    n = len(freed)
    app.run()
    assert len(freed) == n
    app.switch_page("pages/corpora.py").run()
    assert len(freed) == n + 1
