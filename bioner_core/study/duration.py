"""Describe the size of a study and estimate its time from earlier training on this machine."""

from collections import Counter
from collections.abc import Callable, Iterable

from bioner_core.errors import BionerError
from bioner_core.study.executors.devices import list_devices, summarize_devices
from bioner_core.study.journal import PointRow
from bioner_core.study.plan import Study
from bioner_core.study.provenance import describe_devices, read_hostname
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.study.workload import compute_total_workload, count_study_passes

ENOUGH_JOBS = 200  # newest first: older programs and other loads are less representative


def format_workload(study: Study) -> str:
    """Return the size of a plan, such as "24 models, 31,000 sentence-passes"."""
    count, passes = len(study.jobs), _round_to_two_digits(count_study_passes(study))
    return f"{count:,} model{'s' * (count != 1)}, {passes:,} sentence-passes"


def format_duration(seconds: float) -> str:
    """Return a duration as text.

    >>> format_duration(40), format_duration(2400), format_duration(9000), format_duration(200_000)
    ('40 s', '40 min', '2.5 h', '56 h')
    """
    if seconds < 99:
        return f"{seconds:.0f} s"
    if seconds < 99 * 60:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"


def estimate_seconds(study: Study, store: RunStore) -> float | None:
    """Return the estimated seconds for all jobs of a study on this machine; None without a measurement.

    The speed is measured on jobs of the same model and method that this machine's devices finished: seconds
    per unit of workload. Devices train in parallel.
    """
    user_runs = (run for run in store.runs() if not run.is_shipped)
    machine = (read_hostname(), describe_devices())
    speed = _measure_speed(user_runs, study, is_measured=lambda row: (row.host, row.device) == machine)
    if speed is None:
        return None
    return compute_total_workload(study.jobs, study.train_sizes) * speed / len(list_devices())


def measure_run_speed(run: Run) -> float | None:
    """Return the seconds per unit of workload of a run's finished jobs; None where no time is known."""
    return _measure_speed([run], run.study, is_measured=lambda row: True)


def format_time_elsewhere(study: Study, store: RunStore) -> str:
    """Return that the time on this machine is unknown, and the time on the machine of the shipped runs."""
    unknown = "The time is unknown: no similar model was trained on this machine yet."
    key = _build_speed_key(study)
    shipped = [run for run in store.runs() if run.is_shipped and _build_speed_key(run.study) == key]
    machines = Counter(row.device for run in shipped for row in run.rows() if row.point.seconds)
    machine = max(machines, key=machines.__getitem__, default="")
    speed = _measure_speed(shipped, study, is_measured=lambda row: row.device == machine)
    if speed is None:
        return unknown
    time = format_duration(compute_total_workload(study.jobs, study.train_sizes) * speed)
    return f"{unknown} On another machine ({machine}), it would take {time}, one model after the other."


def format_planned_work(study: Study, store: RunStore) -> str:
    """Return size and time of a plan as a sentence without its full stop."""
    seconds = estimate_seconds(study, store)
    text = format_workload_and_time(study, seconds)
    return text if seconds is not None else f"{text}. {format_time_elsewhere(study, store).rstrip('.')}"


def format_workload_and_time(study: Study, seconds: float | None) -> str:
    """Return size and time: "24 models, 31,000 sentence-passes, about 40 min on this machine's CPU".

    :param seconds: from ``estimate_seconds``; None leaves the time out.
    """
    if seconds is None:
        return format_workload(study)
    return (
        f"{format_workload(study)}, about {format_duration(seconds)} on this machine's {summarize_devices()}"
    )


def _measure_speed(
    runs: Iterable[Run], study: Study, *, is_measured: Callable[[PointRow], bool]
) -> float | None:
    """Return the seconds per unit of workload of jobs like the study's; None without such jobs."""
    seconds = workload = 0.0
    n_jobs = 0
    for run in runs:
        try:
            run_seconds, run_workload, count = _sum_similar_jobs(run, study, is_measured)
        except BionerError:  # skip damaged runs; their page shows the error
            continue
        seconds, workload, n_jobs = seconds + run_seconds, workload + run_workload, n_jobs + count
        if n_jobs >= ENOUGH_JOBS:
            break
    return seconds / workload if workload else None


def _sum_similar_jobs(
    run: Run, study: Study, is_measured: Callable[[PointRow], bool]
) -> tuple[float, float, int]:
    """Return seconds, workload and number of the jobs of a run that are like the study's."""
    if _build_speed_key(run.study) != _build_speed_key(study):
        return 0.0, 0.0, 0
    times = {
        row.job: row.point.seconds for row in run.rows() if row.job and row.point.seconds and is_measured(row)
    }
    jobs = [job for job in run.study.jobs if job.id in times]
    workload = compute_total_workload(jobs, run.study.train_sizes)  # includes pretraining
    return sum(times[job.id] or 0.0 for job in jobs), workload, len(jobs)


def _build_speed_key(study: Study) -> tuple[object, ...]:
    """Return the fields that decide the speed per sentence; empty without jobs."""
    return next(((job.model, job.method, job.settings.dtype) for job in study.jobs), ())


def _round_to_two_digits(count: int) -> int:
    """Round a count to two digits: it is an estimate."""
    return round(count, 2 - len(str(count)))
