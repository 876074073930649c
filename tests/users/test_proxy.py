"""The server behind a proxy with a log-in: only the proxy is believed, and only with the name of one user."""

import http.client
import os
import socket
import subprocess
import sys
import time

import pytest

TOKEN = "a-token-of-the-test"  # noqa: S105  # of a server that this test starts
HEADER = ("X-Forwarded-User", "anna")
SECRET = ("X-Bioner-Token", TOKEN)


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """Return the port of a server that believes 127.0.0.1."""
    with socket.create_server(("localhost", 0)) as free:
        number = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("proxied")
    command = [sys.executable, "-m", "bioner_core", "app", "--no-browser", "--port", str(number)]
    variables = {f"BIONER_{name}": str(folder / name.lower()) for name in ("RUNS", "CORPORA", "USERS")}
    with (folder / "log").open("w") as output:
        server = subprocess.Popen(
            [*command, "--login-header", "X-Forwarded-User", "--proxy", "127.0.0.1"],
            env={**os.environ, **variables, "BIONER_TOKEN": TOKEN},
            stdout=output,
            stderr=output,
        )
    end = time.monotonic() + 120
    while request(number, path="/_stcore/health") != 200:
        assert time.monotonic() < end, (folder / "log").read_text()
        time.sleep(0.3)
    assert (folder / "log").read_text() == f"Serving http://localhost:{number}/ for the proxy\n"
    yield number
    server.terminate()
    server.wait(30)


def request(port, *headers, path="/", source="127.0.0.1"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(source, 0))
    try:
        connection.putrequest("GET", path)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


WISH = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)


def test_the_proxy_is_believed(port):
    assert request(port, HEADER, SECRET) == 200
    assert request(port, HEADER, SECRET, ("X-Forwarded-For", "10.1.2.3")) == 200  # the user's own address
    assert request(port, *WISH, HEADER, SECRET, path="/_stcore/stream") == 101


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (SECRET,),
        (HEADER,),
        (HEADER, ("X-Bioner-Token", "x")),
        (SECRET, ("X-Forwarded-User", "")),
        (SECRET, ("X-Forwarded-User", " ")),
        (SECRET, HEADER, ("X-Forwarded-User", "boss")),  # a user's own header before the proxy's
        (HEADER, ("Cookie", f"bioner-token-1={TOKEN}")),
    ],
)
def test_a_request_without_one_user_or_without_the_secret_is_refused(port, headers):
    assert request(port, *headers) == 403
    assert request(port, *headers, path="/runs?run=x") == 403
    assert request(port, *headers, path="/media/x") == 403
    assert request(port, *WISH, *headers, path="/_stcore/stream") == 403


def test_a_foreign_peer_is_refused_whatever_it_sends(port):
    for extra in ((), (("X-Forwarded-For", "127.0.0.1"),), (("Forwarded", "for=127.0.0.1"),)):
        assert request(port, HEADER, SECRET, *extra, source="127.0.0.2") == 403
        assert request(port, *WISH, HEADER, SECRET, *extra, path="/_stcore/stream", source="127.0.0.2") == 403
    assert request(port, path="/_stcore/health", source="127.0.0.2") == 200
