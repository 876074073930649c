"""Measure training on a GPU: ``python benchmarks/gpu.py [CORPUS]``; nobody has run it on one yet.

The same few-shot models are trained on the CPU, and with 1 to 16 processes on the GPU, in float32 and
bfloat16. Printed and stored: models an hour, the hours of a study of 720 such models, memory of the GPU, and
how far F1 lies from the CPU's, beside the spread between seeds. The fastest way then trains a curve of 40
sizes.
"""

import argparse
import json
import os
import statistics
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

from bioner_core.cli.runs import load_torch_and_train
from bioner_core.corpus.opening import open_corpus
from bioner_core.files import locate_cache_folder
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.executors.devices import list_devices
from bioner_core.study.executors.local import run_locally
from bioner_core.study.jobs import JobFailure, JobResult
from bioner_core.study.plan import plan_study

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "rumedner_ru"
PROCESSES = (1, 2, 4, 8, 16)
SIZES, SEEDS = "50,200", range(4)
N_STUDY, N_CURVE = 720, 40  # models of a large study, sizes of a dense curve


def main():
    """Print and store a row for each way of training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default=str(DATA))
    parser.add_argument("--model")
    parser.add_argument("--device", default="cuda:0", help="cpu tries the script itself")
    parser.add_argument("--sentences", type=int, help="of the corpus: the first ones; all by default")
    args = parser.parse_args()
    corpus = open_corpus(args.corpus).corpus
    corpus = replace(corpus, sentences=corpus.sentences[: args.sentences])
    ways = [("cpu", "float32")]
    ways += [(f"{args.device}*{n}", dtype) for dtype in ("float32", "bfloat16") for n in PROCESSES]
    rows, reference = [], {}
    for devices, dtype in ways:
        rows.append(train(plan(args, corpus, dtype, SIZES, SEEDS), corpus, devices))
        scores = rows[-1].pop("scores")
        reference = reference or scores
        rows[-1] |= {"dtype": dtype, **compare_scores(scores, reference)}
        print(json.dumps(rows[-1]), flush=True)
    best = max(rows, key=lambda row: row["models an hour"])
    sizes = ",".join(str(round(10 * 1.1**step) + step) for step in range(N_CURVE))  # 10 to 450
    curve = train(plan(args, corpus, best["dtype"], sizes, range(1)), corpus, best["devices"])
    curve |= {"dtype": best["dtype"], "models": len(curve.pop("scores"))}
    print(json.dumps(curve))
    machine = " + ".join(device.title for device in list_devices())
    result = {"machine": machine, "rows": rows, "curve": curve}
    path = ROOT / "benchmarks" / "results" / "gpu.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def plan(args, corpus, dtype, sizes, seeds):
    """Return a study of few-shot models in a number format."""
    study = plan_study(
        name="gpu", targets=[corpus], sources=(), corpora={corpus.name: corpus}, sizes=sizes, seeds=seeds,
        model=choose_model(args.model, "quick"), preset="quick",
    )  # fmt: skip
    settings = replace(study.jobs[0].settings, dtype=dtype)
    return replace(study, jobs=tuple(replace(job, settings=settings) for job in study.jobs))


def train(study, corpus, devices):
    """Return seconds, models an hour, the GPU's largest memory in MB, and the F1 of each model."""
    os.environ["BIONER_DEVICES"] = devices
    memory, is_over = [0], threading.Event()

    def watch():
        while not is_over.wait(0.5):
            memory.append(read_memory())

    thread = threading.Thread(target=watch)
    thread.start()
    began, scores = time.perf_counter(), {}
    for outcome in run_locally(
        study.jobs,
        corpora={corpus.name: corpus},
        runner=load_torch_and_train,
        cache=locate_cache_folder(),
    ):
        if isinstance(outcome, JobFailure):
            print(outcome.reason)
        if isinstance(outcome, JobResult):
            f1 = statistics.mean(point.f1 for point in outcome.points)
            scores[outcome.job.n_sentences, outcome.job.seed] = f1
    seconds = time.perf_counter() - began
    is_over.set()
    thread.join()
    del os.environ["BIONER_DEVICES"]
    per_hour = 3600 * len(scores) / seconds
    return {
        "devices": devices,
        "seconds": round(seconds, 1),
        "models an hour": round(per_hour, 1),
        f"hours for {N_STUDY} models": round(N_STUDY / per_hour, 2),
        "memory of the GPU (MB)": max(memory),
        "scores": scores,
    }


def read_memory():
    """Return the memory in use on the first GPU, in MB; 0 without a driver."""
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    return int(answer.stdout.split()[0])


def compare_scores(scores, reference):
    """Return the mean difference of F1 from the reference, and the reference's spread between seeds."""
    both = scores.keys() & reference.keys()
    sizes = {size for size, _ in both}
    spread = [statistics.pstdev(f1 for (n, _), f1 in reference.items() if n == size) for size in sizes]
    difference = statistics.mean(scores[key] - reference[key] for key in both)
    return {
        "mean difference of F1": round(difference, 4),
        "spread of seeds": round(statistics.mean(spread), 4),
    }


if __name__ == "__main__":
    main()
