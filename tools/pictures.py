"""Save screenshots of every page, narrow and wide, light and dark: `python tools/pictures.py OUT [VIEW …]`.

A view is a path and query, such as `runs` or `?target=EN+UGT&entity=Drug`. `python tools/pictures.py
docs/pictures` writes the pictures of the documentation.
"""

import argparse
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
VIEWS = ("", "upload", "rounds", "train", "transfer", "corpora", "runs", "settings")
WIDTHS = {"narrow": 400, "wide": 1600}  # CSS pixels
SCHEMES = ("light", "dark")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def start_app(port: int = 0) -> Iterator[str]:
    """Start the dashboard on a free port; yield its address; stop it afterwards."""
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://localhost:{port}/_stcore/health", server)
        yield f"http://localhost:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=60)


def wait_for(address: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Return once ``address`` answers; raise where the server ends first or ``seconds`` have passed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode} before it answered")
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2):  # noqa: S310
            return
        time.sleep(0.2)
    raise RuntimeError(f"nothing answered at {address} within {seconds:.0f} s")


@contextlib.contextmanager
def start_chromium() -> Iterator[Browser]:
    """Start Debian's Chromium, or the one that BIONER_CHROMIUM names; a busy machine has time to answer."""
    expect.set_options(timeout=30_000)
    path = os.environ.get("BIONER_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def wait_until_settled(page: Page) -> None:
    """Wait until the page's script has run and all elements are drawn."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_selector('[data-testid="stSkeleton"], [data-testid="stSpinner"]', state="detached")
    page.wait_for_timeout(700)  # charts and tables draw on canvases, which say nothing when done


def save_screenshot(page: Page, out: Path, *, width: int, min_height: int = 900) -> None:
    """Save a screenshot of the whole page, at least ``min_height`` pixels high."""
    page.set_viewport_size({"width": width, "height": min_height})
    wait_until_settled(page)
    main = page.locator('[data-testid="stMain"]')
    height = main.evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(min_height, min(height, 6000))})
    wait_until_settled(page)
    page.screenshot(path=out)


def save_screenshots() -> None:
    """Save screenshots of the requested views, or of all pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("views", nargs="*")
    parser.add_argument("--width", choices=WIDTHS, action="append")
    parser.add_argument("--scheme", choices=SCHEMES, action="append")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    views = {re.sub(r"\W+", "-", view).strip("-") or "budget": view for view in options.views}
    views = views or {view or "budget": view or "?entity=Drug" for view in VIEWS}
    with start_app() as address, start_chromium() as browser:
        for scheme in options.scheme or SCHEMES:
            context = browser.new_context(color_scheme=scheme)
            for name, view in views.items():
                page = context.new_page()
                page.goto(address + view)
                for width in options.width or WIDTHS:
                    save_screenshot(page, options.out / f"{name}-{width}-{scheme}.png", width=WIDTHS[width])
                page.close()
            context.close()


if __name__ == "__main__":
    save_screenshots()
