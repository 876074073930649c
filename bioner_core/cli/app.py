"""``bioner app``: start the dashboard and open it in the browser."""

import argparse
import contextlib
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

from bioner_core.cli.output import Commands
from bioner_core.errors import BionerError
from bioner_core.files import PROJECT

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
    app.set_defaults(call=start_dashboard)


def start_dashboard(args: argparse.Namespace) -> int:
    """Run Streamlit on localhost until it is stopped."""
    script = PROJECT / "app.py"
    if not script.is_file():
        raise BionerError(
            f"{script}: the file is missing. Install BioNER Budget again, or run it from a checkout."
        )
    server_script = Path(__file__).resolve().parent.parent / "ui" / "server" / "main.py"
    token = "" if args.no_token else os.environ.get("BIONER_TOKEN") or secrets.token_urlsafe(24)
    url = f"http://localhost:{args.port}/" + (f"?token={token}" if token else "")
    print(f"Open {url}", flush=True)
    has_screen = sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY"))
    if has_screen and not args.no_browser:
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
    environment = {**os.environ, "BIONER_TOKEN": token}
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # else the server would outlive us
        return server.wait()


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
