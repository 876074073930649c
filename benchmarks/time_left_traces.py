"""Compare estimates of the time left on the same traces: ``python benchmarks/time_left_traces.py``.

A trace holds what models reported, and when: recorded by ``benchmarks/time_left.py --trace``, or made here
for a case that is hard ("synthetic"). ``--before`` names the file of another estimator, such as the output
of ``git show REVISION:bioner_core/study/time_left.py``. Both see the same reports at the same times.
"""

import argparse
import gzip
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests/study"), str(ROOT / "benchmarks")]

from fake_runner import MODEL, build_corpus, build_result  # noqa: E402
from time_left import compare_time_left  # noqa: E402

from bioner_core.study import reading_time, throughput, time_left  # noqa: E402
from bioner_core.study.executors.schedule import Schedule  # noqa: E402
from bioner_core.study.jobs import JobProgress, Settings, TrainJob  # noqa: E402
from bioner_core.study.pace import Pace  # noqa: E402
from bioner_core.study.plan import Study, plan_study  # noqa: E402
from bioner_core.study.study_file import parse_study  # noqa: E402
from bioner_core.study.workload import compute_job_workload  # noqa: E402

TRACES = ROOT / "benchmarks/results/time_left_traces"
REPORT_SECONDS = 1.0  # between two reports of a model in synthetic traces
START_SECONDS = 4.0  # of a process, in synthetic traces
UNITS_PER_SECOND = 600.0  # that a slot trains, in synthetic traces


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What the models of a study reported, and what its worker knew before."""

    name: str
    study: Study
    events: list[tuple[float, JobProgress | TrainJob]]  # seconds since the start; a job: it is done
    taken: float  # seconds
    pace: Pace = field(default_factory=Pace)
    words: dict[str, int] = field(default_factory=dict)
    n_at_once: int | None = None


def compare_estimators() -> None:
    """Print a line a trace and estimator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="the file of another estimator")
    args = parser.parse_args()
    modules = {"before": load_module(args.before)} if args.before else {}
    modules["now"] = time_left
    print(
        "trace | estimator | first shown | at 10 % | 25 % | 50 % | 75 % | 90 % | median error | within 25 %"
    )
    for trace in (*read_traces(), *make_traces()):
        for name, module in modules.items():
            row = compare_time_left(replay(trace, module), trace.taken)
            shown = [" of ".join(map(str, pair or ["–", "–"])) for pair in row["shown_and_true_at"].values()]
            numbers = [f"{100 * row[name]:.0f} %" for name in ("median_error", "within_tolerance")]
            print(" | ".join((trace.name, name, f"{row['first_shown_at']} s", *shown, *numbers)))


def load_module(path: Path) -> ModuleType:
    """Return the module of a file."""
    spec = importlib.util.spec_from_file_location("time_left_before", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def replay(trace: Trace, module: ModuleType) -> list[tuple[float, float | None]]:
    """Return each second of a trace with the time left that an estimator gives then."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    real = [(part, part.time) for part in (module, reading_time, throughput)]
    try:
        for part, _ in real:
            part.time = clock
        options = {"words": trace.words, "pace": trace.pace, "n_at_once": trace.n_at_once}
        estimator = module.TimeLeftEstimator(trace.study.jobs, trace.study.train_sizes, **options)
        seen, reported_at = [], -1.0
        for at, event in trace.events:
            now[0] = at
            estimator.observe(build_result(event) if isinstance(event, TrainJob) else event)
            if at - reported_at >= 1:
                seen.append((at, estimator.measure_progress().seconds_left))
                reported_at = at
        return seen
    finally:
        for part, clock in real:
            part.time = clock


def read_traces() -> Iterator[Trace]:
    """Yield the recorded traces."""
    for path in sorted(TRACES.glob("*.json.gz")):
        record = json.loads(gzip.decompress(path.read_bytes()))
        study = parse_study(record["study"], name=path.stem, where=path.name)
        jobs = {job.id: job for job in study.jobs}
        events = [
            (
                at,
                JobProgress(
                    job=jobs[job], phase=phase, done=rest[0], total=rest[1], seconds_per_pass=rest[2]
                ),
            )
            if rest
            else (at, jobs[job])
            for at, job, phase, *rest in record["events"]
        ]
        yield Trace(
            name=path.name.removesuffix(".json.gz"),
            study=study,
            events=events,
            taken=record["taken"],
            pace=Pace(**record["pace"]),
            words=record["words"],
            n_at_once=record["n_at_once"],
        )


def parse_report(job: TrainJob, phase: str, done: int, total: int, trial: float | None) -> JobProgress:
    """Return the report of a model."""
    return JobProgress(job=job, phase=phase, done=done, total=total, seconds_per_pass=trial)


def make_traces() -> Iterator[Trace]:
    """Yield synthetic traces of two slots: of an even study, of models of very different sizes, of few."""
    even = plan_synthetic("50,100,200,400,800,full", n_seeds=8, min_steps=300)
    mixed = plan_synthetic("50,100,200,400,800,1600,full", n_seeds=2, min_steps=50, n=8000)
    large = plan_synthetic("4000,full", n_seeds=3, min_steps=50, n=4000)
    unit = 1 / (2 * UNITS_PER_SECOND)  # seconds by the clock, while two slots train
    half = compute_end(even) / 2

    def slow_down(at: float) -> float:
        return 1.0 if at < half else 0.5

    def speed_up(at: float) -> float:
        return 0.5 if at < half else 1.0

    for name, study, kept, speed in (
        ("steady, no speed kept", even, None, None),
        ("steady, speed kept", even, 1.0, None),
        ("speed kept is twice too high", even, 0.5, None),
        ("speed kept is twice too low", even, 2.0, None),
        ("speed falls to a half midway", even, 1.0, slow_down),
        ("speed doubles midway", even, 2.0, speed_up),
        ("models of very different sizes", mixed, None, None),
        ("three large models on two slots", large, None, None),
    ):
        events = list(simulate(study, speed or (lambda at: 1.0)))
        pace = Pace(seconds_per_unit=kept and kept * unit)
        name = f"synthetic: {name}"
        yield Trace(name=name, study=study, events=events, taken=events[-1][0], pace=pace)


def plan_synthetic(sizes: str, *, n_seeds: int, min_steps: int, n: int = 1000) -> Study:
    """Plan a study on a corpus that does not exist."""
    corpus = build_corpus("target", n=n, n_test=n * 3 // 7)
    settings = Settings(epochs=12, batch_size=16, min_steps=min_steps)
    options = {"model": MODEL, "method": "finetune", "sizes": sizes, "seeds": range(n_seeds)}
    return plan_study(name="synthetic", targets=[corpus], settings=settings, **options)


def compute_end(study: Study) -> float:
    """Return when a study ends whose speed does not change."""
    return list(simulate(study, lambda at: 1.0))[-1][0]


def simulate(study: Study, speed: Callable[[float], float]) -> Iterator[tuple[float, JobProgress | TrainJob]]:
    """Yield the reports of two slots.

    :param speed: of both at a time, as a multiple of the usual one.
    """
    corpora = {name: SimpleNamespace(sentences=range(n * 10 // 7)) for name, n in study.train_sizes.items()}
    schedule = Schedule(study.jobs, corpora=corpora, n_slots=2)
    slots: list[tuple[TrainJob, float] | None] = [None, None]
    at = 0.0
    while len(schedule) or any(slots):
        for number, slot in enumerate(slots):
            if slot is None and (jobs := schedule.take(number)):
                slots[number] = (jobs[0], 0.0)
                yield at, JobProgress(job=jobs[0], phase="training" if at else "starting", done=0, total=1000)
            elif slot and at >= START_SECONDS:
                job, done = slot
                total = compute_job_workload(job, study.train_sizes)
                done += UNITS_PER_SECOND * speed(at) * REPORT_SECONDS
                slots[number] = (job, done) if done < total else None
                report = JobProgress(job=job, phase="training", done=int(1000 * done / total), total=1000)
                yield at, report if done < total else job
        at += REPORT_SECONDS


if __name__ == "__main__":
    compare_estimators()
