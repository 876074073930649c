"""Compare helper processes with threads on a CPU: ``python benchmarks/slots.py [probe] [quick]``.

The same models are trained by one helper with a thread a core and by one helper a core, in the order A B B A.
Wall and processor time count the helpers' start, and for the probe the features, which are computed anew.
"""

import argparse
import json
import os
import platform
import shutil
import tempfile
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from bioner_core.cli.runs import load_torch_and_train
from bioner_core.corpus.opening import open_corpus
from bioner_core.files import locate_cache_folder
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.executors.devices import count_threads
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.slots import estimate_memory
from bioner_core.study.jobs import JobFailure, JobResult
from bioner_core.study.plan import plan_study
from bioner_core.tagging.packaged_encoder.packaged_encoder import prepare_packaged_encoder

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "rumedner_ru"
PLANS = {"probe": ("50,200,800", [0, 1, 2]), "quick": ("20", [0, 1])}  # sizes and seeds


def main():
    """Print and store seconds, memory and the equality of the points of each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=list(PLANS))
    parser.add_argument("--sentences", type=int, default=1500, help="of the corpus; the first ones")
    args = parser.parse_args()
    corpus = open_corpus(str(DATA)).corpus
    corpus = replace(corpus, sentences=corpus.sentences[: args.sentences])
    n_cores = count_threads()
    path = ROOT / "benchmarks" / "results" / "slots.json"
    result = json.loads(path.read_text()) if path.exists() else {}
    for preset in args.presets:
        sizes, seeds = PLANS[preset]
        study = plan_study(
            name=preset, targets=[corpus], sources=(), corpora={corpus.name: corpus},
            model=choose_model(None, preset), preset=preset, sizes=sizes, seeds=seeds,
        )  # fmt: skip
        ways = {"one helper": "cpu*1", "a helper a core": f"cpu*{n_cores}"}
        rows = []
        for way in [*ways, *reversed(ways)]:
            rows.append((way, measure(study, corpus, ways[way])))
            print(way, {name: value for name, value in rows[-1][1].items() if name != "scores"}, flush=True)
        scores = [sorted(row.pop("scores").items()) for _, row in rows]
        result[preset] = {
            "models": len(study.jobs),
            "settings": asdict(study.settings),
            "points are equal": all(score == scores[0] for score in scores),
            "largest difference of F1": max(
                abs(f1 - other)
                for score in scores
                for (_, f1), (_, other) in zip(score, scores[0], strict=True)
            ),
            "estimated memory of a helper (MB)": estimate_memory(study.jobs[0]) >> 20,
            **{way: [row for name, row in rows if name == way] for way in ways},
        }
        print(json.dumps(result[preset], indent=1))
    result["machine"] = f"{platform.processor() or platform.machine()}, {n_cores} cores, other work beside it"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def measure(study, corpus, devices):
    """Return wall and processor seconds, memory of the largest helper, and F1 by job and entity."""
    os.environ["BIONER_DEVICES"] = devices
    converted = prepare_packaged_encoder(locate_cache_folder())
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        shutil.copytree(converted, cache / "packaged" / converted.name)
        monitor = Monitor()
        began, scores = time.perf_counter(), {}
        for outcome in run_locally(
            study.jobs, corpora={corpus.name: corpus}, runner=load_torch_and_train, cache=cache
        ):
            if isinstance(outcome, JobFailure):
                raise SystemExit(outcome.reason)
            if isinstance(outcome, JobResult):
                scores |= {f"{outcome.job.id} {point.entity}": point.f1 for point in outcome.points}
        wall = time.perf_counter() - began
        monitor.stop()
    return {
        "wall (s)": round(wall, 1),
        "processor (s)": round(sum(monitor.seconds.values()), 1),
        "memory of a helper (MB)": monitor.n_bytes >> 20,
        "load": os.getloadavg()[0],
        "scores": scores,
    }


class Monitor:
    """Measures the helpers of this process until it is stopped."""

    def __init__(self):
        self.seconds = {}  # processor time by process
        self.n_bytes = 0  # largest memory of its own (unique set), without mapped features
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self):
        while not self._is_over.wait(0.5):
            for child in psutil.Process().children(recursive=True):
                try:
                    times = child.cpu_times()
                    self.seconds[child.pid] = times.user + times.system
                    self.n_bytes = max(self.n_bytes, child.memory_full_info().uss)
                except psutil.Error:
                    continue

    def stop(self):
        """End measuring."""
        self._is_over.set()
        self._thread.join()


if __name__ == "__main__":
    main()
