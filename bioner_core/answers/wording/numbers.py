"""Numbers, p-values, times and lists of names as people read them."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import ceil

from bioner_core.forecast.forecast import ForecastPoint
from bioner_core.scoring.significance import LEVEL


def format_count(n: float) -> str:
    """Format a whole number with commas between thousands."""
    return f"{n:,.0f}"


def format_signed_count(n: int) -> str:
    """Format a whole number with its sign, such as "+1,200" or "−30"."""
    return f"{n:+,}".replace("-", "−")


def format_rounded(n: float) -> str:
    """Format a number to two digits, as an estimate from averages deserves.

    >>> format_rounded(144.7), format_rounded(7.4), format_rounded(0.2)
    ('140', '7', '1')
    """
    step = 10 ** max(0, len(str(int(n))) - 2)
    return format_count(max(1, round(n / step) * step))


def format_percent(f1: float | None) -> str:
    """Format an F1 in [0, 1] in percent; halves are rounded up.

    >>> format_percent(0.8488), format_percent(0.6725), format_percent(None)
    ('84.9', '67.3', '–')
    """
    return "–" if f1 is None else str(Decimal(100 * f1).quantize(Decimal("0.1"), ROUND_HALF_UP))


def format_difference(difference: float | None, *, is_signed: bool = True) -> str:
    """Format a difference of F1 in points.

    >>> format_difference(0.0123), format_difference(-0.005), format_difference(None)
    ('+1.2', '−0.5', '–')
    """
    if difference is None:
        return "–"
    points = format_percent(abs(difference))
    sign = "" if float(points) == 0 or not is_signed else "+" if difference > 0 else "−"
    return sign + points


def format_bound(n: int | None, largest: int) -> str:
    """Format a number of sentences that may lie beyond the largest one looked at (None).

    >>> format_bound(1300, 1600), format_bound(None, 1600)
    ('1,300', 'more than 1,600')
    """
    return f"more than {format_count(largest)}" if n is None else format_count(n)


def shorten_bound(text: str) -> str:
    """Return a bound as a table's cell has it.

    >>> shorten_bound("more than 1,600"), shorten_bound("")
    ('> 1,600', '–')
    """
    return text.replace("more than", ">") or "–"


def format_f1_interval(point: ForecastPoint) -> str:
    """Format a predicted F1 with its 90 % interval, such as "84.9 (83.0 to 86.1)"."""
    return f"{format_percent(point.f1)} ({format_percent(point.low)} to {format_percent(point.high)})"


def format_p_value(p: float | None) -> str:
    """Format the p-value of a test and say where it is 0.05 or less, as in the paper.

    >>> format_p_value(0.0312), format_p_value(0.4), format_p_value(0.0001), format_p_value(None)
    ('differs (p 0.031)', 'p 0.400', 'differs (p < 0.001)', '–')
    """
    if p is None:
        return "–"
    text = "p < 0.001" if p < 0.001 else f"p {p:.3f}"
    return f"differs ({text})" if p <= LEVEL else text


def format_bytes(n_bytes: float) -> str:
    """Format an amount of storage.

    >>> format_bytes(512), format_bytes(3_400_000)
    ('1 kB', '3.4 MB')
    """
    if n_bytes < 1e6:
        return f"{ceil(n_bytes / 1e3)} kB"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:.1f} GB"


def format_time(iso: str) -> str:
    """Format a time of UTC; midnight stands for a day.

    >>> format_time("2026-11-22T11:04:15+00:00"), format_time("2020-04-14T00:00:00+00:00")
    ('2026-11-22 11:04 UTC', '2020-04-14')
    """
    if not iso:
        return "–"
    return iso[:10] if iso[11:19] in ("", "00:00:00") else f"{iso[:10]} {iso[11:16]} UTC"


def join_names(names: Sequence[str]) -> str:
    """Join names as a sentence lists them.

    >>> join_names(["A"]), join_names(["A", "B", "C"])
    ('A', 'A, B and C')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
