"""The macro average: the unweighted mean of the types' F1, computed from their points and never stored."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from statistics import fmean

from bioner_core.curves.curve import average_if_complete
from bioner_core.curves.points import ALL, AVERAGES, MACRO, CurvePoint


def add_macro_average(points: Iterable[CurvePoint]) -> list[CurvePoint]:
    """Return the points and, for each point of "all", the macro average over the types of the same model.

    Types without a test mention have no F1 and do not count.
    """
    result = list(points)
    by_model: dict[tuple[object, ...], list[CurvePoint]] = defaultdict(list)
    for point in result:
        if point.entity not in AVERAGES and point.support != 0:
            by_model[_build_model_key(point)].append(point)
    averages = [point for point in result if point.entity == ALL]
    return result + [
        macro for point in averages if (macro := _average_types(point, by_model[_build_model_key(point)]))
    ]


def _build_model_key(point: CurvePoint) -> tuple[object, ...]:
    """Return a key that identifies one trained model."""
    return (
        *(point.target, point.arm, point.model, point.method),
        *(point.n_sentences, point.is_full, point.seed),
    )


def _average_types(micro: CurvePoint, types: list[CurvePoint]) -> CurvePoint | None:
    """Return the macro average for the model of a micro average; None where no type has a test mention."""
    if not types:
        return None
    return replace(
        micro,
        entity=MACRO,
        f1=fmean(point.f1 for point in types),
        precision=average_if_complete([point.precision for point in types]),
        recall=average_if_complete([point.recall for point in types]),
        is_interpolated=any(point.is_interpolated for point in types),
    )
