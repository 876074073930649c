"""What makes a number weak, in words: few test mentions, a yardstick that still grows, a synthetic corpus."""

from collections.abc import Iterable
from math import ceil, floor

from bioner_core.answers.wording import no_evidence
from bioner_core.curves.curve import Curve
from bioner_core.curves.saturation import Saturation
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import corpora_of
from bioner_core.ui.shared.markup import count, named, percent


def few_mentions(curve: Curve, *, names_type: bool = False) -> str:
    """Return what F1 rests on where test mentions are few, as HTML; "" where there are enough."""
    worth = mention_is_worth(curve)
    which = f"{named(curve.entity)}: " if names_type else ""
    mentions = "1 test mention" if curve.support == 1 else f"{curve.support} test mentions"
    return f"{which}{mentions}: {worth}." if worth else ""


def mention_is_worth(curve: Curve) -> str:
    """Return what one test mention is worth where there are few; "" where there are enough.

    One false find moves F1 by F1 / 2 n, one missed mention by (2 - F1) / 2 n.
    """
    n, f1 = curve.support, curve.full_f1
    if not n or not curve.is_rare or f1 is None:
        return ""
    low, high = floor(50 * f1 / n), ceil(50 * (2 - f1) / n)
    return f"one is {f'{low}–{high}' if low else f'up to {high}'} points of F1"


def growing(entity_type: str, found: Saturation | None) -> str:
    """Return that more data would lift the yardstick itself (HTML); "" where it would not."""
    if found is None or found.is_reached:
        return ""
    return (
        f"More data would lift the yardstick itself: without pretraining, smoothed F1 for "
        f"{named(entity_type)} still rises from {percent(found.f1_half)} at {count(found.n_half)} sentences "
        f"to {percent(found.f1_full)} at full data."
    )


def synthetic(runs: Iterable[Run]) -> str:
    """Return which corpora of the runs are synthetic, and what follows (plain text); "" where none is."""
    return no_evidence(name for run in runs for name, of in corpora_of(run).items() if of.is_synthetic)
