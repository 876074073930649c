"""Time a new user in a browser, from upload to each number: ``python benchmarks/upload.py [SENTENCES …]``.

Every button is pressed as soon as it is visible. Folders are new: the encoder is converted first.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared")
TIMEOUT = 1_200_000  # ms


def main():
    """Print and store the seconds until each number is visible on the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sentences", nargs="*", type=int, default=[60, 400, 3440])
    rows = [time_upload(n) for n in parser.parse_args().sentences]
    for row in rows:
        print(row)
    result = {
        "rows": rows,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    }
    out = ROOT / "benchmarks/results/upload.json"
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def time_upload(n):
    """Time the upload of the first ``n`` sentences of RuMedNER's training file."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNS", "CORPORA", "CACHE", "SETTINGS"):
            os.environ[f"BIONER_{name}"] = f"{folder}/{name.lower()}"
        path = Path(folder) / "reviews.jsonl"
        with (DATA / "corpora/rumedner_ru/train_v1.jsonl").open(encoding="utf-8") as file:
            path.write_text("".join(islice(file, n)), encoding="utf-8")
        return {"sentences": n, **time_steps(path)}


def time_steps(path):
    """Upload a file and return the seconds to each number, and the numbers."""
    from playwright.sync_api import expect

    sys.path.insert(0, str(ROOT))
    from tools.pictures import start_app, start_chromium, wait_until_settled

    with start_app() as address, start_chromium() as browser:
        page = browser.new_page()
        page.goto(f"{address}upload")
        wait_until_settled(page)
        began = time.perf_counter()
        page.locator(".st-key-files input").set_input_files(path)
        page.locator(".st-key-to-step-3 button").click(timeout=60_000)
        page.locator(".st-key-to-step-4 button").click(timeout=60_000)
        expect(page.locator(".st-key-now .number")).to_be_visible(timeout=60_000)
        first = time.perf_counter() - began
        number = page.locator(".st-key-now .number").inner_text()
        page.get_by_role("button", name="Save and estimate").click()
        started = time.perf_counter()
        expect(page.locator(".st-key-plan .unit")).to_have_text("sentences", timeout=TIMEOUT)
        partial = time.perf_counter() - started
        expect(page.get_by_text("models are trained")).to_be_visible(timeout=TIMEOUT)
        return {
            "first_number_seconds": round(first, 1),
            "first_number": number,
            "first_probe_number_seconds": round(partial, 1),
            "probe_seconds": round(time.perf_counter() - started, 1),
            "probe_number": page.locator(".st-key-plan .number").inner_text(),
            "last_word": page.locator(".lead").inner_text(),
        }


if __name__ == "__main__":
    main()
