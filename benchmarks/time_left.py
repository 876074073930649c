"""Foretold and taken time of probes: ``python benchmarks/time_left.py [CORPUS …] [--backend PLACE]``.

Each corpus is probed as Upload does, in folders of its own: the first one on a machine that has trained
nothing, with an empty cache; the next ones with the speed that it measured. Noted are the time that is
foretold before the start, and each second the time left that the page shows; both are compared with the
truth at the end. ``--fixed`` trains all sizes for 8 seeds instead: nobody knows the end of a search before.
``--trace`` keeps what the models reported, and when, for ``benchmarks/time_left_traces.py``.
"""

import argparse
import gzip
import json
import os
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora"
CORPORA = {"rumedner_ru": SHARED / "rumedner_ru", "phee": SHARED / "phee" / "phee-brat.zip"}
N_SENTENCES = 2000  # of a larger corpus the first ones
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)  # of the time taken, at which the time left is compared
TOLERANCE = 0.25
TRACE_SECONDS = 0.5  # between two reports of a model that a trace keeps


def run_benchmark():
    """Print the result, and store it behind those of earlier runs: other programs load the machine, too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="*", default=[*CORPORA], help="names or files")
    parser.add_argument("--backend", default="local", help="such as ray, for a cluster of this machine")
    parser.add_argument("--fixed", action="store_true", help="train a plan without a search")
    parser.add_argument("--seeds", type=int, default=8, help="of a plan without a search")
    parser.add_argument("--trace", action="store_true", help="keep what the models reported, and when")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNS", "CORPORA", "SETTINGS", "CACHE", "QUEUE"):
            os.environ[f"BIONER_{name}"] = str(Path(folder) / name.lower())
        rows = [measure_probe(name, Path(CORPORA.get(name, name)), args) for name in args.corpora]
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


def measure_probe(name, path, args):
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
    if args.fixed:
        options = {"name": f"{name} fixed", "preset": PRESET, "seeds": range(args.seeds)}
        study = plan_study(targets=[corpus], model=choose_model(None, PRESET), **options)
    backend = parse_backend(args.backend)
    foretold = estimate_seconds(study, store, {corpus.name: corpus}, backend.place)
    run = open_or_create_run(study, corpus, store)
    remember_backend(run, backend)
    trace = Trace(run, corpus, backend.place)
    executor = trace.record(open_executor(run)) if args.trace else open_executor(run)
    began, seen = time.monotonic(), {}
    options = {"executor": executor, "runner": load_torch_and_train, "chooser": choose_next_models}
    for _ in train_pending_jobs(run, cache=locate_cache_folder(), **options):
        seconds = time.monotonic() - began
        seen.setdefault(int(seconds), (seconds, run.state().seconds_left))
    taken = time.monotonic() - began
    if args.trace:
        trace.save(f"{name} {args.backend.partition(':')[0]}", taken)
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


class Trace:
    """What the models of a run report, with the time; and what a worker knows before."""

    def __init__(self, run, corpus, place):
        from bioner_core.study.executors.slots import count_models_at_once
        from bioner_core.study.pace import count_words_to_read, load_pace
        from bioner_core.study.study_file import serialize_study

        jobs = run.study.jobs
        self.began, self.events, self.latest = time.monotonic(), [], {}
        self.basis = {
            "study": json.loads(serialize_study(run.study)),
            "words": count_words_to_read(jobs, {corpus.name: corpus}, place),
            "pace": asdict(load_pace(run.folder.parent, jobs, place)),
            "n_at_once": None if place else count_models_at_once(jobs),
        }

    def record(self, executor):
        """Return an executor that notes what another one yields."""

        def record_outcomes(jobs, **options):
            with closing(executor(jobs, **options)) as outcomes:
                for outcome in outcomes:
                    self.note(outcome)
                    yield outcome

        return record_outcomes

    def note(self, outcome):
        """Keep an outcome; of a model in the same phase, one each half a second."""
        at, phase = time.monotonic() - self.began, getattr(outcome, "phase", "done")
        before = self.latest.get(outcome.job.id, (-1.0, ""))
        trial = getattr(outcome, "seconds_per_pass", None)
        if phase == before[1] and at - before[0] < TRACE_SECONDS:
            return
        self.latest[outcome.job.id] = (at, phase)
        steps = [outcome.done, outcome.total, trial] if phase != "done" else []
        self.events.append([round(at, 2), outcome.job.id, phase, *steps])

    def save(self, name, taken):
        """Write the trace beside the results of benchmarks."""
        path = ROOT / "benchmarks/results/time_left_traces" / f"{name}.json.gz"
        path.parent.mkdir(exist_ok=True)
        record = {**self.basis, "events": self.events, "taken": round(taken, 2)}
        path.write_bytes(gzip.compress(json.dumps(record).encode(), mtime=0))


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
