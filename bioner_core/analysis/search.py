"""What a search trains next: from a run's results to the models that tell most, or the reason to stop."""

from collections.abc import Sequence
from dataclasses import replace

from bioner_core.analysis.lookahead import (
    find_widest_row,
    is_exact_enough,
    look_ahead,
    measure_searched_rows,
    select_searched_curves,
)
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.curves.placement import Choice, Precision
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time
from bioner_core.study.chooser import SearchStep
from bioner_core.study.duration import format_duration
from bioner_core.study.executors.slots import count_models_at_once, list_slots
from bioner_core.study.jobs import TrainJob
from bioner_core.study.run import Run
from bioner_core.study.search import Search, SearchEnd, SearchRound
from bioner_core.study.store import RunStore

MAX_FAILURES = 3  # models in a row that may fail
MIN_SHARE = 0.01  # of the variance of ln N that the models looked ahead at must be expected to remove
ROWS_PER_MODEL = 4  # searched at once, for every model of a round
MAX_SIDE_BY_SIDE = 4  # small models chosen at once for one slot


def choose_next_models(run: Run, *, under_way: Sequence[TrainJob], seconds: float) -> SearchStep | None:
    """Return the next models of an open search or its end, as ``study.chooser.Chooser`` describes.

    The first models of the search are finished before it chooses any.

    :raises BionerError: the run has no search.
    """
    search = run.study.search
    if search is None:
        raise BionerError(f"run {run.name}: has no search.")
    chosen = {job for step in search.rounds for job in step.jobs}
    if any(job.id not in chosen for job in under_way):
        return None
    rows = measure_searched_rows(run, search)
    widest = find_widest_row(search, rows)
    summary = _summarize_results(run, search, widest, seconds)
    if end := _find_end(run, search, rows, seconds):
        return None if under_way else _end_search(summary, end, search)
    ahead = look_ahead(run, search, rows, under_way=under_way, seconds=seconds)
    if not ahead.jobs or ahead.share < MIN_SHARE:
        is_floor = widest is not None and (widest.floor or 0) > search.until
        end = "time" if ahead.is_short_of_time else "floor" if is_floor else "exhausted"
        return None if under_way else _end_search(summary, end, search)
    n_side_by_side = min(MAX_SIDE_BY_SIDE, list_slots()[0].n_threads) if ahead.jobs[0].is_small else 1
    n_at_once = min(len(ahead.jobs), count_models_at_once(ahead.jobs[:1], is_open=True))
    # Of many rows the draws take longer, and their models seldom tell about the same row.
    n_jobs = max(n_side_by_side, len(rows) // ROWS_PER_MODEL)
    if search.max_models is not None:
        n_jobs = min(n_jobs, search.max_models - search.n_models)
    step = replace(
        summary,
        jobs=tuple(job.id for job in ahead.jobs[:n_jobs]),
        n_more=None if ahead.ratio is None else len(ahead.jobs),
        seconds_more=ahead.seconds / n_at_once if ahead.is_enough else None,
        reason="; ".join(map(_describe_choice, ahead.choices[:n_jobs])),
    )
    return SearchStep(round=step, jobs=ahead.jobs[:n_jobs])


def _summarize_results(run: Run, search: Search, widest: Precision | None, seconds: float) -> SearchRound:
    """Return a round with what is determined so far."""
    step = SearchRound(at=format_current_time(), seconds=round(seconds, 1))
    if widest is None:
        return step
    target, source, entity = widest.decided_by
    row = None if widest.ratio is None else _compute_row(run, search, target, source)
    return replace(
        step,
        target=target,
        source=source,
        entity=entity,
        low=row.n_low if row else None,
        high=row.n_high if row else None,
        ratio=widest.ratio,
        floor=widest.floor,
    )


def _compute_row(run: Run, search: Search, target: str, source: str) -> Budget | None:
    """Return what the searched types of a target need from a source, all of them together."""
    curves = [
        curve
        for curve in select_searched_curves(run, replace(search, target=target, source=source))
        if (curve.entity == search.entity if search.entity else curve.entity not in AVERAGES)
    ]
    noise = estimate_sampling_noise(run, RunStore())
    rows = compute_curve_budgets(curves, fraction=search.fraction, goal_f1=search.goal_f1, noise=noise)
    rows = rows if search.entity else combine_types(rows)
    return next((row for row in rows if row.source == source), None)


def _find_end(run: Run, search: Search, rows: Sequence[Precision], seconds: float) -> SearchEnd:
    """Return why a search ends now; "" where it goes on."""
    if rows and all(is_exact_enough(search, row) for row in rows):
        return "reached" if all((row.ratio or 0) <= search.until for row in rows) else "floor"
    failed = {failure.job.id for failure in run.failures()}
    latest = [job for step in search.rounds for job in step.jobs][-MAX_FAILURES:]
    if len(latest) == MAX_FAILURES and failed.issuperset(latest):
        return "failures"
    if search.max_models is not None and search.n_models >= search.max_models:
        return "models"
    return "time" if search.max_seconds is not None and seconds >= search.max_seconds else ""


def _end_search(summary: SearchRound, end: SearchEnd, search: Search) -> SearchStep:
    """Return the last step of a search, with the reason in words."""
    reasons: dict[SearchEnd, str] = {
        "reached": f"The interval is within a factor of {search.until:g}.",
        "floor": f"The test part alone leaves a factor of {summary.floor or 0:.1f}: more test sentences, not "
        "models, would narrow this.",
        "models": f"The limit of {search.max_models} added model{'s' * (search.max_models != 1)} is reached.",
        "time": f"The limit of {format_duration(search.max_seconds or 0)} is reached.",
        "failures": f"The last {MAX_FAILURES} models failed.",
        "exhausted": "More models would hardly narrow the interval.",
    }
    return SearchStep(round=replace(summary, end=end, reason=reasons[end]))


def _describe_choice(choice: Choice) -> str:
    """Return why a model was chosen, such as "1,250 sentences of A, seed 2: removes 18 % in 12 s"."""
    candidate = choice.candidate
    source = "" if candidate.source == NONE else f" from {candidate.source}"
    size = "all sentences" if candidate.is_full else f"{candidate.n:,} sentences"
    return (
        f"{size} of {candidate.target}{source}, seed {candidate.seed}: expected to remove "
        f"{100 * choice.share:.0f} % of the uncertainty in {format_duration(candidate.cost)}"
    )
