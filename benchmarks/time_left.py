"""Foretold and taken time of probes: ``python benchmarks/time_left.py [CORPUS …] [--backend PLACE]``.

Each corpus is probed as Upload does, in folders of its own: the first one on a machine that has trained
nothing, with an empty cache; the next ones with the speed that it measured. Noted are the time that is
foretold before the start, and each second the time left that the page shows; both are compared with the
truth at the end. ``--fixed`` trains all sizes for 8 seeds instead: nobody knows the end of a search before.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora"
CORPORA = {"rumedner_ru": SHARED / "rumedner_ru", "phee": SHARED / "phee" / "phee-brat.zip"}
N_SENTENCES = 2000  # of a larger corpus the first ones
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)  # of the time taken, at which the time left is compared
TOLERANCE = 0.25


def run_benchmark():
    """Print the result, and store it behind those of earlier runs: other programs load the machine, too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="*", default=[*CORPORA], help="names or files")
    parser.add_argument("--backend", default="local", help="such as ray, for a cluster of this machine")
    parser.add_argument("--fixed", action="store_true", help="train a plan without a search")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNS", "CORPORA", "SETTINGS", "CACHE", "QUEUE"):
            os.environ[f"BIONER_{name}"] = str(Path(folder) / name.lower())
        rows = [
            measure_probe(name, Path(CORPORA.get(name, name)), place=args.backend, is_fixed=args.fixed)
            for name in args.corpora
        ]
    from bioner_core.study.provenance import describe_devices

    result = {
        "machine": describe_devices(),
        "place": args.backend,
        "load": os.getloadavg()[0],
        "probes": rows,
    }
    path = ROOT / "benchmarks/results/time_left.json"
    earlier = json.loads(path.read_text()) if path.exists() else []
    path.write_text(json.dumps([*earlier, result], indent=1) + "\n")
    print(json.dumps(result, indent=1))


def measure_probe(name, path, *, place, is_fixed):
    """Return what was foretold of a probe, and what it took."""
    from bioner_core.analysis.search import choose_next_models
    from bioner_core.answers.probe_study import PRESET, open_or_create_run, plan_probe
    from bioner_core.cli.runs import load_torch_and_train
    from bioner_core.corpus.opening import open_corpus
    from bioner_core.files import locate_cache_folder
    from bioner_core.study.duration import estimate_seconds
    from bioner_core.study.encoder_choice import choose_model
    from bioner_core.study.executors.backend import open_executor, parse_backend, remember_backend
    from bioner_core.study.pace import count_words
    from bioner_core.study.plan import plan_study
    from bioner_core.study.store import RunStore
    from bioner_core.study.worker import train_pending_jobs

    corpus = open_corpus(str(path)).corpus
    corpus = replace(corpus, name=name, sentences=corpus.sentences[:N_SENTENCES])
    store, study = RunStore(), plan_probe(corpus, choose_model(None, PRESET))
    if is_fixed:
        options = {"name": f"{name} fixed", "preset": PRESET, "seeds": range(8)}
        study = plan_study(targets=[corpus], model=choose_model(None, PRESET), **options)
    backend = parse_backend(place)
    foretold = estimate_seconds(study, store, {corpus.name: corpus}, backend.place)
    run = open_or_create_run(study, corpus, store)
    remember_backend(run, backend)
    began, seen = time.monotonic(), {}
    options = {"executor": open_executor(run), "runner": load_torch_and_train, "chooser": choose_next_models}
    for _ in train_pending_jobs(run, cache=locate_cache_folder(), **options):
        seconds = time.monotonic() - began
        seen.setdefault(int(seconds), (seconds, run.state().seconds_left))
    taken = time.monotonic() - began
    return {
        "corpus": name,
        "sentences": len(corpus.sentences),
        "words": count_words(corpus),
        "models": run.state().n_done,
        "search_end": run.study.search.last_round.end if run.study.search else "no search",
        "foretold": foretold and round(foretold),
        "taken": round(taken),
        **compare_time_left([*seen.values()], taken),
    }


def compare_time_left(seen, taken):
    """Return the time left that was shown, and the true one, at shares of the time; and the errors between.

    :param seen: seconds since the start, each with the time left then; None where none was shown.
    """
    shown = [(at, left) for at, left in seen if left is not None]
    errors = [abs(left / (taken - at) - 1) for at, left in shown if 0.1 * taken <= at <= 0.9 * taken]
    at_shares = {
        f"{share:.0%}": next(
            ([round(left), round(taken - at)] for at, left in shown if at >= share * taken), None
        )
        for share in SHARES
    }
    n_expected = sum(0.1 * taken <= at <= 0.9 * taken for at, _ in seen)
    return {
        "first_shown_at": round(shown[0][0]) if shown else None,
        "shown_and_true_at": at_shares,
        "median_error": round(statistics.median(errors), 3) if errors else None,
        "largest_error": round(max(errors), 3) if errors else None,
        "within_tolerance": round(sum(error <= TOLERANCE for error in errors) / max(1, n_expected), 3),
    }


if __name__ == "__main__":
    run_benchmark()
