"""A server that gives recorded answers of real ones, and remembers what it was asked.

Recorded by ``record_answers.py`` from Label Studio and doccano as PyPI has them; Argilla's and INCEpTION's
answers are written after their published sources, since neither can be installed here.
"""

import json
import threading
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWERS = Path(__file__).parents[1] / "data" / "connections"


class Replay:
    """Recorded answers by method and path; each is given once, the last one again and again."""

    def __init__(self, exchanges):
        self.answers = defaultdict(list)
        for exchange in exchanges:
            self.answers[exchange["method"], exchange["path"]].append(exchange)
        self.requests = []  # (method, path, headers, body)

    def answer(self, method, path, headers, body):
        self.requests.append((method, path, headers, body))
        answers = self.answers.get((method, path.partition("?")[0]))
        if not answers:
            return {"status": 404, "body": {"detail": "no such answer was recorded"}}
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def bodies(self, method, path):
        """Return what was sent, as JSON where it is some."""
        return [
            json.loads(body) if body[:1] in b"[{" else body
            for sent, where, _, body in self.requests
            if (sent, where.partition("?")[0]) == (method, path)
        ]


def load_answers(name):
    return Replay(json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8")))


@contextmanager
def serve(replay):
    """Serve recorded answers; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = replay.answer(self.command, self.path, dict(self.headers), body)
            if answer is None:  # the connection breaks
                self.close_connection = True
                return
            content = encode(answer)
            self.send_response(answer["status"])
            for name, value in answer.get("headers", {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815, names of the library

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def encode(answer):
    if "hex" in answer:
        return bytes.fromhex(answer["hex"])
    if "text" in answer:
        return answer["text"].encode()
    return json.dumps(answer["body"], ensure_ascii=False).encode() if "body" in answer else b""
