"""How much of a run's target a system marks right, so that annotators could correct instead of annotate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bioner_core.costs.pre_annotation import Proposals
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, CurvePoint
from bioner_core.study.external_results import ExternalResult, load_external_results
from bioner_core.study.run import Run


@dataclass(frozen=True, kw_only=True)
class PreAnnotation:
    """The system whose annotations are best to correct, and how good they are for all types together."""

    name: str
    proposals: Proposals
    is_of_training: bool  # measured on training texts; else on the test part

    def record(self) -> dict[str, object]:
        """Return the fields of a JSON row."""
        return {
            "pre_annotation": self.name,
            "pre_annotation_precision": self.proposals.precision,
            "pre_annotation_recall": self.proposals.recall,
        }


def find_pre_annotation(run: Run, target: str, curves: Iterable[Curve]) -> PreAnnotation | None:
    """Return the system with the highest F1 over all types of a target; None without one."""
    return max(measure_systems(run, target, curves), key=lambda item: item.proposals.f1, default=None)


def measure_systems(run: Run, target: str, curves: Iterable[Curve]) -> list[PreAnnotation]:
    """Return how good the annotations of each system of a target are, for all types together.

    Where a system annotated training texts, these are what it is judged by.

    :param curves: of the target, whose test mentions say how often each type occurs.
    """
    supports = {
        curve.entity: curve.support
        for curve in curves
        if curve.target == target and curve.entity not in AVERAGES and curve.support
    }
    results = [result for result in load_external_results(run) if result.target == target]
    chosen = {result.name: result for result in sorted(results, key=lambda result: result.is_pre_annotation)}
    return list(filter(None, (_measure(result, supports) for result in chosen.values())))


def _measure(result: ExternalResult, supports: Mapping[str, int]) -> PreAnnotation | None:
    """Add up the scores of the types of a result; a type that it does not annotate is missed."""
    points = [point for point in result.points if point.entity in supports and point.support]
    if not points:
        return None
    n_mentions = sum(point.support or 0 for point in points)
    scale = sum(supports.values()) / sum(supports[point.entity] for point in points)
    return PreAnnotation(
        name=result.name,
        proposals=Proposals(
            n_mentions=scale * n_mentions,
            n_proposed=sum(map(_count_proposed, points)),
            n_right=sum(map(_count_right, points)),
        ),
        is_of_training=result.is_pre_annotation,
    )


def _count_right(point: CurvePoint) -> float:
    return (point.recall or 0.0) * (point.support or 0)


def _count_proposed(point: CurvePoint) -> float:
    """Return the proposed mentions of a type; where none is right, their number is not known, and 0."""
    return _count_right(point) / point.precision if point.precision else 0.0
