"""How far a run is, in words: the one place that words a run's state for pages and commands."""

from dataclasses import dataclass

from bioner_core.answers.wording.numbers import format_count
from bioner_core.answers.wording.search import describe_round
from bioner_core.curves.points import NONE
from bioner_core.study.duration import format_duration
from bioner_core.study.jobs import TrainJob, format_reading
from bioner_core.study.run_state import RunningJob, RunState

# Other phases are shared by the models of a corpus.
MODEL_PHASES = ("starting", "choosing sentences for", "training", "scoring")


@dataclass(frozen=True, kw_only=True)
class EstimateText:
    """What an estimate says beside its number."""

    card: str  # why there is no number yet, or of how many models it is; "" where all are trained
    basis: str  # what opens the answer; "" where it rests on all models


def describe_progress(state: RunState) -> str:
    """Describe the progress of a run in a sentence or two.

    >>> describe_progress(RunState(n_jobs=21, n_done=12, is_cancelled=True))
    'Cancelled after 12 of 21 models. Finished models are kept; Resume continues.'
    """
    if state.status in ("live", "searching"):
        return _describe_work(state)
    planned = count_models(state.n_jobs)
    done = count_models(state.n_done) if state.search else f"{format_count(state.n_done)} of {planned}"
    text = {
        "starting": "The worker is starting.",
        "waiting": f"{done} trained. Other runs use this machine: {_format_ordinal(state.place)} in line.",
        "paused": f"Paused after {done}. Models in training end first; Continue goes on.",
        "stopping": f"Stopping after {done}. Finished models are kept.",
        "done": f"All {planned} are trained.",
        "failed": f"{done} are trained, {format_count(state.n_failed)} failed.",
        "cancelled": f"Cancelled after {done}. Finished models are kept; Resume continues.",
        "stopped": f"Stopped after {done}: no worker is running. Finished models are kept; Resume continues.",
        "partial": f"{done} come with the program. Export the run, import it under a new name, and "
        "resume it to train the others.",
        "published": "Published results: there is nothing to train.",
        "imported": "Imported results: there is nothing to train here.",
        "broken": state.problem,
    }[state.status]
    step = state.search.last_round if state.search else None
    return f"{text} {describe_round(state.search, step)}" if state.search and step else text


def format_status(state: RunState) -> str:
    """Return a run's state in a word, with its place in line where it waits for other runs.

    >>> format_status(RunState(n_jobs=21, n_done=21))
    'done'
    """
    return f"waiting, {_format_ordinal(state.place)} in line" if state.status == "waiting" else state.status


def _format_ordinal(n: int) -> str:
    """Return a place, such as "1st" or "12th".

    >>> [_format_ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21, 112)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '112th']
    """
    is_teen = 10 < n % 100 < 14
    return f"{n}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _describe_work(state: RunState) -> str:
    """Describe what a worker does: it reads, trains, or searches."""
    step = state.search.last_round if state.search else None
    left = describe_time_left(state)
    if state.search and step:
        return f"{count_models(state.n_done)} trained{left}. {describe_round(state.search, step)}"
    first = " first" if state.is_searching else ""
    trained = f"{format_count(state.n_done)} of {format_count(state.n_jobs)}{first} models trained{left}."
    if reading := next(filter(None, map(describe_reading, state.worker.running if state.worker else ())), ""):
        return f"{reading} {trained}"
    return f"{trained} Then the search adds those that tell most." if state.is_searching else trained


def describe_time_left(state: RunState) -> str:
    """Return the time left of a run in training, to follow its number of models; "" where it is not known.

    What a search still adds is known only up to its limit; where its round names the time, that stands there.
    """
    search = state.search
    step = search.last_round if search else None
    if state.seconds_left is None or (step and (step.end or step.seconds_more is not None)):
        return ""
    if search and step and search.max_seconds is None:
        return ""
    return f", {'at most' if step else 'about'} {format_duration(state.seconds_left)} left"


def describe_reading(running: RunningJob) -> str:
    """Say how much of a corpus the encoder has read; "" in another phase."""
    job = running.job
    if running.phase not in map(format_reading, (job.target, *job.sources)):
        return ""
    words = f"{format_count(running.done)} of {format_count(running.total)} words"
    return f"First the encoder reads the corpus once: {words}."


def describe_running(running: RunningJob) -> str:
    """Return what a worker does now, with its model unless several models share it."""
    if running.phase in MODEL_PHASES:
        return f"{running.phase} {describe_job(running.job)}"
    return running.phase


def describe_job(job: TrainJob) -> str:
    """Return what a model is trained on, such as "reviews from notes, 50 sentences, seed 0"."""
    size = "zero-shot" if job.n_sentences == 0 else f"{format_count(job.n_sentences)} sentences"
    arm = "" if job.arm == NONE else f" from {job.arm}" if job.sources else f" by {job.arm}"
    return f"{job.target}{arm}, {'full data, ' if job.is_full else ''}{size}, seed {job.seed}"


def describe_estimate_state(state: RunState, *, has_number: bool) -> EstimateText:
    """Say what an estimate rests on by now, from the state of its run.

    :param has_number: the run's own models give a number; else it is from similar corpora.
    """
    models = f"{format_count(state.n_done)} of {count_models(state.n_jobs)}"
    is_open = state.is_live or bool(state.n_pending) or state.is_searching
    if has_number:
        basis = f"So far, with {models}:" if state.n_pending else "So far:" if is_open else ""
        return EstimateText(card=f"so far, {models}" if state.n_pending else "", basis=basis)
    if state.n_done and not is_open:
        why = "the models find no entity type well enough for a number of their own"
    elif not is_open and state.n_failed:
        why = "all models failed"
    elif not state.is_live:
        why = f"training stopped after {models}"
    elif state.n_done:
        why = f"{models} are trained, and the curve has no point yet"
    else:
        until = "From similar corpora only, until the first models are trained:"
        return EstimateText(card="The first models give the first number.", basis=until)
    basis = f"From similar corpora only, because {why}:"
    return EstimateText(card=f"{why[0].upper()}{why[1:]}.", basis=basis)


def count_models(n: int) -> str:
    """Return a number of models, such as "1 model" or "24 models"."""
    return f"{format_count(n)} model{'s' * (n != 1)}"
