"""Serve a recommender on this machine, for an INCEpTION that runs here or reaches it by a tunnel."""

import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bioner_core.connections.recommender import Recommender
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.errors import BionerError, format_traceback

HOST = "127.0.0.1"
_HOSTS = ("localhost", HOST)
_READ_SECONDS = 60.0  # without a byte of a request


def open_server(recommender: Recommender, port: int) -> ThreadingHTTPServer:
    """Return a server of ``/predict`` and ``/train``; port 0 takes a free one. Whoever opens it closes it.

    :raises BionerError: the port cannot be used.
    """
    actions: dict[str, Callable[[bytes], bytes | int]] = {
        "predict": recommender.predict,
        "train": recommender.train,
    }

    class Handler(BaseHTTPRequestHandler):
        """Answers one connection; texts stand in no log."""

        timeout = _READ_SECONDS

        def do_POST(self) -> None:
            """Answer a request."""
            action = actions.get(self.path.partition("?")[0].rstrip("/").rpartition("/")[2])
            status, content = (404, b"") if action is None else self._work(action)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _work(self, action: Callable[[bytes], bytes | int]) -> tuple[int, bytes]:
            """Return status and content of an answer."""
            length = self.headers.get("Content-Length", "")
            if not self._is_direct() or not length.isdecimal():
                return 400, b""
            if int(length) > MAX_BYTES:
                self.close_connection = True
                return 413, b""
            try:
                answer = action(self.rfile.read(int(length)))
            except BionerError:  # a message could quote a text
                return 400, b""
            except Exception as error:
                logging.getLogger("bioner").error("a request failed\n%s", format_traceback(error))
                return 500, b""
            return (answer, b"") if isinstance(answer, int) else (200, answer)

        def _is_direct(self) -> bool:
            """Say whether no web page has sent the request: a page names another host or another type."""
            host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
            return host in _HOSTS and self.headers.get_content_type() == "application/json"

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    try:
        return ThreadingHTTPServer((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        raise BionerError(
            f"port {port}: cannot be used here ({error}). Choose another with --port."
        ) from error
