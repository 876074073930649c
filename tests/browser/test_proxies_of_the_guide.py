"""The nginx and Caddy files of docs/deployment.md, as they are written there: log-in, pages, uploads."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import sync_playwright

from tools.pictures import FLAGS, wait_for, wait_until_settled

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
NAME, SECRET = "bioner.example.org", "a-secret-of-the-two"
USER, PASSWORD = "anna", "of anna"
LARGE_FILE = 30 << 20  # bytes; without a limit of its own nginx takes 1 MB


def read_example(title):
    """Return the code block of the guide that begins with a title."""
    text = (ROOT / "docs/deployment.md").read_text()
    return re.search(rf"```\n(# {title}.*?)```", text, re.DOTALL)[1]


def run(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def find_free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def write_nginx(folder, app_port, port):
    """Write the files of nginx with a certificate of their own; return the command that starts it."""
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"]
    run([*key, "-keyout", folder / "key", "-out", folder / "cert"])
    hashed = run(["openssl", "passwd", "-apr1", PASSWORD])
    (folder / "passwords").write_text(f"{USER}:{hashed}\n")
    example = read_example("nginx").replace("/etc/nginx/bioner.htpasswd", str(folder / "passwords"))
    example = example.replace("127.0.0.1:8501", f"127.0.0.1:{app_port}").replace("the secret", SECRET)
    places = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {places}\nserver {{ listen 127.0.0.1:{port} ssl; server_name {NAME};\n"
        f"ssl_certificate {folder}/cert; ssl_certificate_key {folder}/key;\n{example} }} }}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def write_caddy(folder, app_port, port):
    """Write the file of Caddy, which signs a certificate itself; return the command that starts it."""
    hashed = run(["caddy", "hash-password", "--plaintext", PASSWORD])
    example = read_example("Caddy").replace("$2a$14$...", hashed)
    example = example.replace("127.0.0.1:8501", f"127.0.0.1:{app_port}")
    example = example.replace(f"{NAME} {{", f"https://{NAME}:{port} {{\n    tls internal", 1)
    options = "{\n    admin off\n    auto_https disable_redirects\n    skip_install_trust\n}\n"
    (folder / "Caddyfile").write_text(options + example)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@contextmanager
def start(command, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(params=["nginx", "caddy"])
def ports(request, isolated_folders, tmp_path, monkeypatch):
    """Start the app and a proxy before it; return their ports, app first."""
    monkeypatch.setenv("PATH", os.environ["PATH"] + ":/usr/sbin")  # where Debian has nginx
    if not shutil.which(request.param):
        pytest.skip(f"needs {request.param}")
    monkeypatch.setenv("BIONER_USERS", str(isolated_folders / "users"))
    app_port, port = find_free_port(), find_free_port()
    write = {"nginx": write_nginx, "caddy": write_caddy}[request.param]
    environment = {**os.environ, "BIONER_TOKEN": SECRET, "XDG_DATA_HOME": str(tmp_path)}
    app = [sys.executable, "-m", "bioner_core", "app", "--no-browser", "--port", str(app_port)]
    app += ["--login-header", "X-Forwarded-User", "--admin", "boss", "--host-name", NAME]
    with start(app, env=environment) as server:
        wait_for(f"http://127.0.0.1:{app_port}/_stcore/health", server)
        with start(write(tmp_path, app_port, port), env=environment) as proxy:
            end = time.monotonic() + 20
            while socket.socket().connect_ex(("127.0.0.1", port)):
                assert proxy.poll() is None, "the proxy refuses its file"
                assert time.monotonic() < end
                time.sleep(0.1)
            yield app_port, port


def open_session(port, monkeypatch):
    """Return a client that finds the name here and trusts any certificate."""
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest: resolve("127.0.0.1" if host == NAME else host, *rest)
    )
    session = requests.Session()
    session.verify = session.trust_env = False
    return session


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_proxy_as_the_guide_writes_it(ports, isolated_folders, monkeypatch, tmp_path):
    app_port, port = ports
    address = f"https://{NAME}:{port}/"
    session = open_session(port, monkeypatch)
    assert session.get(address).status_code == 401
    forged = {"X-Forwarded-User": "boss"}
    assert session.get(f"http://127.0.0.1:{app_port}/", headers=forged).status_code == 403
    assert session.get(address, auth=(USER, PASSWORD), headers=forged).status_code == 200
    (tmp_path / "notes.txt").write_text("A note.\n" * (LARGE_FILE // 8))
    with sync_playwright() as playwright:
        path = os.environ.get("BIONER_CHROMIUM") or shutil.which("chromium")
        rule = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, rule])
        login = {"username": USER, "password": PASSWORD}
        page = browser.new_context(ignore_https_errors=True, http_credentials=login).new_page()
        page.goto(address + "upload")
        wait_until_settled(page)  # a script ran: the web socket is open
        assert "Upload" in page.locator('[data-testid="stMain"]').inner_text()
        with page.expect_response(lambda answer: "upload_file" in answer.url) as answer:
            page.locator("input[type=file]").first.set_input_files(tmp_path / "notes.txt")
        assert answer.value.status in (200, 204)
        browser.close()
    log = (isolated_folders / "users/audit.jsonl").read_text().splitlines()
    assert {json.loads(line)["user"] for line in log} == {USER}
