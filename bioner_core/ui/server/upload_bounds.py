"""Bound what uploaded files may hold in memory, for each session and for all; before a log-in, nothing."""

import re
from collections import Counter

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from bioner_core.users.login import load_login

SESSION_BYTES = 300_000_000
ALL_BYTES = 1_200_000_000
OVERHEAD_BYTES = 2_000  # of the record of each file
_PATH = re.compile(r".*/_stcore/upload_file/([^/]+)/[^/]+")


class UploadBounds:
    """Refuses files that no longer fit. A client may send them whether a page asks for files or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._login = load_login()
        self._n_arriving: Counter[str] = Counter()  # bytes of requests in work, by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse the file in it."""
        match = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        session, length = match[1], Headers(scope=scope).get("content-length", "")
        if not (length.isascii() and length.isdecimal()) or len(length) > 15:
            await PlainTextResponse("Say how long the file is (Content-Length).\n", 411)(scope, receive, send)
            return
        if self._login and self._login.claim and not _has_logged_in(session):
            await PlainTextResponse("Log in first.\n", 403)(scope, receive, send)
            return
        n_bytes = int(length) + OVERHEAD_BYTES
        if problem := self._find_problem(session, n_bytes):
            await PlainTextResponse(problem, 413)(scope, receive, send)
            return
        self._n_arriving[session] += n_bytes
        try:
            await self._app(scope, receive, send)
        finally:
            self._n_arriving[session] -= n_bytes
            self._n_arriving += Counter()  # drops sessions at zero

    def _find_problem(self, session: str, n_bytes: int) -> str:
        """Return why ``n_bytes`` more do not fit; "" if they do."""
        held = _count_held_bytes() + self._n_arriving
        if held[session] + n_bytes > SESSION_BYTES:
            return (
                f"The files of a page may have {SESSION_BYTES // 1_000_000} MB together. "
                "Remove one, or reload the page.\n"
            )
        if held.total() + n_bytes > ALL_BYTES:
            return "Other users are uploading large files. Try again later.\n"
        return ""


def _has_logged_in(session: str) -> bool:
    """Return whether the user of a session has logged in at the provider; a session begins before that."""
    info = Runtime.instance()._session_mgr.get_session_info(session)
    return info is not None and bool(info.session._user_info.get("is_logged_in"))


def _count_held_bytes() -> Counter[str]:
    """Return the bytes that Streamlit holds for uploaded files, by session."""
    manager = Runtime.instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        raise TypeError(f"Streamlit holds uploads in a {type(manager).__name__}, which has no bounds here")
    return Counter(
        {
            session: sum(len(file.data) + OVERHEAD_BYTES for file in list(files.values()))
            for session, files in list(manager.file_storage.items())
        }
    )
