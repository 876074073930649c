"""In a browser, behind the token: no page asks another server, and the page's icon comes from here."""

import os
import secrets
import socket
import subprocess
import sys

import pytest

from tools.pictures import start_chromium, wait_for, wait_until_settled

pytestmark = pytest.mark.long
PAGES = ("", "upload", "rounds", "train?encoder=any/model", "transfer", "corpora", "runs", "settings")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Start the dashboard as `bioner app` does, and return the address with its token."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    folders = {
        f"BIONER_{n}": str(tmp_path_factory.mktemp(n)) for n in ("RUNS", "CORPORA", "CACHE", "SETTINGS")
    }
    token = secrets.token_urlsafe(8)
    command = [sys.executable, "-m", "bioner_core", "app", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, **folders, "BIONER_TOKEN": token})
    try:
        wait_for(f"http://localhost:{port}/_stcore/health", server)
        yield f"http://localhost:{port}/", token
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_request_leaves_this_machine(address, scheme):
    url, token = address
    with start_chromium() as browser:
        page = browser.new_context(color_scheme=scheme).new_page()
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{url}?token={token}")
        assert "token" not in page.url
        for name in PAGES:
            page.goto(url + name)
            wait_until_settled(page)
            assert page.locator("h1").count() == 1
            icon = page.locator('link[rel*="icon"]').first.get_attribute("href")
            assert icon.startswith((url, "/", "./", "data:")), icon
    local = (url, url.replace("http", "ws", 1), "data:", "blob:")
    assert [request for request in requests if not request.startswith(local)] == []
