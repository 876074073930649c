"""A server on this machine whose every answer is scripted, and a synthetic corpus for it to serve."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bioner_core.corpus.fetching.registry import CorpusCounts, PublicCorpus, Source
from bioner_core.corpus.fetching.responses import Rules

LONG = "made" * 250  # so that few sentences fill several blocks
SENTENCE = f"{LONG}\tO\naspirin\tB-DRUG\nhelps\tO\nheadache\tB-ADR\n.\tO\n\n"
N_SENTENCES = 200
BODY = (SENTENCE * N_SENTENCES).encode()  # 209 kB
TAG = '"first"'
RULES = Rules(
    plain_http=("127.0.0.1",), pause_seconds=0.001, stall_seconds=0.2, connect_seconds=2.0, attempts=3
)


class Handler(BaseHTTPRequestHandler):
    """Answer each request by the next step of the script; the last one stays."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, dict(self.headers)))
        step = server.script[min(len(server.asked), len(server.script)) - 1]
        self.close_connection = True
        step(self)

    def log_message(self, *args):
        pass


@contextmanager
def serving(*script):
    """Serve a script of answers; yields the server, whose ``asked`` lists the requests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.script, server.asked, server.release = script, [], threading.Event()
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()


def send(status=200, body=b"", headers=(), length=None, tag=TAG, n_bytes=None):
    """Answer once; ``length`` and ``n_bytes`` make the header or the body lie."""

    def step(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        if tag:
            handler.send_header("ETag", tag)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body[:n_bytes])

    return step


def whole(body=BODY, tag=TAG):
    return send(body=body, tag=tag)


def cut(after, body=BODY, tag=TAG):
    """End the connection after so many bytes."""
    return send(body=body, tag=tag, n_bytes=after)


def with_range(body=BODY, tag=TAG, n_bytes=None):
    """Answer the rest that is asked for (``n_bytes`` of it) where the tag is the same, else all."""

    def step(handler):
        asked = handler.headers.get("Range", "")
        if asked and handler.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            where = f"bytes {start}-{len(body) - 1}/{len(body)}"
            send(206, body[start:], headers=[("Content-Range", where)], tag=tag, n_bytes=n_bytes)(handler)
        else:
            send(body=body, tag=tag)(handler)

    return step


def stall(after, body=BODY):
    """Send so many bytes, then nothing, until the test is over."""

    def step(handler):
        send(body=body, n_bytes=after)(handler)
        handler.wfile.flush()
        handler.server.release.wait(5)

    return step


def chunked(body=BODY, *, is_cut=False):
    """Send without a length, in chunks, as archives that are packed at the moment come."""

    def step(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for start in range(0, len(body), 50_000):
            block = body[start : start + 50_000]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
        if not is_cut:
            handler.wfile.write(b"0\r\n\r\n")

    return step


def redirect(to):
    return send(302, headers=[("Location", to)])


def corpus(server, *, body=BODY, path="/synthetic.conll", known=True, **changed):
    """Return a synthetic stand-in for an entry of the list."""
    digest = hashlib.sha256(body).hexdigest() if known else ""
    source = Source(
        url=f"{server.address}{path}",
        bytes=len(body),
        sha256=digest,
        digest_from="this test" if known else "",
    )
    facts = {
        "name": "synthetic",
        "title": "Synthetic stand-in",
        "language": "en",
        "domain": "UGT",
        "annotates": "made-up drugs and diseases in made-up sentences",
        "labels": {"DRUG": "Drug", "ADR": "Disease"},
        "format": "CoNLL",
        "licence": "CC0 1.0",
        "home": "https://corpus.example/synthetic",
        "citation": "Nobody 2026",
        "access": "open",
        "files": (source,),
        "published": CorpusCounts(
            sentences=N_SENTENCES, mentions={"DRUG": N_SENTENCES, "ADR": N_SENTENCES}, source="this test"
        ),
        "is_synthetic": True,
    }
    return PublicCorpus(**{**facts, **changed})
