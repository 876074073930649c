"""A local server with scripted responses, and a synthetic public corpus that it serves."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bioner_core.corpus.fetching.registry import PublicCorpus, PublishedCounts, RemoteFile
from bioner_core.corpus.fetching.responses import DownloadSettings

LONG = "made" * 250  # so that few sentences fill several blocks
SENTENCE = f"{LONG}\tO\naspirin\tB-DRUG\nhelps\tO\nheadache\tB-ADR\n.\tO\n\n"
N_SENTENCES = 200
BODY = (SENTENCE * N_SENTENCES).encode()  # 209 kB
TAG = '"first"'
RULES = DownloadSettings(
    plain_http=("127.0.0.1",), pause_seconds=0.001, stall_seconds=0.2, connect_seconds=2.0, attempts=3
)


class Handler(BaseHTTPRequestHandler):
    """Answer each request with the next step of the script; the last step is repeated."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, dict(self.headers)))
        step = server.script[min(len(server.requests), len(server.script)) - 1]
        self.close_connection = True
        step(self)

    def log_message(self, *args):
        pass


@contextmanager
def serve_responses(*script):
    """Serve scripted responses; yield the server, whose ``requests`` lists the requests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.script, server.requests, server.release = script, [], threading.Event()
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()


def send_response(status=200, body=b"", headers=(), length=None, tag=TAG, n_bytes=None):
    """Return a response; ``length`` and ``n_bytes`` make its header or body wrong."""

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


def send_file(body=BODY, tag=TAG):
    """Send the whole file."""
    return send_response(body=body, tag=tag)


def cut_connection(after, body=BODY, tag=TAG):
    """Close the connection after this many bytes."""
    return send_response(body=body, tag=tag, n_bytes=after)


def send_range(body=BODY, tag=TAG, n_bytes=None):
    """Send the requested rest (``n_bytes`` of it) if the tag is the same, else the whole file."""

    def step(handler):
        requested = handler.headers.get("Range", "")
        if requested and handler.headers.get("If-Range") == tag:
            start = int(requested.removeprefix("bytes=").removesuffix("-"))
            content_range = f"bytes {start}-{len(body) - 1}/{len(body)}"
            send_response(
                206, body[start:], headers=[("Content-Range", content_range)], tag=tag, n_bytes=n_bytes
            )(handler)
        else:
            send_response(body=body, tag=tag)(handler)

    return step


def stall_connection(after, body=BODY):
    """Send this many bytes, then nothing until the test is over."""

    def step(handler):
        send_response(body=body, n_bytes=after)(handler)
        handler.wfile.flush()
        handler.server.release.wait(5)

    return step


def send_chunks(body=BODY, *, is_cut=False):
    """Send in chunks without a length, as servers do that pack archives on request."""

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
    """Redirect to another address."""
    return send_response(302, headers=[("Location", to)])


def build_public_corpus(server, *, body=BODY, path="/synthetic.conll", has_digest=True, **changed):
    """Return a synthetic entry of the list of public corpora."""
    digest = hashlib.sha256(body).hexdigest() if has_digest else ""
    remote = RemoteFile(
        url=f"{server.address}{path}",
        bytes=len(body),
        sha256=digest,
        digest_from="this test" if has_digest else "",
    )
    fields = {
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
        "files": (remote,),
        "published": PublishedCounts(
            sentences=N_SENTENCES, mentions={"DRUG": N_SENTENCES, "ADR": N_SENTENCES}, source="this test"
        ),
        "is_synthetic": True,
    }
    return PublicCorpus(**{**fields, **changed})
