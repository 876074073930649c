"""What more models would bring to a run whose interval is wide, and what they would take."""

import shlex
from dataclasses import replace
from functools import lru_cache

from bioner_core.analysis.lookahead import find_widest_row, is_exact_enough, look_ahead, measure_searched_rows
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.study.duration import estimate_seconds, format_duration
from bioner_core.study.journal import FileStamp
from bioner_core.study.run import Run
from bioner_core.study.search import Search
from bioner_core.study.store import RunStore

LITTLE = 0.9  # of the factor: models that leave more are not worth an offer near the floor
FRACTION = 0.99  # of full F1: what a search is for unasked


def build_search(row: Budget) -> Search:
    """Return the search for the number of a row; what every type needs is searched for all of them."""
    return Search(
        target=row.target,
        source=row.source,
        entity=None if row.entity == EVERY else row.entity,
        fraction=FRACTION if row.fraction is None else row.fraction,
        goal_f1=row.target_f1 if row.fraction is None else None,
    )


def describe_search_offer(run: Run, search: Search) -> str:
    """Return what more models would bring to the numbers of a search, in a sentence or two.

    :param search: with its target, source and type; without them, for the widest of all.
    :returns: "" where the interval is narrow enough, unknown, or the run cannot train more models.
    """
    if run.is_read_only or not run.study.jobs or run.study.is_searching:
        return ""
    return _describe_offer(run, search, run.stamps)


@lru_cache(maxsize=64)
def _describe_offer(run: Run, search: Search, _: tuple[FileStamp, ...]) -> str:
    rows = measure_searched_rows(run, search)
    widest = find_widest_row(search, rows)
    if widest is None or widest.ratio is None or widest.ratio <= search.until:
        return ""
    ahead = look_ahead(run, search, rows)
    is_limited = widest.floor is not None and widest.floor > search.until
    is_little = ahead.ratio is not None and ahead.ratio > LITTLE * widest.ratio
    if is_exact_enough(search, widest) or (is_limited and is_little):
        return (
            f"The test part alone leaves a factor of {widest.floor or 0:.1f} between the ends: more test "
            "sentences, not models, would narrow this interval."
        )
    if not ahead.jobs or ahead.ratio is None:
        return ""
    n = len(ahead.jobs)
    seconds = estimate_seconds(replace(run.study, jobs=ahead.jobs), RunStore())
    time = "" if seconds is None else f" (about {format_duration(seconds)} here)"
    return (
        f"{n} more model{'s' * (n != 1)}{time} would narrow the interval from a factor of "
        f"{widest.ratio:.1f} to about {ahead.ratio:.1f}: `{_build_command(run, search)}`."
    )


def _build_command(run: Run, search: Search) -> str:
    """Return the command that starts a search."""
    words = ["bioner", "runs", "resume", run.name, "--search"]
    for name in ("target", "source", "entity"):
        if value := getattr(search, name):
            words += [f"--{name}", value]
    if search.goal_f1 is not None:
        words += ["--f1", f"{search.goal_f1:g}"]
    elif search.fraction != FRACTION:
        words += ["--fraction", f"{search.fraction:g}"]
    return shlex.join(words)
