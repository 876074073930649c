"""``bioner app``: start the dashboard and open it in the browser."""

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from pathlib import Path

from bioner_core.cli.login_options import add_login_options, build_login
from bioner_core.cli.output import Commands
from bioner_core.errors import BionerError
from bioner_core.files import PROJECT
from bioner_core.users.login import HEADER_KEY, VARIABLE, Login

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
WAIT_SECONDS = 60  # for the first answer of the server before no browser is opened


def add_commands(commands: Commands) -> None:
    """Add ``app``."""
    app = commands.add_parser("app", help="start the dashboard")
    app.add_argument(
        "--port", type=_parse_port, default=8501, help="port of the page's address (default: 8501)"
    )
    app.add_argument("--no-browser", action="store_true", help="print the address, do not open a browser")
    app.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="another name that the server answers to, such as that of a proxy (default: localhost only)",
    )
    app.add_argument(
        "--no-token",
        action="store_true",
        help="let everyone in who reaches the port, such as a proxy with a log-in",
    )
    add_login_options(app)
    app.set_defaults(call=start_dashboard)


def start_dashboard(args: argparse.Namespace) -> int:
    """Run Streamlit on localhost until it is stopped."""
    script = PROJECT / "app.py"
    if not script.is_file():
        raise BionerError(
            f"{script}: the file is missing. Install BioNER Budget again, or run it from a checkout."
        )
    server_script = Path(__file__).resolve().parent.parent / "ui" / "server" / "main.py"
    login = build_login(args)
    token = _choose_token(args, login)
    url = f"http://localhost:{args.port}/" + (f"?token={token}" if token and not login else "")
    print(f"Open {url}" if login is None or login.claim else f"Serving {url} for the proxy", flush=True)
    has_screen = sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY"))
    if has_screen and not args.no_browser and not (login and login.header):
        threading.Thread(target=_open_when_ready, args=(url, args.port), daemon=True).start()
    options = {"port": [args.port], "allowedHosts": [*LOCAL_NAMES, *args.host_name]}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(server_script),
        "--logger.hideWelcomeMessage=true",
    ]
    command += [f"--server.{name}={value}" for name, values in options.items() for value in values]
    environment = {**os.environ, "BIONER_TOKEN": token, VARIABLE: login.serialize() if login else ""}
    if login and login.header:
        command += [f"--server.trustedUserHeaders={json.dumps({login.header: HEADER_KEY})}"]
        environment["FORWARDED_ALLOW_IPS"] = ""  # else a header would replace the address of the proxy
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # else the server would outlive us
        return server.wait()


def _choose_token(args: argparse.Namespace, login: Login | None) -> str:
    """Return what requests must show, beside a log-in or without one; "" for nothing."""
    if args.no_token or (login and login.claim):
        return ""
    return os.environ.get("BIONER_TOKEN") or ("" if login else secrets.token_urlsafe(24))


def _parse_port(text: str) -> int:
    """Read a port."""
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r}: write a number from 1 to 65535, such as 8501")
    return int(text)


def _open_when_ready(url: str, port: int) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
            webbrowser.open(url)
            return
        time.sleep(0.3)
