"""Whether adding a source helps; every number is one of the rows that the text stands beside."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bioner_core.analysis.additions import NO_INTERVAL, Addition, Gain, SourceNeed, Verdict
from bioner_core.answers.wording.numbers import format_difference, format_signed_count, join_names
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import format_source

VERDICT_LABELS: Mapping[Verdict, str] = {
    "helps": "helps",
    "harms": "harms",
    "not shown": "no effect shown",
    NO_INTERVAL: NO_INTERVAL,
}
_COUNTED: Mapping[Verdict, str] = {
    "helps": "{} with a gain",
    "harms": "{} with a loss",
    "not shown": "{} with no clear effect",
}


def format_gain_interval(gain: Gain) -> str:
    """Return the 90 % interval of a gain, such as "−0.3 to +2.5"; "no interval" where there is none."""
    if gain.low is None or gain.high is None:
        return NO_INTERVAL
    return f"{format_difference(gain.low)} to {format_difference(gain.high)}"


def describe_addition(addition: Addition) -> str:
    """Return what is compared, such as "C, added to A and B"."""
    base = "nothing" if addition.to == NONE else format_source(addition.to, ends_sentence=False)
    return f"{addition.added}, added to {base}"


def format_saved(need: SourceNeed) -> str:
    """Return the sentences that adding saves, with their 90 % interval where one is known."""
    if need.row.n_plan is None:
        return "not reached" if need.row_without.n_plan is None else "not reached with this source"
    if need.saved.n is None:
        return "–"
    saved = ("> " if need.saved.is_bound else "") + format_signed_count(need.saved.n)
    if need.row.interval is None or need.row_without.interval is None:
        return saved
    if need.saved.low is None and need.saved.high is None:
        return f"{saved} (open at both ends)"
    ends = ("any" if end is None else format_signed_count(end) for end in (need.saved.low, need.saved.high))
    return f"{saved} ({' to '.join(ends)})"


def summarize_additions(additions: Sequence[Addition], n: int | None = None) -> str:
    """Count the gains and losses at a size or on average, in sentences.

    :param n: a size; None for the mean over all sizes.
    """
    gains = [gain for addition in additions if (gain := addition.find_gain(n))]
    gains = [gain for gain in gains if gain.difference is not None]
    if not gains:
        return "At this size, no source was compared with another source or with no pretraining."
    counts = Counter(gain.verdict for gain in gains)
    if set(counts) == {NO_INTERVAL}:
        return (
            "The differences have no interval, because each size has one model and the test part has no "
            "counts. They may be due to chance."
        )
    n_tested = len(gains) - counts[NO_INTERVAL]
    verdicts = [text.format(counts[verdict]) for verdict, text in _COUNTED.items() if counts[verdict]]
    noun = "comparison" if n_tested == 1 else "comparisons"
    untested = f" {counts[NO_INTERVAL]} more have no interval." if counts[NO_INTERVAL] else ""
    return (
        f"{n_tested} {noun}: {join_names(verdicts)} (90 % intervals).{untested} If a source has no effect, 1 "
        "comparison in 10 still shows one by chance."
    )
