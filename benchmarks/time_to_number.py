"""Core-seconds until the number is exact: ``python benchmarks/time_to_number.py [--partial RUN]``.

A user without this program trains the grid of seven sizes and three seeds in a loop of the Hugging Face
Trainer. Which models it takes until the 90 % interval is narrow enough is replayed on models of a run that
were really trained, for the grid and for the search; the search may choose among these models only. What a
model costs is measured here, in turns: seconds of processor time a sentence, in training and in scoring, of
the Trainer (``pip install accelerate``) and of this program. The probe is run as a whole, without caches.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
import transformers as hf  # noqa: E402

from benchmarks.training import build_trainer_rows  # noqa: E402
from bioner_core.analysis.resampling import estimate_sampling_noise  # noqa: E402
from bioner_core.corpus.opening import open_corpus  # noqa: E402
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets  # noqa: E402
from bioner_core.curves.curve import build_curves  # noqa: E402
from bioner_core.curves.placement import Candidate, choose_candidate, measure_precision  # noqa: E402
from bioner_core.curves.points import AVERAGES, NONE  # noqa: E402
from bioner_core.files import locate_cache_folder  # noqa: E402
from bioner_core.study.encoder_choice import PACKAGED  # noqa: E402
from bioner_core.study.jobs import TrainJob  # noqa: E402
from bioner_core.study.presets import PRESETS  # noqa: E402
from bioner_core.study.search_plan import N_SEEDS, choose_first_sizes  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402
from bioner_core.study.workload import count_training_passes  # noqa: E402
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora  # noqa: E402
from bioner_core.tagging.encoders.encoder import load_encoder  # noqa: E402
from bioner_core.tagging.examples import build_examples  # noqa: E402
from bioner_core.tagging.finetuning.kind import FineTuningKind  # noqa: E402
from bioner_core.tagging.packaged_encoder.packaged_encoder import prepare_packaged_encoder  # noqa: E402
from bioner_core.tagging.partial.kind import PartialKind  # noqa: E402
from bioner_core.tagging.split_corpora import SplitCorpora  # noqa: E402

OUT = ROOT / "benchmarks/results/time_to_number.json"
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora"
RUN, TARGET, UNTIL = "rumedner-finetuned", "rumedner_ru", 1.5
N_TYPES = 2
N_SENTENCES, N_STEPS, N_SCORED = 800, 10, 160  # drawn, steps a round, scored a round
GRID, GRID_SEEDS = (50, 100, 200, 400, 800, 1600, "full"), 3
GOALS = (0.99, 0.95)
# A child counts the memory of the process that forked it: so this small one starts the command.
COUNT = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
"""


@dataclass(frozen=True)
class Result:
    """What some models tell, and what they took to train."""

    jobs: tuple[TrainJob, ...]
    ratio: float | None  # high / low of the 90 % interval
    choosing_seconds: float = 0.0  # of processor time, to choose models and to compute intervals

    @property
    def n_passes(self):
        """Return the sentences that training read."""
        return sum(map(count_training_passes, self.jobs))


class Oracle:
    """The models of a target without pretraining that a run has trained."""

    def __init__(self, run, target, goal):
        self.run, self.goal = run, goal
        points = [p for p in run.points() if (p.target, p.source) == (target, NONE)]
        self.points = [p for p in points if p.entity not in AVERAGES]
        done = run.finished_job_ids()
        jobs = [j for j in run.study.jobs if j.id in done and (j.target, j.source) == (target, NONE)]
        self.jobs = {(job.n_sentences, job.seed): job for job in jobs}
        self.noise = estimate_sampling_noise(run, RunStore())
        self.full = run.study.train_sizes[target]

    def get_jobs(self, sizes, seeds):
        """Return the jobs of some sizes and seeds, in this order."""
        numbers = [self.full if n == "full" else n for n in sizes]
        return [self.jobs[n, seed] for seed in seeds for n in numbers if (n, seed) in self.jobs]

    def build_curves(self, jobs):
        """Return the curves of some models."""
        chosen = {(job.n_sentences, job.seed) for job in jobs}
        return build_curves([p for p in self.points if (p.n_sentences, p.seed) in chosen])

    def measure(self, jobs):
        """Return how exact the number is with these models."""
        options = {"fraction": self.goal, "goal_f1": None, "noise": self.noise}
        return measure_precision(self.build_curves(jobs), **options).ratio

    def answer(self, jobs):
        """Return the number with its ends."""
        options = {"fraction": self.goal, "goal_f1": None, "noise": self.noise}
        (row,) = combine_types(compute_curve_budgets(self.build_curves(jobs), **options))
        return {"n": row.n_plan, "low": row.n_low, "high": row.n_high}


def replay_grid(oracle):
    """Return what the grid tells after each seed."""
    results = []
    for n_seeds in range(1, GRID_SEEDS + 1):
        began = time.process_time()
        jobs = tuple(oracle.get_jobs(GRID, range(n_seeds)))
        results.append(Result(jobs, oracle.measure(jobs), time.process_time() - began))
    return results


def replay_search(oracle, *, until):
    """Return what a search tells after each model, until the interval is narrow enough.

    It begins with the trained sizes that are nearest to those of a search.
    """
    began = time.process_time()
    trained = {n for n, _ in oracle.jobs}
    first = [oracle.full if n == "full" else n for n in choose_first_sizes(oracle.full)]
    sizes = sorted({min(trained, key=lambda n: abs(math.log(n / size))) for size in first})
    jobs = oracle.get_jobs(sizes, range(N_SEEDS))
    results = []
    while True:
        ratio = oracle.measure(jobs)
        results.append(Result(tuple(jobs), ratio, time.process_time() - began))
        left = [job for job in oracle.jobs.values() if job not in jobs]
        if not left or (ratio is not None and ratio <= until):
            return results
        offers = {_build_candidate(job): job for job in left}
        options = {"fraction": oracle.goal, "goal_f1": None, "noise": oracle.noise}
        choice = choose_candidate(oracle.build_curves(jobs), list(offers), **options)
        jobs.append(offers[choice.candidate] if choice else left[0])


def _build_candidate(job):
    return Candidate(
        target=job.target, source=job.source, n=job.n_sentences, seed=job.seed, is_full=job.is_full,
        cost=float(count_training_passes(job)),
    )  # fmt: skip


class Peer:
    """The Hugging Face Trainer on the same sentences, with the same batch size."""

    def __init__(self, job, sentences, examples):
        folder = prepare_packaged_encoder(locate_cache_folder())
        tokenizer = load_encoder(PACKAGED, "", cache=locate_cache_folder()).tokenizer
        self.model = hf.AutoModelForTokenClassification.from_pretrained(
            folder, num_labels=1 + 2 * N_TYPES, dtype=torch.float32
        )
        self.rows = build_trainer_rows(tokenizer, sentences, examples)
        self.collator = hf.DataCollatorForTokenClassification(tokenizer)
        self.settings = job.settings

    def train(self, n_steps, seed):
        """Train some steps."""
        self._open(n_steps, seed).train()

    def score(self, n):
        """Predict the tags of ``n`` sentences."""
        self._open(1, 0).predict(self.rows[:n])

    def _open(self, n_steps, seed):
        settings, folder = self.settings, tempfile.mkdtemp()
        arguments = hf.TrainingArguments(
            output_dir=folder, per_device_train_batch_size=settings.batch_size, max_steps=n_steps,
            learning_rate=settings.learning_rate, warmup_steps=settings.warmup, seed=seed, use_cpu=True,
            weight_decay=settings.weight_decay, report_to=[], disable_tqdm=True, save_strategy="no",
            logging_strategy="no", dataloader_pin_memory=False,
        )  # fmt: skip
        return hf.Trainer(
            model=self.model, args=arguments, train_dataset=self.rows, data_collator=self.collator
        )


class Loop:
    """This program's loop for one kind of tagger."""

    def __init__(self, kind, job, sentences, types):
        for _ in kind.prepare(job):
            pass
        self.kind, self.settings = kind, replace(job.settings, min_steps=10**6)
        self.model = kind.build_model(job, [job.target], seed=0)
        self.examples = build_examples(
            kind, job, job.target, sentences, types=self.model.types, annotated=types
        )

    def train(self, n_steps, seed):
        """Train some steps."""
        for _ in islice(self.kind.train(self.model, self.examples, self.settings, seed=seed), n_steps):
            pass

    def score(self, n):
        """Predict the tags of ``n`` sentences."""
        self.kind.predict(self.model, self.examples[:n], decoding="words")


def measure_rates(run, target, path, *, n_rounds):
    """Return core-seconds a sentence of each loop, in training and in scoring: medians of rounds in turn."""
    corpus, cache = replace(open_corpus(path).corpus, name=target), locate_cache_folder()
    corpora = {target: corpus}
    split_corpora, encoded = SplitCorpora(corpora), EncodedCorpora(corpora, device="cpu", cache=cache)
    job = next(j for j in run.study.jobs if j.target == target and j.source == NONE)
    job = replace(job, settings=replace(job.settings, dtype="float32"))  # as the Trainer's
    split = split_corpora.split_target(job)
    sentences = split.draw_train(N_SENTENCES, seed=0)
    ours = Loop(FineTuningKind(split_corpora, encoded, cache=cache), job, sentences, split.types)
    loops = {"Trainer": Peer(job, sentences, ours.examples), "fine-tuning": ours}
    upper = replace(job, method="partial", settings=PRESETS["partial"].settings_for(job.model))
    kind = PartialKind(split_corpora, encoded, cache=cache)
    loops["partial"] = Loop(kind, upper, sentences, split.types)
    rates = {name: {"training": [], "scoring": []} for name in loops}
    for number in range(n_rounds + 1):
        for name, loop in loops.items():
            train = partial(loop.train, N_STEPS, number)
            score = partial(loop.score, N_SCORED)
            n_trained = N_STEPS * job.settings.batch_size
            for phase, function, n in (("training", train, n_trained), ("scoring", score, N_SCORED)):
                began = time.process_time()
                function()
                if number:  # the first round warms up
                    rates[name][phase].append((time.process_time() - began) / n)
    medians = {
        name: {phase: statistics.median(values) for phase, values in phases.items()}
        for name, phases in rates.items()
    }
    return medians, len(split.test)


def run_probe(corpus, goal):
    """Return what the probe's search takes and tells, in a new process without any cache."""
    with tempfile.TemporaryDirectory() as folder:
        places = {name: str(Path(folder, name.lower())) for name in ("BIONER_RUNS", "BIONER_CACHE")}
        command = [sys.executable, "-m", "bioner_core"]
        search = ["--preset", "probe", "--search", "--fraction", str(goal), "--run", "probe"]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", COUNT, *command, "curve", corpus, *search],
            env=os.environ | places, check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        core_seconds, peak_mb = json.loads(done.stdout)
        os.environ["BIONER_CACHE"] = places["BIONER_CACHE"]
        run = RunStore(Path(places["BIONER_RUNS"])).open("probe")
        oracle = Oracle(run, run.study.jobs[0].target, goal)
        jobs = list(oracle.jobs.values())
        return {
            "models": len(jobs),
            "passes": sum(map(count_training_passes, jobs)),
            "ratio": oracle.measure(jobs),
            **oracle.answer(jobs),
            "core_seconds": core_seconds,
            "seconds": time.perf_counter() - began,
            "peak_mb": peak_mb,  # of the largest process
        }


def select_stop(results, width):
    """Return the first result whose interval is as narrow as that."""
    return next(r for r in results if r.ratio is not None and r.ratio <= width)


def compare(oracle, rates, n_test):
    """Return the rows of a goal: what each way takes until its interval is as narrow as both reach."""
    ways = {"grid": replay_grid(oracle), "search": replay_search(oracle, until=UNTIL)}
    narrowest = [min(r.ratio for r in results if r.ratio) for results in ways.values()]
    width = max(UNTIL, *narrowest)
    rows = []
    for loop, plan in (("Trainer", "grid"), ("fine-tuning", "grid"), ("fine-tuning", "search")):
        result = select_stop(ways[plan], width)
        rate = rates[loop]
        seconds = result.n_passes * rate["training"] + len(result.jobs) * n_test * rate["scoring"]
        seconds += result.choosing_seconds if plan == "search" else 0
        rows.append({
            "loop": loop, "plan": plan, "models": len(result.jobs), "passes": result.n_passes,
            "ratio": round(result.ratio, 2), **oracle.answer(result.jobs), "core_seconds": round(seconds),
        })  # fmt: skip
    return width, rows


def main():
    """Print and store the table; those of other targets stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default=RUN, help="with fine-tuned models of the target")
    parser.add_argument("--target", default=TARGET)
    parser.add_argument("--corpus", default=str(DATA / TARGET), help="what the probe reads")
    parser.add_argument("--partial", help="a run with models of the method partial")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    run, goals = RunStore().open(args.run), []
    rates, n_test = measure_rates(run, args.target, args.corpus, n_rounds=args.rounds)
    for goal in GOALS:
        width, rows = compare(Oracle(run, args.target, goal), rates, n_test)
        if args.partial:
            rows += build_partial_rows(args, goal, width, rates, n_test)
        probe = run_probe(args.corpus, goal)
        rows.append({"loop": "probe", "plan": "search"} | {k: _round(v) for k, v in probe.items()})
        for row in rows:
            row["times_sooner"] = round(rows[0]["core_seconds"] / row["core_seconds"], 1)
            print(json.dumps({"goal": goal, **row}), flush=True)
        goals.append({"goal": goal, "width": round(width, 2), "rows": rows})
    result = {
        "what": f"core-seconds until the interval of the number of {args.target} is within a factor; models "
        "are replayed, their time is added up from seconds a sentence that are measured here",
        "core_seconds_a_sentence": {
            name: {phase: round(value, 4) for phase, value in phases.items()}
            for name, phases in rates.items()
        },
        "test_sentences": n_test,
        "goals": goals,
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}, torch {torch.__version__}, transformers {hf.__version__}",
    }
    stored = json.loads(OUT.read_text()) if OUT.exists() else {}
    OUT.write_text(json.dumps(stored | {args.target: result}, indent=1, ensure_ascii=False) + "\n")


def build_partial_rows(args, goal, width, rates, n_test):
    """Return the rows of a run of the preset partial, where it reaches the width."""
    run = RunStore().open(args.partial)
    oracle, rows = Oracle(run, args.target, goal), []
    for plan, results in (("grid", replay_grid(oracle)), ("search", replay_search(oracle, until=width))):
        result = min(results, key=lambda r: (r.ratio is None or r.ratio > width, r.n_passes))
        rate = rates["partial"]
        seconds = result.n_passes * rate["training"] + len(result.jobs) * n_test * rate["scoring"]
        rows.append({
            "loop": "partial", "plan": plan, "models": len(result.jobs),
            "passes": result.n_passes, "ratio": round(result.ratio, 2), **oracle.answer(result.jobs),
            "core_seconds": round(seconds + (result.choosing_seconds if plan == "search" else 0)),
        })  # fmt: skip
    return rows


def _round(value):
    return round(value, 2 if value < 10 else None) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
