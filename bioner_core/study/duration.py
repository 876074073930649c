"""How much a study is, and how long it takes here, by what was trained on this machine before."""

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

ENOUGH_JOBS = 200  # newest first: older programs and loads say less


def format_workload(study: Study) -> str:
    """Return how much a plan is, such as "24 models, 31,000 sentence-passes"."""
    count = len(study.jobs)
    return f"{count:,} model{'s' * (count != 1)}, {_round_to_two_digits(count_study_passes(study)):,} sentence-passes"


def format_duration(seconds: float) -> str:
    """Return a time in words.

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
    """Return the seconds all jobs of a study take on this machine; None where nothing like it was measured.

    Measured are jobs of the same model and method that this machine's devices finished: their seconds over
    the sentences they read. Devices work side by side.
    """
    own = (run for run in store.runs() if not run.is_shipped)
    each = _measure_seconds_per_sentence(
        own, study, is_here=lambda row: (row.host, row.device) == (read_hostname(), describe_devices())
    )
    return (
        None
        if each is None
        else compute_total_workload(study.jobs, study.train_sizes) * each / len(list_devices())
    )


def format_time_elsewhere(study: Study, store: RunStore) -> str:
    """Say that the time here is not known, and what shipped runs tell of the machine they were trained on."""
    told = "How long it takes is not known: nothing like it was trained on this machine yet."
    shipped = [
        run for run in store.runs() if run.is_shipped and _training_kind(run.study) == _training_kind(study)
    ]
    machines = Counter(row.device for run in shipped for row in run.rows() if row.point.seconds)
    machine = max(machines, key=machines.__getitem__, default="")
    each = _measure_seconds_per_sentence(shipped, study, is_here=lambda row: row.device == machine)
    if each is None:
        return told
    seconds = compute_total_workload(study.jobs, study.train_sizes) * each
    return f"{told} On another one ({machine}), one model after the other, it would take {format_duration(seconds)}."


def format_plan(study: Study, store: RunStore) -> str:
    """Return a plan in a sentence, without its full stop, and what is known of its time."""
    seconds = estimate_seconds(study, store)
    told = format_workload_and_time(study, seconds)
    return told if seconds is not None else f"{told}. {format_time_elsewhere(study, store).rstrip('.')}"


def format_workload_and_time(study: Study, seconds: float | None) -> str:
    """Return how much a plan is: "24 models, 31,000 sentence-passes, about 40 min on this machine's CPU".

    :param seconds: as ``estimate_seconds`` expects them; None leaves the time out.
    """
    if seconds is None:
        return format_workload(study)
    return (
        f"{format_workload(study)}, about {format_duration(seconds)} on this machine's {summarize_devices()}"
    )


def _measure_seconds_per_sentence(
    runs: Iterable[Run], study: Study, *, is_here: Callable[[PointRow], bool]
) -> float | None:
    """Return the seconds a sentence took in jobs like the study's; None where none is known."""
    seconds = sentences = 0.0
    n_jobs = 0
    for run in runs:
        try:
            took, read, count = _sum_measured_jobs(run, study, is_here)
        except BionerError:  # a broken run tells nothing; its own page says why
            continue
        seconds, sentences, n_jobs = seconds + took, sentences + read, n_jobs + count
        if n_jobs >= ENOUGH_JOBS:
            break
    return seconds / sentences if sentences else None


def _sum_measured_jobs(
    run: Run, study: Study, is_here: Callable[[PointRow], bool]
) -> tuple[float, float, int]:
    """Return seconds, sentences and number of the jobs of a run that speak for the study."""
    if _training_kind(run.study) != _training_kind(study):
        return 0.0, 0.0, 0
    times = {
        row.job: row.point.seconds for row in run.rows() if row.job and row.point.seconds and is_here(row)
    }
    jobs = [job for job in run.study.jobs if job.id in times]
    read = compute_total_workload(jobs, run.study.train_sizes)  # jobs that come first pretrain, too
    return sum(times[job.id] or 0.0 for job in jobs), read, len(jobs)


def _training_kind(study: Study) -> tuple[object, ...]:
    """Return what makes jobs of two studies equally fast, by the sentence."""
    return next(((job.model, job.method, job.settings.dtype) for job in study.jobs), ())


def _round_to_two_digits(count: int) -> int:
    """Return a count to two digits: more would feign precision."""
    return round(count, 2 - len(str(count)))
