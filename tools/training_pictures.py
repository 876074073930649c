"""Save the pictures of runs in training: `python tools/training_pictures.py docs/pictures`.

It trains probes on the corpora of BIONER_TEST_DATA in folders of its own. One run loses its processes twice,
so that models fail; then two users, with two dashboards and one queue, share the machine.
"""

import argparse
import base64
import contextlib
import html
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psutil
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bioner_core.corpus.opening import open_corpus  # noqa: E402
from bioner_core.study.encoder_choice import choose_model  # noqa: E402
from bioner_core.study.plan import plan_study  # noqa: E402
from bioner_core.study.presets import PACKAGED, PRESETS  # noqa: E402
from bioner_core.study.run import Run  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402
from bioner_core.study.worker import start_detached  # noqa: E402
from tools.pictures import start_app, start_chromium, wait_until_settled  # noqa: E402

CORPORA = {"rumedner_ru": "rumedner_ru", "phee": "phee/phee-brat.zip", "psytar_en": "psytar_en"}
N_SENTENCES = 600  # of each corpus
SIZES, N_SEEDS = "50,100,200,400,full", 3
PANEL = {"width": 1140, "height": 1000}  # CSS pixels of a page, shown at SCALE
SCALE = 0.6
WAIT_SECONDS = 1800.0
KEPT = ("RUNS", "CORPORA", "SETTINGS", "PROJECTS", "CACHE")  # folders of a user


def save_pictures() -> None:
    """Save both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("pictures", nargs="*", default=["training-live", "queue-of-two-users"])
    parser.add_argument("--steps", type=int, default=300, help="of a model; fewer on a busy machine")
    options = parser.parse_args()
    plan = partial(plan_probe, steps=options.steps)
    makers = {"training-live": show_training, "queue-of-two-users": show_queue}
    with tempfile.TemporaryDirectory() as folder, start_chromium() as browser:
        os.environ["BIONER_QUEUE"] = f"{folder}/queue"
        for name in options.pictures:
            panels = makers[name](browser, Path(folder) / name, plan)
            save_panels(browser, panels, options.out / f"{name}.png")


@contextlib.contextmanager
def open_dashboard(folder: Path) -> Iterator[str]:
    """Use the folders of a user; yield the address of a dashboard on them; end the training afterwards."""
    os.environ.update({f"BIONER_{name}": str(folder / name.lower()) for name in KEPT})
    store = RunStore()
    with start_app() as address:
        try:
            yield address
        finally:
            for run in [run for run in store.runs() if not run.is_shipped and run.state().is_live]:
                run.cancel()
                wait_until(lambda run=run: not run.state().is_live)


def plan_probe(name: str, *, steps: int) -> Run:
    """Store a planned run of probes on the first sentences of a corpus."""
    folder = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora"
    corpus = open_corpus(str(folder / CORPORA[name])).corpus
    corpus = replace(corpus, name=name, sentences=corpus.sentences[:N_SENTENCES])
    study = plan_study(
        name=f"{name} probe",
        targets=[corpus],
        model=choose_model(PACKAGED),
        preset="probe",
        sizes=SIZES,
        seeds=range(N_SEEDS),
        settings=replace(PRESETS["probe"].settings_for(PACKAGED), epochs=1, min_steps=steps),
    )
    return RunStore().create(study, {name: corpus})


def wait_until(is_reached: Callable[[], object]) -> None:
    """Return when a run has come so far. :raises RuntimeError: it takes too long."""
    end = time.monotonic() + WAIT_SECONDS
    while not is_reached():
        if time.monotonic() > end:
            raise RuntimeError(f"the training is not so far within {WAIT_SECONDS:.0f} s")
        time.sleep(0.3)


def show_training(browser: Browser, folder: Path, plan: Callable[[str], Run]) -> dict[str, bytes]:
    """Train a run, and kill its processes in the middle; return its page at four moments."""
    panels = {}
    with open_dashboard(folder) as address:
        run = plan("rumedner_ru")
        worker = psutil.Process(start_detached(run.name))
        page = open_page(browser, f"{address}train?run={quote(run.name)}")
        panels["start"] = take_picture(page)
        wait_until(lambda: run.state().n_done >= run.state().n_jobs // 2 and is_training(run))
        panels["middle"] = take_picture(page)
        while not run.failures():
            kill_helpers(worker)
            wait_until(lambda: run.failures() or is_training(run))
        panels["after its processes were killed twice"] = take_picture(page)
        wait_until(lambda: not run.state().is_live)
        panels["end"] = take_picture(page)
    return panels


def is_training(run: Run) -> bool:
    """Say whether two models are trained at the moment."""
    worker = run.state().worker
    return worker is not None and sum(job.phase == "training" for job in worker.running) >= 2


def kill_helpers(worker: psutil.Process) -> None:
    """Kill the processes in which a worker trains; wait until it says that they train no more."""
    for helper in worker.children():
        if "--multiprocessing-fork" in helper.cmdline():
            helper.send_signal(signal.SIGKILL)
    time.sleep(3)


def show_queue(browser: Browser, folder: Path, plan: Callable[[str], Run]) -> dict[str, bytes]:
    """Let one user train a run, and another one two; return the list of runs of both."""
    with contextlib.ExitStack() as opened:
        pages: dict[str, Page] = {}
        runs: list[Run] = []
        for user, names in (("Anna", ["rumedner_ru"]), ("Ben", ["phee", "psytar_en"])):
            address = opened.enter_context(open_dashboard(folder / user))
            for run in map(plan, names):
                start_detached(run.name)
                runs.append(run)
                wait_until(lambda run=run: (worker := run.state().worker) and worker.running)
            pages[user] = open_page(browser, f"{address}runs")
        panels: dict[str, bytes] = {}
        while not panels or not is_last_waiting(runs):  # the runs take turns
            wait_until(lambda: is_last_waiting(runs))
            panels = {
                "Anna: in training": take_picture(pages["Anna"]),
                "Ben: in training, and 1st in line": take_picture(pages["Ben"]),
            }
        return panels


def is_last_waiting(runs: list[Run]) -> bool:
    """Say whether all runs are trained but the last one."""
    return [run.state().status for run in runs] == ["live", "live", "waiting"]


def open_page(browser: Browser, address: str) -> Page:
    """Open a page as wide as a panel."""
    page = browser.new_context(viewport=PANEL, color_scheme="light").new_page()
    page.set_default_timeout(1000 * WAIT_SECONDS)  # the models take the cores
    page.goto(address)
    return page


def take_picture(page: Page) -> bytes:
    """Return a picture of what a page shows now."""
    page.wait_for_timeout(2500)  # a live page looks at its run each second
    wait_until_settled(page)
    return page.screenshot()


def save_panels(browser: Browser, panels: Mapping[str, bytes], out: Path) -> None:
    """Save pictures side by side, two in a row, each under its title."""
    figures = "".join(
        f"<figure><figcaption>{html.escape(title)}</figcaption>"
        f'<img src="data:image/png;base64,{base64.b64encode(png).decode()}"></figure>'
        for title, png in panels.items()
    )
    width = round(SCALE * PANEL["width"])
    style = (
        f"body {{margin: 14px; display: grid; grid-template-columns: {width}px {width}px; gap: 14px}}"
        f"figure {{margin: 0}} img {{width: 100%; border: 1px solid #b9bfc2}}"
        "figcaption {font: bold 18px sans-serif; color: #1d626f; padding: 6px 12px}"
    )
    page = browser.new_context(viewport={"width": 2 * width + 42, "height": 100}).new_page()
    page.set_content(f"<style>{style}</style>{figures}")
    page.screenshot(path=out, full_page=True)
    page.close()


if __name__ == "__main__":
    save_pictures()
