"""Time the store with 1,000 studies: the calls of the home page, the Runs page and a run's estimate.

python benchmarks/store.py [--studies 1000]
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "study")]

import fake_runner  # noqa: E402

from bioner_core.curves.budget_table import compute_budgets  # noqa: E402
from bioner_core.study.duration import estimate_seconds  # noqa: E402
from bioner_core.study.provenance import describe_devices  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402


def main() -> None:
    """Print and store milliseconds of each call: the first, and the median of five more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BIONER_RUNS"] = f"{folder}/runs"
        create_studies(args.studies)
        figures = {
            "what": f"the store with {args.studies} studies of 24 models: first call, median of five more",
            "milliseconds": _time_calls(),
            "machine": f"{describe_devices()}, Python {platform.python_version()}",
        }
    print(json.dumps(figures, indent=1))
    Path(__file__).with_name("results").joinpath("store.json").write_text(
        json.dumps(figures, indent=1) + "\n"
    )


def create_studies(n: int, *, with_counts: bool = False) -> None:
    """Store n finished studies of 24 models: one is trained, the others are copies with other names."""
    left_out = () if with_counts else ("counts",)
    store = RunStore()
    study = fake_runner.build_study("first", sizes="10,20,30,full", seeds=(0, 1, 2))
    run = store.create(study, fake_runner.CORPORA)
    fake_runner.store_results(run, study.jobs)
    for number in range(1, n):
        copy = store.folder / f"study {number:04}"
        shutil.copytree(run.folder, copy, ignore=shutil.ignore_patterns(*left_out))
        text = (copy / "study.json").read_text(encoding="utf-8")
        (copy / "study.json").write_text(text.replace('"first"', f'"{copy.name}"'), encoding="utf-8")


def _time_calls() -> dict[str, list[float]]:
    def names() -> object:
        return RunStore().names()

    def home() -> object:
        store = RunStore()
        run = store.open(store.names()[0])
        return compute_budgets(run.points(), planned=run.planned_seeds()), run.state()

    def states() -> object:
        return [(run.name, run.state()) for run in RunStore().runs()]

    def estimate() -> object:
        store = RunStore()
        return estimate_seconds(store.open("first").study, store)

    return {
        call.__name__: [_time_call(call), *sorted(_time_call(call) for _ in range(5))[2:3]]
        for call in (names, home, states, estimate)
    }


def _time_call(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return round(1000 * (time.perf_counter() - began), 1)


if __name__ == "__main__":
    main()
