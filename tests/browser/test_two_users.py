"""In a browser, behind a proxy: two users see, reach and change only what is theirs or shared with them."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import expect
from stored_runs import add_to_library, plan_run, record_outcomes

from bioner_core.corpus.kept_uploads import KeptUploads
from bioner_core.users.current import User, act_as, create_home, require_users
from tools.pictures import start_chromium, wait_for, wait_until_settled

pytestmark = pytest.mark.long
RUN = "notes quick"


@contextmanager
def start_proxy(user, port):
    """Forward connections to a port with the name of a user, as a proxy with a log-in; yield its port."""
    with socket.create_server(("localhost", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, user, port), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener, user, port):
    with suppress(OSError):
        while True:
            browser, _ = listener.accept()
            threading.Thread(target=_forward, args=(browser, user, port), daemon=True).start()


def _forward(browser, user, port):
    with suppress(OSError), browser, socket.create_connection(("127.0.0.1", port)) as server:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := browser.recv(65_536)):
                return
            head += part
        head, _, body = head.partition(b"\r\n\r\n")
        head = re.sub(rb"(?im)^x-forwarded-user:.*\r\n", b"", head)
        if b"upgrade: websocket" not in head.lower():  # one request a connection: the head is read once
            head = re.sub(rb"(?im)^connection:.*\r\n", b"", head) + b"\r\nConnection: close"
        server.sendall(head + b"\r\nX-Forwarded-User: " + user.encode() + b"\r\n\r\n" + body)
        upwards = threading.Thread(target=_copy, args=(browser, server), daemon=True)
        upwards.start()
        _copy(server, browser)


def _copy(source, target):
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def addresses(isolated_folders, monkeypatch):
    """Start a server with what anna has stored; return each user's address."""
    monkeypatch.setenv("BIONER_USERS", str(isolated_folders / "users"))
    require_users(lambda: User(name="nobody"))
    with act_as(User(name="anna")):
        create_home(User(name="anna"))
        record_outcomes(plan_run(RUN))
        add_to_library("notes")
        monkeypatch.setattr(
            sys.modules[__name__], "UPLOAD", KeptUploads().add({"a.txt": b"text"}, title="a.txt")
        )
    require_users(None)
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bioner_core", "app", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--login-header", "X-Forwarded-User", "--admin", "boss", "--user-studies", "2"],
        env={**os.environ, "BIONER_TOKEN": ""},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        with (
            start_proxy("anna", port) as anna,
            start_proxy("ben", port) as ben,
            start_proxy("boss", port) as boss,
        ):
            yield {
                name: f"http://localhost:{number}/"
                for name, number in (("anna", anna), ("ben", ben), ("boss", boss))
            }
    finally:
        server.terminate()
        server.wait(timeout=10)


UPLOAD = ""


def test_two_users(addresses, isolated_folders, tmp_path):
    with start_chromium() as browser:
        pages = {
            name: browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
            for name in addresses
        }

        def visit(user, view):
            pages[user].goto(addresses[user] + view)
            wait_until_settled(pages[user])
            return pages[user]

        def read(page):
            return page.locator('[data-testid="stMain"]').inner_text()

        # Listing, and addresses that somebody guesses.
        anna = visit("anna", "runs")
        assert RUN in read(anna)
        with anna.expect_download() as download:
            anna.get_by_role("button", name="Run as zip").click()
        download.value.save_as(tmp_path / "stolen.zip")
        assert (tmp_path / "stolen.zip").read_bytes()[:2] == b"PK"
        ben = visit("ben", "runs")
        assert "Nothing was trained here yet" in read(ben)
        for view in (
            "runs?run=notes+quick",
            "runs?run=anna/notes+quick",
            "?run=notes+quick",
            "transfer?run=anna/x",
        ):
            text = read(visit("ben", view))
            assert "Traceback" not in text
            assert "One run of yours" not in text
        for view in (
            "train?run=notes+quick",
            "upload?run=../../anna/runs/notes+quick",
            "train?run=anna/notes+quick",
        ):
            assert re.search("no such run|a name begins with", read(visit("ben", view))), view
        assert "no such corpus" in read(visit("ben", "corpora?corpus=notes"))
        assert "no longer here" in read(visit("ben", f"upload?upload={UPLOAD}"))
        assert "no longer here" not in read(visit("anna", f"upload?upload={UPLOAD}"))

        # Import and deletion under the name of another's run.
        ben = visit("ben", "runs")
        ben.get_by_text("Import a run").click()
        ben.locator("input[type=file]").set_input_files(tmp_path / "stolen.zip")
        ben.get_by_role("button", name="Import", exact=True).click()
        expect(ben.get_by_text(f"new run {RUN}")).to_be_visible(timeout=20_000)
        ben.get_by_role("button", name="Delete", exact=True).click()
        ben.get_by_role("button", name="Delete for good").click()
        expect(ben.get_by_text(f"run {RUN}: deleted.")).to_be_visible(timeout=20_000)
        assert "One run of yours" in read(visit("anna", "runs"))

        # Sharing by name.
        anna = visit("anna", "runs?run=notes+quick")
        anna.get_by_role("button", name="Share").click()
        anna.get_by_label("Names", exact=True).fill("bne")
        anna.get_by_label("Names", exact=True).press("Enter")
        anna.get_by_role("button", name="Save", exact=True).click()
        expect(anna.get_by_text("nobody of this name has logged in yet")).to_be_visible()
        anna.get_by_label("Names", exact=True).fill("ben")
        anna.get_by_label("Names", exact=True).press("Enter")
        anna.get_by_role("button", name="Save", exact=True).click()
        expect(anna.get_by_role("button", name="Share: 1")).to_be_visible()
        ben = visit("ben", "runs?run=anna/notes+quick")
        assert "This run belongs to anna" in read(ben)
        for name in ("Delete", "Share", "Resume", "Retry"):
            assert ben.get_by_role("button", name=name).count() == 0
        with ben.expect_download() as download:
            ben.get_by_role("button", name="Run as zip").click()
        assert download.value.suggested_filename == f"{RUN}.zip"
        assert "sentences" in visit("ben", "?run=anna/notes+quick").locator(".lead").inner_text()

        # Who is there, and what the log says.
        assert "an administrator" in (text := read(visit("boss", "settings")))
        assert "Users" in text
        assert "Users" not in read(visit("ben", "settings"))
    lines = [json.loads(line) for line in (isolated_folders / "users/audit.jsonl").read_text().splitlines()]
    actions = {(line["user"], line["action"], line["what"]) for line in lines}
    assert {
        ("anna", "log in", ""),
        ("ben", "log in", ""),
        ("boss", "log in", ""),
        ("anna", "open run", RUN),
        ("anna", "download", f"{RUN}.zip"),
        ("ben", "download", f"{RUN}.zip"),
        ("ben", "imported run", RUN),
        ("ben", "delete run", RUN),
        ("anna", "share run", f"{RUN} with ben"),
        ("ben", "open run", f"anna/{RUN}"),
    } <= actions
    assert "text" not in "".join(line["what"] for line in lines)
