"""Which entity types may decide for all types: one rule for every estimate, budget, report and page.

A type without a test mention has no F1; one without a training mention cannot be learnt; one that no model
finds has no curve; and with fewer than ``FEWEST_MENTIONS`` test mentions chance decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from bioner_core.curves.curve import Curve

FEWEST_MENTIONS = 10  # test mentions; with fewer, one of them moves F1 by 5 points or more
Obstacle = Literal["no_test", "no_training", "no_f1"]
Exclusion = Literal["no_test", "no_training", "no_f1", "few_test"]
# No size is enough for such a type: it has no test mention, no training mention, or no model finds it.
UNANSWERABLE: tuple[Obstacle, ...] = ("no_test", "no_training", "no_f1")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A type that does not decide, and why."""

    entity: str
    reason: Exclusion
    support: int | None = None  # test mentions

    def record(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"entity": self.entity, "reason": self.reason, "support": self.support}


@dataclass(frozen=True, kw_only=True)
class TypeChoice(Generic[T]):
    """The types that decide, and those that are left out."""

    deciding: tuple[T, ...]  # empty only where no type can have an answer
    left_out: tuple[LeftOut, ...]


def find_exclusion(
    *, support: int | None, n_training: float | None = None, obstacle: Obstacle | None = None
) -> Exclusion | None:
    """Return why a type may not decide; None where it may.

    >>> find_exclusion(support=0), find_exclusion(support=2), find_exclusion(support=60, n_training=0)
    ('no_test', 'few_test', 'no_training')

    :param support: test mentions; None where unknown.
    :param n_training: training mentions of all data; None where unknown.
    :param obstacle: why the type can have no answer, as far as its curve tells.
    """
    if support == 0:
        return "no_test"
    if n_training == 0:
        return "no_training"
    if obstacle is not None:
        return obstacle
    return "few_test" if support is not None and support < FEWEST_MENTIONS else None


def find_obstacle(curve: Curve, reference: Curve | None = None) -> Obstacle | None:
    """Return why no number of sentences can be an answer for a type; None where one can.

    No model finds a type whose F1 is 0 with full data, or at all sizes where full data is not trained yet.

    :param reference: the curve without pretraining, of a curve with a source.
    """
    if not curve.is_tested:
        return "no_test"
    full = curve.full_reference
    if full is not None:
        return "no_training" if full.n_mentions == 0 else "no_f1" if full.f1 == 0 else None
    curves = (curve, reference) if reference else (curve,)
    sizes = [size for of in curves for size in (*of.settled_sizes, *of.settled_full) if size.n]
    return "no_f1" if sizes and all(size.f1 == 0 for size in sizes) else None


def find_curve_exclusion(curve: Curve) -> Exclusion | None:
    """Return why the type of a curve may not decide; None where it may."""
    return find_exclusion(support=curve.support, obstacle=find_obstacle(curve))


def choose_types(
    items: Sequence[T],
    explain: Callable[[T], Exclusion | None],
    describe: Callable[[T], tuple[str, int | None]],
) -> TypeChoice[T]:
    """Choose the types that decide; where all have too few test mentions, these do.

    :param items: one for each type.
    :param explain: returns why an item may not decide.
    :param describe: returns the type of an item and its test mentions.
    """
    reasons = [explain(item) for item in items]
    weak = None if None in reasons else "few_test"
    left_out = [
        LeftOut(entity=describe(item)[0], reason=reason, support=describe(item)[1])
        for item, reason in zip(items, reasons, strict=True)
        if reason is not None and reason != weak
    ]
    return TypeChoice(
        deciding=tuple(item for item, reason in zip(items, reasons, strict=True) if reason in (None, weak)),
        left_out=tuple(sorted(left_out, key=lambda item: item.entity)),
    )


def choose_curves(curves: Sequence[Curve]) -> TypeChoice[Curve]:
    """Choose the curves whose types decide; all curves have the same source."""
    return choose_types(curves, find_curve_exclusion, lambda curve: (curve.entity, curve.support))
