"""In a browser: log-in and log-out by OpenID Connect, with a provider of the test."""

import os
import secrets
import socket
import subprocess
import sys
import threading
import time

import pytest
import uvicorn
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route
from stored_runs import plan_run
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bioner_core.users.current import User, act_as, create_home, require_users
from tools.pictures import start_chromium, wait_for, wait_until_settled

pytestmark = pytest.mark.long
jwk = pytest.importorskip("joserfc.jwk")
jwt = pytest.importorskip("joserfc.jwt")


class Provider:
    """Logs everybody in as ``claims`` say, without asking."""

    def __init__(self):
        self.claims, self._nonces = {}, {}
        self._key = jwk.RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        with socket.create_server(("localhost", 0)) as free:
            self.url = f"http://localhost:{free.getsockname()[1]}"
        routes = {
            "/.well-known/openid-configuration": self.describe,
            "/authorize": self.authorize,
            "/token": self.issue_token,
            "/keys": self.list_keys,
        }
        app = Starlette(routes=[Route(path, call, methods=["GET", "POST"]) for path, call in routes.items()])
        port = int(self.url.rpartition(":")[2])
        self.server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
        threading.Thread(target=self.server.run, daemon=True).start()

    async def describe(self, request):
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(self, request):
        query = request.query_params
        code = secrets.token_urlsafe(8)
        self._nonces[code] = query["nonce"]
        return RedirectResponse(f"{query['redirect_uri']}?code={code}&state={query['state']}")

    async def issue_token(self, request):
        form = await request.form()
        now = int(time.time())
        claims = {"iss": self.url, "aud": "bioner", "iat": now, "exp": now + 600, **self.claims}
        token = jwt.encode(
            {"alg": "RS256", "kid": "1"}, {**claims, "nonce": self._nonces[form["code"]]}, self._key
        )
        return JSONResponse(
            {"access_token": "x", "token_type": "Bearer", "id_token": token, "expires_in": 600}
        )

    async def list_keys(self, request):
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@pytest.fixture
def provider():
    started = Provider()
    yield started
    started.server.should_exit = True


@pytest.fixture
def address(provider, isolated_folders, tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_USERS", str(isolated_folders / "users"))
    require_users(lambda: User(name="nobody"))
    with act_as(User(name="anna@example.org")):
        create_home(User(name="anna@example.org"))
        plan_run("of anna")
    require_users(None)
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "secrets.toml"
    file.write_text(
        "[auth]\n"
        f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
        f'cookie_secret = "{secrets.token_urlsafe(32)}"\n'
        'client_id = "bioner"\nclient_secret = "of the test"\n'
        f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
    )
    command = [sys.executable, "-m", "bioner_core", "app", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--login", "oidc", "--admin", "boss@example.org"],
        env={**os.environ, "BIONER_TOKEN": "", "STREAMLIT_SECRETS_FILES": str(file)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://localhost:{port}/_stcore/health", server)
        yield f"http://localhost:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=10)


def note_sessions(page):
    """Return a list that gets the id of each session that the page opens."""
    sessions = []

    def note(frame):
        message = ForwardMsg.FromString(frame) if isinstance(frame, bytes) else ForwardMsg()
        if message.new_session.initialize.session_id:
            sessions.append(message.new_session.initialize.session_id)

    page.on("websocket", lambda socket: socket.on("framereceived", note))
    return sessions


def test_log_in_and_out(provider, address):
    with start_chromium() as browser:
        page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()

        def visit(view):
            page.goto(address + view)
            wait_until_settled(page)
            return page.locator('[data-testid="stMain"]').inner_text()

        sessions = note_sessions(page)
        for view in ("", "runs?run=of+anna", "train?run=of+anna", "corpora", "settings"):
            text = visit(view)
            assert "Who are you?" in text
            assert "of anna" not in text
            assert "ecir2020" not in text
        answer = page.request.put(
            f"{address}_stcore/upload_file/{sessions[-1]}/x",
            multipart={"file": {"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"}},
        )
        assert (answer.status, answer.text()) == (403, "Log in first.\n")

        def log_in(view, **claims):
            provider.claims = claims
            visit(view)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url(address + "**")
            page.wait_for_selector('[data-testid="stSidebar"]', state="attached")
            wait_until_settled(page)

        log_in("runs", sub="1", email="anna@example.org")
        assert "One run of yours" in visit("runs?run=of+anna")
        visit("upload")
        file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"Mr Miller has asthma."}
        page.locator("input[type=file]").first.set_input_files(file)
        expect(page.get_by_text("a.txt").first).to_be_visible(timeout=20_000)
        wait_until_settled(page)
        assert "Log in first" not in page.locator("body").inner_text()
        visit("runs")
        page.get_by_test_id("stExpandSidebarButton").click()
        expect(page.get_by_text("Logged in as anna")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_text("Who are you?")).to_be_visible(timeout=20_000)
        assert "Who are you?" in visit("runs?run=of+anna")

        log_in("runs", sub="2", email="ben@example.org", email_verified=True)
        assert "Nothing was trained here yet" in visit("runs?run=of+anna")
        assert "no such run" in visit("train?run=of+anna")

    for claims, problem in (
        ({"sub": "3", "email": "anna@example.org", "email_verified": False}, "has not verified your e-mail"),
        ({"sub": "4"}, "your provider sent no email"),
    ):
        with start_chromium() as browser:
            page = browser.new_context().new_page()
            log_in("runs", **claims)
            text = visit("runs?run=of+anna")
            assert problem in text
            assert "of anna" not in text
