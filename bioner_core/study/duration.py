"""Describe the size of a study and estimate its time from earlier training here or on a cluster."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.executors.devices import summarize_devices
from bioner_core.study.executors.slots import count_models_at_once
from bioner_core.study.jobs import READING_METHODS
from bioner_core.study.journal import PointRow
from bioner_core.study.pace import Pace, count_words_to_read, is_read, list_corpora_to_read, load_pace
from bioner_core.study.plan import Study
from bioner_core.study.provenance import describe_devices, read_hostname
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.study.workload import compute_total_workload, count_study_passes

ENOUGH_JOBS = 200  # newest first: older programs and other loads are less representative
WORDS_PER_SENTENCE = 20  # where the text of a corpus is not at hand


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


def estimate_seconds(
    study: Study, store: RunStore, corpora: Mapping[str, Corpus] | None = None, place: str = ""
) -> float | None:
    """Return the estimated seconds for all jobs of a study; None without a measurement.

    It counts the words that an encoder must read first, and the training, not what a search may add. The
    speed is that of the latest worker in that place for the same model and method; on this machine else
    that of finished jobs.

    :param corpora: by name; of others the words are estimated from their number of sentences.
    :param place: as ``Backend.place`` names it; "" is this machine.
    """
    if not study.jobs:
        return 0.0
    pace = load_pace(store.folder, study.jobs, place)
    training = _estimate_training_seconds(study, store, pace, place)
    if training is None:
        return None
    n_words = sum(_count_words(study, corpora or {}, place).values())
    reading = n_words / pace.words_per_second if pace.words_per_second else 0.0
    return reading + training


def _count_words(study: Study, corpora: Mapping[str, Corpus], place: str) -> dict[str, int]:
    """Return the words that frozen layers must read before others are trained, by corpus."""
    words = count_words_to_read(study.jobs, corpora, place)
    methods = {name: job.method for job in study.jobs for name in list_corpora_to_read(job)}
    for name in methods.keys() - corpora.keys():
        description = study.descriptions.get(name)
        if description and (place or not is_read(study.corpora[name], methods[name])):
            words[name] = WORDS_PER_SENTENCE * (description.sentences or 0)
    return words


def _estimate_training_seconds(study: Study, store: RunStore, pace: Pace, place: str) -> float | None:
    """Return the seconds of training alone; None without a measurement. Slots train in parallel."""
    workload = compute_total_workload(study.jobs, study.train_sizes)
    if pace.seconds_per_unit is not None:
        return workload * pace.seconds_per_unit
    if place:
        return None
    user_runs = (run for run in store.runs() if not run.is_shipped)
    machine = (read_hostname(), describe_devices())
    speed = _measure_speed(user_runs, study, is_measured=lambda row: (row.host, row.device) == machine)
    if speed is None:
        return None
    n_at_once = min(len(study.jobs), count_models_at_once(study.jobs))
    return workload * speed / n_at_once


def measure_run_speed(run: Run) -> float | None:
    """Return the seconds per unit of workload of a run's finished jobs; None where no time is known."""
    return _measure_speed([run], run.study, is_measured=lambda row: True)


def explain_time(study: Study, store: RunStore, seconds: float | None, place: str = "") -> str:
    """Return what the time of a plan rests on, or why it is not known.

    :param seconds: from ``estimate_seconds``.
    """
    if seconds is None and place:
        return f"The speed on {place} is not known yet: the first models will show it."
    if seconds is None:
        return format_time_elsewhere(study, store)
    if load_pace(store.folder, study.jobs, place).seconds_per_unit is not None:
        where = f"on {place}" if place else "here"
        return f"The time rests on the last training with this model and method {where}."
    return "The time rests on models that were trained here with the same encoder and method."


def format_time_elsewhere(study: Study, store: RunStore) -> str:
    """Return that the time on this machine is unknown, and the time on the machine of the shipped runs."""
    unknown = (
        "The time is known some seconds after the start: no similar model was trained on this machine yet."
    )
    seconds, machine = estimate_seconds_elsewhere(study, store)
    if seconds is None:
        return unknown
    reading = " after the encoder has read the text" if study.method in READING_METHODS else ""
    return f"{unknown} On another machine ({machine}), training takes {format_duration(seconds)}{reading}."


def estimate_seconds_elsewhere(study: Study, store: RunStore) -> tuple[float | None, str]:
    """Return the time on the machine of the shipped runs, and its name.

    The time is None where they have nothing similar.
    """
    key = _build_speed_key(study)
    shipped = [run for run in store.runs() if run.is_shipped and _build_speed_key(run.study) == key]
    machines = Counter(row.device for run in shipped for row in run.rows() if row.point.seconds)
    machine = max(machines, key=machines.__getitem__, default="")
    speed = _measure_speed(shipped, study, is_measured=lambda row: row.device == machine)
    if speed is None:
        return None, machine
    return compute_total_workload(study.jobs, study.train_sizes) * speed, machine


def format_planned_work(study: Study, store: RunStore, corpora: Mapping[str, Corpus] | None = None) -> str:
    """Return size and time of a plan as a sentence without its full stop.

    :param corpora: as ``estimate_seconds`` takes them.
    """
    seconds = estimate_seconds(study, store, corpora)
    text = format_workload_and_time(study, seconds)
    return text if seconds is not None else f"{text}. {format_time_elsewhere(study, store).rstrip('.')}"


def format_workload_and_time(study: Study, seconds: float | None, place: str = "") -> str:
    """Return size and time: "24 models, 31,000 sentence-passes, about 40 min on this machine's CPU".

    :param seconds: from ``estimate_seconds``; None leaves the time out.
    """
    if seconds is None:
        return format_workload(study)
    where = place or f"this machine's {summarize_devices()}"
    return f"{format_workload(study)}, about {format_duration(seconds)} on {where}"


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
    if not study.jobs:
        return ()
    job = study.jobs[0]
    settings = job.settings
    return job.model, job.method, settings.dtype, settings.first_layers, settings.upper_layers


def _round_to_two_digits(count: int) -> int:
    """Round a count to two digits: it is an estimate."""
    return round(count, 2 - len(str(count)))
