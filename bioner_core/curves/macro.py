"""The macro average: the unweighted mean of the types' F1, derived from their points and never stored."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from statistics import fmean

from bioner_core.curves.points import ALL, AVERAGES, MACRO, CurvePoint


def with_macro(points: Iterable[CurvePoint]) -> list[CurvePoint]:
    """Return points and, beside each of "all", the macro average of the types of the same model.

    Types without a test mention have no F1 and do not count. A seed's macro F1 is the mean of its types'.
    """
    found = list(points)
    types: dict[tuple[object, ...], list[CurvePoint]] = defaultdict(list)
    for point in found:
        if point.entity not in AVERAGES and point.support != 0:
            types[_model(point)].append(point)
    together = [point for point in found if point.entity == ALL]
    return found + [macro for point in together if (macro := _macro(point, types[_model(point)]))]


def _model(point: CurvePoint) -> tuple[object, ...]:
    """Return what tells one trained model from all others."""
    return (
        *(point.target, point.source, point.model, point.method),
        *(point.n_sentences, point.is_full, point.seed),
    )


def _macro(together: CurvePoint, types: list[CurvePoint]) -> CurvePoint | None:
    """Return the macro average beside the micro one; None where no type has a test mention."""
    if not types:
        return None
    return replace(
        together,
        entity=MACRO,
        f1=fmean(point.f1 for point in types),
        precision=_mean([point.precision for point in types]),
        recall=_mean([point.recall for point in types]),
        is_interpolated=any(point.is_interpolated for point in types),
    )


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(values) else None
