"""Whether adding a source helps, in words; every figure is one of the rows they stand beside."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bioner_core.analysis.additions import NO_INTERVAL, Addition, Gain, SourceNeed, Verdict
from bioner_core.answers import wording as words
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import in_words

VERDICTS: Mapping[Verdict, str] = {
    "helps": "helps",
    "harms": "harms",
    "not shown": "no effect shown",
    NO_INTERVAL: NO_INTERVAL,
}
_COUNTED: Mapping[Verdict, str] = {"helps": "{} a gain", "harms": "{} a loss", "not shown": "{} neither"}


def points(difference: float | None, *, is_signed: bool = True) -> str:
    """Return a difference of F1 in points.

    >>> points(0.0123), points(-0.005), points(None)
    ('+1.2', '−0.5', '–')
    """
    if difference is None:
        return "–"
    told = words.percent(abs(difference))
    sign = "" if float(told) == 0 or not is_signed else "+" if difference > 0 else "−"
    return sign + told


def interval(gain: Gain) -> str:
    """Return the 90 % interval of a gain, such as "−0.3 to +2.5"; "no interval" where there is none."""
    if gain.low is None or gain.high is None:
        return NO_INTERVAL
    return f"{points(gain.low)} to {points(gain.high)}"


def name(addition: Addition) -> str:
    """Return what is compared, such as "C, added to A and B"."""
    base = "nothing" if addition.to == NONE else in_words(addition.to, ends_sentence=False)
    return f"{addition.added}, added to {base}"


def saves(need: SourceNeed) -> str:
    """Return what adding saves in sentences, with its 90 % interval where one is known."""
    if need.row.n_plan is None:
        return "not reached" if need.row_without.n_plan is None else "not reached with it"
    if need.saved.n is None:
        return "–"
    told = ("> " if need.saved.is_bound else "") + _signed(need.saved.n)
    if need.row.interval is None or need.row_without.interval is None:
        return told
    if need.saved.low is None and need.saved.high is None:
        return f"{told} (open at both ends)"
    ends = ("any" if end is None else _signed(end) for end in (need.saved.low, need.saved.high))
    return f"{told} ({' to '.join(ends)})"


def headline(additions: Sequence[Addition], n: int | None = None) -> str:
    """Return how many comparisons show what, at a size or on average, in sentences."""
    gains = [gain for one in additions if (gain := one.at(n)) and gain.difference is not None]
    if not gains:
        return "No source was tried beside another one or none at this size."
    found = Counter(gain.verdict for gain in gains)
    if set(found) == {NO_INTERVAL}:
        return (
            "One model a size and no counts of the test part: the differences have no interval, so nothing "
            "tells what is chance."
        )
    n_told = len(gains) - found[NO_INTERVAL]
    told = [text.format(found[kind]) for kind, text in _COUNTED.items() if found[kind]]
    noun = "comparison shows" if n_told == 1 else "comparisons show"
    unknown = f" {found[NO_INTERVAL]} more have no interval." if found[NO_INTERVAL] else ""
    return (
        f"{n_told} {noun}: {words.listed(told)} (90 % intervals).{unknown} Where a source does nothing, one "
        "interval in ten errs."
    )


def _signed(n: int) -> str:
    return f"{n:+,}".replace("-", "−")
