"""Train the LSTM-CRF beside probe and fine-tuned encoder: ``python benchmarks/lstm_crf.py [CORPUS …]``.

Quick preset, one seed, word vectors trained on the corpus. Models in the results file are not trained again.
The seconds of a model leave out what all models of a corpus share: vectors and features.
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path

import torch

from bioner_core.corpus.opening import open_corpus
from bioner_core.files import locate_cache_folder
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.jobs import JobFailure, JobResult
from bioner_core.study.plan import plan_study
from bioner_core.tagging.run import run_jobs

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora"
RESULTS = ROOT / "benchmarks" / "results" / "lstm_crf.json"
MODELS = {
    "lstm-crf": ("lstm-crf", "quick"),
    "probe": (None, "probe"),
    "fine-tuned": ("multilingual-e5-small-q4", "quick"),
}


def main():
    """Store seconds and F1 of each model after it is trained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="*", default=["rumedner_ru", "bc5cdr"])
    parser.add_argument("--sizes", default="100,400,1000")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    args = parser.parse_args()
    results = (
        json.loads(RESULTS.read_text()) if RESULTS.exists() else {"machine": describe_machine(), "models": []}
    )
    for name in args.corpora:
        corpus = open_corpus(str(DATA / name)).corpus
        for title in args.models:
            model, preset = MODELS[title]
            study = plan_study(name=title, targets=[corpus], model=choose_model(model, preset), preset=preset,
                         sizes=args.sizes, seeds=[0])  # fmt: skip
            finished = {row["job"] for row in results["models"]}
            jobs = [job for job in study.jobs if job.id not in finished]
            for row in train_jobs(jobs, corpus):
                row["title"] = title
                print(row, flush=True)
                results["models"].append(row)
                results["settings"] = {**results.get("settings", {}), title: vars(study.settings)}
                RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def train_jobs(jobs, corpus):
    """Yield the record of each job, and the seconds before the first model: vectors or features."""
    began, shared = time.perf_counter(), None
    for outcome in run_jobs(jobs, corpora={corpus.name: corpus}, device="cpu", cache=locate_cache_folder()):
        if isinstance(outcome, JobFailure):
            raise SystemExit(outcome.reason)
        if shared is None and getattr(outcome, "phase", "").startswith("training") and outcome.total > 1:
            shared = time.perf_counter() - began
        if isinstance(outcome, JobResult):
            yield {
                "job": outcome.job.id,
                "corpus": corpus.name,
                "n_sentences": outcome.job.n_sentences,
                "f1": {point.entity: round(100 * point.f1, 2) for point in outcome.points},
                "seconds": round(outcome.points[0].seconds, 1),
                "shared_seconds": round(shared or 0.0, 1),
            }


def describe_machine():
    """Describe where this ran."""
    return (
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, one thread a model, "
        f"load {os.getloadavg()[0]:.1f} at the start, torch {torch.__version__}"
    )


if __name__ == "__main__":
    main()
