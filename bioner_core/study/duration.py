"""How much a study is, and how long it takes here, by what was trained on this machine before."""

from collections import Counter
from collections.abc import Callable, Iterable

from bioner_core.errors import BionerError
from bioner_core.study.executors.devices import devices, devices_in_words
from bioner_core.study.journal import Row
from bioner_core.study.plan import Study
from bioner_core.study.provenance import device, host
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.study.workload import sentence_passes, total_effort

ENOUGH_JOBS = 200  # newest first: older programs and loads say less


def describe(study: Study) -> str:
    """Return how much a plan is, such as "24 models, 31,000 sentence-passes"."""
    count = len(study.jobs)
    return f"{count:,} model{'s' * (count != 1)}, {_rounded(sentence_passes(study)):,} sentence-passes"


def duration(seconds: float) -> str:
    """Return a time in words.

    >>> duration(40), duration(2400), duration(9000), duration(200_000)
    ('40 s', '40 min', '2.5 h', '56 h')
    """
    if seconds < 99:
        return f"{seconds:.0f} s"
    if seconds < 99 * 60:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"


def expected_seconds(study: Study, store: RunStore) -> float | None:
    """Return the seconds all jobs of a study take on this machine; None where nothing like it was measured.

    Measured are jobs of the same model and method that this machine's devices finished: their seconds over
    the sentences they read. Devices work side by side.
    """
    own = (run for run in store.runs() if not run.is_shipped)
    each = _seconds_each(own, study, is_here=lambda row: (row.host, row.device) == (host(), device()))
    return None if each is None else total_effort(study.jobs, study.train_sizes) * each / len(devices())


def time_elsewhere(study: Study, store: RunStore) -> str:
    """Say that the time here is not known, and what shipped runs tell of the machine they were trained on."""
    told = "How long it takes is not known: nothing like it was trained on this machine yet."
    shipped = [run for run in store.runs() if run.is_shipped and _kind(run.study) == _kind(study)]
    machines = Counter(row.device for run in shipped for row in run.rows() if row.point.seconds)
    machine = max(machines, key=machines.__getitem__, default="")
    each = _seconds_each(shipped, study, is_here=lambda row: row.device == machine)
    if each is None:
        return told
    seconds = total_effort(study.jobs, study.train_sizes) * each
    return f"{told} On another one ({machine}), one model after the other, it would take {duration(seconds)}."


def plan_in_words(study: Study, store: RunStore) -> str:
    """Return a plan in a sentence, without its full stop, and what is known of its time."""
    seconds = expected_seconds(study, store)
    told = describe_here(study, seconds)
    return told if seconds is not None else f"{told}. {time_elsewhere(study, store).rstrip('.')}"


def describe_here(study: Study, seconds: float | None) -> str:
    """Return how much a plan is: "24 models, 31,000 sentence-passes, about 40 min on this machine's CPU".

    :param seconds: as ``expected_seconds`` expects them; None leaves the time out.
    """
    if seconds is None:
        return describe(study)
    return f"{describe(study)}, about {duration(seconds)} on this machine's {devices_in_words()}"


def _seconds_each(runs: Iterable[Run], study: Study, *, is_here: Callable[[Row], bool]) -> float | None:
    """Return the seconds a sentence took in jobs like the study's; None where none is known."""
    seconds = sentences = 0.0
    n_jobs = 0
    for run in runs:
        try:
            took, read, count = _measured(run, study, is_here)
        except BionerError:  # a broken run tells nothing; its own page says why
            continue
        seconds, sentences, n_jobs = seconds + took, sentences + read, n_jobs + count
        if n_jobs >= ENOUGH_JOBS:
            break
    return seconds / sentences if sentences else None


def _measured(run: Run, study: Study, is_here: Callable[[Row], bool]) -> tuple[float, float, int]:
    """Return seconds, sentences and number of the jobs of a run that speak for the study."""
    if _kind(run.study) != _kind(study):
        return 0.0, 0.0, 0
    times = {
        row.job: row.point.seconds for row in run.rows() if row.job and row.point.seconds and is_here(row)
    }
    jobs = [job for job in run.study.jobs if job.id in times]
    read = total_effort(jobs, run.study.train_sizes)  # jobs that come first pretrain, too
    return sum(times[job.id] or 0.0 for job in jobs), read, len(jobs)


def _kind(study: Study) -> tuple[object, ...]:
    """Return what makes jobs of two studies equally fast, by the sentence."""
    return next(((job.model, job.method, job.settings.dtype) for job in study.jobs), ())


def _rounded(count: int) -> int:
    """Return a count to two digits: more would feign precision."""
    return round(count, 2 - len(str(count)))
