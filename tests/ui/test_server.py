"""The server as `bioner app` starts it: other names and whoever lacks the token are refused."""

import http.client
import os
import socket
import subprocess
import sys
import time

import pytest

TOKEN = "a-token-of-the-test"  # noqa: S105  # of a server that this test starts


def find_free_port():
    with socket.create_server(("localhost", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """Return the port of a running server."""
    number, log = find_free_port(), tmp_path_factory.mktemp("server") / "log"
    command = [sys.executable, "-m", "bioner_core", "app", "--no-browser", "--port", str(number)]
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, "--host-name", "bioner.example.org"],
            env={**os.environ, "BIONER_TOKEN": TOKEN},
            stdout=output,
            stderr=output,
        )
    end = time.monotonic() + 120
    while "200" not in fetch_status(number, "/_stcore/health"):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.3)
    assert log.read_text().strip() == f"Open http://localhost:{number}/?token={TOKEN}"
    yield number
    server.terminate()
    assert server.wait(30) is not None
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("localhost", number), timeout=5)


def fetch(port, path, **headers):
    connection = http.client.HTTPConnection("localhost", port, timeout=20)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def test_the_name_of_the_first_page_leads_to_it_with_the_view(port):
    answer = fetch(port, "/budget?run=mine&entity=Drug", Cookie=f"bioner-token-{port}={TOKEN}")
    assert answer.status == 307
    assert answer.getheader("location") == "../?run=mine&entity=Drug"
    assert fetch(port, "/budget").status == 403  # the token is asked for first


def fetch_status(port, path, **headers):
    try:
        return str(fetch(port, path, **headers).status)
    except OSError as error:
        return str(error)


def open_socket(port, **headers):
    """Return the status of the answer to a page's wish for a web socket; 101 opens it."""
    wish = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    wish |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    return fetch_status(port, "/_stcore/stream", **wish, **headers)


def test_without_the_token_nothing_is_served(port):
    answer = fetch(port, "/")
    assert answer.status == 403
    assert b"Open the address that <code>bioner app</code> printed" in answer.read()
    for cookie in (f"bioner-token-{port}=x", f"bioner-token-1={TOKEN}", f'bioner-token-{port}="', "=;=,"):
        assert fetch_status(port, "/runs", Cookie=cookie) == "403"
        assert open_socket(port, Cookie=cookie) == "403"
    assert fetch_status(port, "/?token=x") == fetch_status(port, "/media/x") == open_socket(port) == "403"
    assert open_socket(port, Origin=f"http://localhost:{port}") == "403"


def test_the_token_moves_from_the_address_to_a_cookie(port):
    answer = fetch(port, f"/runs?run=a+b&token={TOKEN}")
    assert (answer.status, answer.headers["location"]) == (303, "/runs?run=a+b")
    cookie = answer.headers["set-cookie"]
    assert cookie == f"bioner-token-{port}={TOKEN}; HttpOnly; Path=/; SameSite=lax"
    assert fetch(port, f"//evil.com?token={TOKEN}").headers["location"] == "/evil.com"
    for path in ("/", "/runs?run=a+b"):
        answer = fetch(port, path, Cookie=cookie.partition(";")[0])
        assert answer.status == 200
        assert b"<title>" in answer.read()
    assert open_socket(port, Cookie=cookie.partition(";")[0]) == "101"


@pytest.mark.parametrize(
    "host", ["evil.com", "localhost.evil.com", "127.0.0.1.evil.com:80", "", "example.org"]
)
def test_unknown_names_are_refused_even_with_the_token(port, host):
    cookie = f"bioner-token-{port}={TOKEN}"
    for path in ("/", f"/?token={TOKEN}", "/_stcore/health"):
        answer = fetch(port, path, Host=host, Cookie=cookie)
        assert (answer.status, b"does not answer under this name" in answer.read()) == (403, True)
    assert open_socket(port, Host=host, Cookie=cookie) == "403"


def test_configured_names_are_served(port):
    cookie = f"bioner-token-{port}={TOKEN}"
    for host in ("localhost", f"LOCALHOST:{port}", "127.0.0.1", "bioner.example.org"):
        assert fetch_status(port, "/", Host=host, Cookie=cookie) == "200"
        assert open_socket(port, Host=host, Cookie=cookie) == "101"
