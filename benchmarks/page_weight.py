"""Weigh pages in a browser: bytes, requests and seconds of a cold load, and of a click.

python benchmarks/page_weight.py [--label NAME]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response, WebSocket

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bioner_core.study.provenance import describe_devices  # noqa: E402
from tools.pictures import start_app, start_chromium  # noqa: E402

PAGES = {
    "budget": ("", "90 %", "95 %"),
    "transfer": ("transfer", "Precision", "Recall"),
}  # two buttons of each
REPEATS = 5


def main() -> None:
    """Print and store the weight of each page and where it comes from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--label", default="page_weight", help="name of the JSON file")
    label = parser.parse_args().label
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNS", "CORPORA", "SETTINGS"):
            os.environ[f"BIONER_{name}"] = f"{folder}/{name.lower()}"
        with start_app() as address, start_chromium() as browser:
            for path, _, _ in PAGES.values():  # the server computes what it keeps
                page = browser.new_page()
                _open(page, address + path)
                page.close()
            figures = {name: _weigh(browser, address, *about) for name, about in PAGES.items()}
    result = {
        "what": f"an empty browser cache; medians of {REPEATS}",
        **figures,
        "machine": describe_devices(),
    }
    print(json.dumps(result, indent=1))
    (ROOT / "benchmarks/results" / f"{label}.json").write_text(json.dumps(result, indent=1) + "\n")


def _open(page: Page, address: str) -> float:
    """Return the seconds until the first chart stands there."""
    begin = time.perf_counter()
    page.goto(address)
    page.wait_for_selector('[data-testid="stVegaLiteChart"] svg', timeout=120_000)
    return time.perf_counter() - begin


def _weigh(browser: Browser, address: str, path: str, first: str, second: str) -> dict[str, object]:
    """Load a page with an empty cache, then press two buttons in turn."""
    seconds = []
    for _ in range(REPEATS):
        context = browser.new_context(viewport={"width": 1600, "height": 1000})
        page, n_bytes, n_requests = context.new_page(), Counter[str](), Counter[str]()
        received: list[int] = []
        page.on("response", partial(_count, n_bytes, n_requests))
        page.on("websocket", partial(_listen, received))
        seconds.append(_open(page, address + path))
        page.wait_for_timeout(1500)
        opening = sum(received)
        clicks = [_click(page, (first, second)[number % 2]) for number in range(REPEATS)]
        context.close()
    return {
        "seconds_to_first_chart": round(statistics.median(seconds), 2),
        "seconds_of_a_click": round(statistics.median(clicks), 2),
        "requests": dict(n_requests.most_common()),
        "kilobytes": {kind: round(n / 1000) for kind, n in n_bytes.most_common()},
        "websocket_kilobytes": round(opening / 1000, 1),
        "websocket_kilobytes_of_a_click": round((sum(received) - opening) / 1000 / REPEATS, 1),
    }


def _count(n_bytes: Counter[str], n_requests: Counter[str], answer: Response) -> None:
    """Count a response under its part of the server."""
    kind = Path(urlsplit(answer.url).path).suffix.lstrip(".") or "other"
    n_requests[kind] += 1
    n_bytes[kind] += int(answer.headers.get("content-length") or 0)


def _listen(received: list[int], socket: WebSocket) -> None:
    """Keep the size of each message, before its compression."""
    socket.on("framereceived", lambda data: received.append(len(data)))


def _click(page: Page, label: str) -> float:
    """Press a button; return the seconds until its rerun has ended."""
    begin, before = time.perf_counter(), page.url
    page.get_by_role("radio", name=label, exact=True).first.click()
    page.wait_for_url(lambda url: url != before, timeout=60_000)  # the choice stands in the address
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
