"""Memory of worker and helper, model by model: ``python benchmarks/memory.py [probe] [finetune] [features]``.

``probe``: 200 heads of few steps on 1,000 sentences of RuMedNER. ``finetune``: twelve fine-tuned models.
``features``: heads on 10,000 sentences of BC5CDR, the last one on all of them, without any cache.
One helper of one thread, in new processes. ``own`` is memory that no other process shares.
``BIONER_CODE`` names another checkout to measure.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(os.environ.get("BIONER_CODE") or ROOT)))

from bioner_core.cli.runs import load_torch_and_train  # noqa: E402
from bioner_core.corpus.opening import open_corpus  # noqa: E402
from bioner_core.files import locate_cache_folder  # noqa: E402
from bioner_core.study.encoder_choice import choose_model  # noqa: E402
from bioner_core.study.executors.local import run_locally  # noqa: E402
from bioner_core.study.jobs import JobFailure, JobResult  # noqa: E402
from bioner_core.study.plan import plan_study  # noqa: E402
from bioner_core.study.presets import PACKAGED, PRESETS  # noqa: E402

DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora"
OUT = ROOT / "benchmarks/results/memory.json"
FEW_STEPS = {"epochs": 1, "min_steps": 20}
STUDIES = {  # corpus, sentences of it, preset, sizes, seeds, changed settings
    "probe": ("rumedner_ru", 1000, "probe", "50", 200, FEW_STEPS),
    "finetune": ("rumedner_ru", 1000, "quick", "50", 12, {"epochs": 1, "min_steps": 7}),
    "features": ("bc5cdr", 10_000, "probe", "50,full", 2, FEW_STEPS),
}


def measure(name):
    """Print the memory of this process and of its helper after each model, as JSON."""
    folder, n, preset, sizes, n_seeds, changes = STUDIES[name]
    corpus = open_corpus(str(DATA / folder)).corpus
    corpus = replace(corpus, sentences=corpus.sentences[:n])
    study = plan_study(
        name=name, targets=[corpus], sources=(), corpora={corpus.name: corpus},
        model=choose_model(None, preset), preset=preset, sizes=sizes, seeds=list(range(n_seeds)),
        settings=replace(PRESETS[preset].settings_for(PACKAGED), **changes),
    )  # fmt: skip
    peaks, rows, f1 = {"reading": 0, "training": 0}, [], {}
    for outcome in run_locally(
        study.jobs, corpora={corpus.name: corpus}, runner=load_torch_and_train, cache=locate_cache_folder()
    ):
        if isinstance(outcome, JobFailure):
            raise SystemExit(outcome.reason)
        helper = next(c for c in psutil.Process().children() if "spawn_main" in " ".join(c.cmdline()))
        peaks["training" if rows else "reading"] = read_peak(helper.pid)
        if isinstance(outcome, JobResult):
            rows.append({
                "worker": psutil.Process().memory_info().rss >> 20,
                "helper": helper.memory_info().rss >> 20,
                "own": helper.memory_full_info().uss >> 20,
            })  # fmt: skip
            f1 |= {f"{p.n_sentences} {p.seed} {p.entity}": p.f1 for p in outcome.points}
    n_words = sum(map(len, {s.tokens for s in corpus.sentences}))
    print(json.dumps({"rows": rows, "peak": peaks, "words": n_words, "f1": f1}))


def read_peak(pid):
    """Return the most memory that a process has held, in MB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) >> 10


def summarize(record):
    """Return the curve of a study: some of its models, the least and the most after the first tenth."""
    rows = record["rows"]
    numbers = sorted({0, len(rows) // 10, len(rows) // 4, len(rows) // 2, 3 * len(rows) // 4, len(rows) - 1})
    later = rows[len(rows) // 10 :]
    return {
        "models": len(rows),
        "words": record["words"],
        "MB after model": {str(i + 1): rows[i] for i in numbers},
        "MB after the first tenth": {
            key: [min(row[key] for row in later), max(row[key] for row in later)] for key in rows[0]
        },
        "most MB of the helper until the first model": record["peak"]["reading"],
        "most MB of the helper": max(record["peak"].values()),
        "digest of f1": hashlib.sha256(json.dumps(record["f1"], sort_keys=True).encode()).hexdigest()[:16],
    }


def main():
    """Print and store the curve of each study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="*", default=list(STUDIES))
    parser.add_argument("--study", help="train one in this process")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    if args.study:
        measure(args.study)
        return
    for name in args.studies:
        with tempfile.TemporaryDirectory() as cache:
            variables = {"OMP_NUM_THREADS": "1", "BIONER_DEVICES": "cpu*1", "BIONER_CACHE": cache}
            done = subprocess.run(
                [sys.executable, __file__, "--study", name], env=os.environ | variables, check=True,
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        record = json.loads(done.stdout.splitlines()[-1])
        result = json.loads(args.out.read_text()) if args.out.exists() else {}
        result |= {name: summarize(record), "machine": f"{platform.machine()}, {os.cpu_count()} cores"}
        print(name, json.dumps(result[name]), flush=True)
        args.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
