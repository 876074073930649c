"""What ``bioner budget`` says of systems that are not trained here, for each of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bioner_core.analysis.break_even import BreakEven, find_break_even, list_external_scores
from bioner_core.analysis.pre_annotation import PreAnnotation, find_pre_annotation
from bioner_core.answers.wording.break_even import describe_break_even, format_lower_goal
from bioner_core.answers.wording.pre_annotation import build_correction_record, describe_pre_annotation
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import NONE
from bioner_core.study.run import Run


@dataclass(frozen=True, kw_only=True)
class RowSystems:
    """A row, from where it is better than the best system, and the system that is best to correct."""

    row: Budget
    break_even: BreakEven | None
    pre_annotation: PreAnnotation | None

    def record(self, rates: Rates | None) -> dict[str, object]:
        """Return the fields of a JSON row; none without a system."""
        better = self.break_even.record() if self.break_even else {}
        return better | build_correction_record(self.pre_annotation, self.row.n_plan, rates)


def compare_with_systems(
    run: Run, rows: Sequence[Budget], curves: Sequence[Curve], noise: SamplingNoise
) -> list[RowSystems]:
    """Return the systems beside each row; of every type, the break-even is that of the deciding one."""
    scores, by_key = list_external_scores(run), {curve.key: curve for curve in curves}
    targets = {row.target for row in rows}
    corrected = {target: find_pre_annotation(run, target, curves) for target in targets}
    keys = [(row.target, row.source, row.model, row.method, row.decided_by or row.entity) for row in rows]
    return [
        RowSystems(
            row=row,
            break_even=find_break_even(scores, by_key[key], curves, noise)
            if scores and key in by_key
            else None,
            pre_annotation=corrected[row.target],
        )
        for row, key in zip(rows, keys, strict=True)
    ]


def describe_systems(
    systems: Sequence[RowSystems], others: Sequence[Sequence[Budget]], rates: Rates | None
) -> Iterator[str]:
    """Yield what to say of a single row, else of each target and type without pretraining.

    :param others: of each row, those at other shares of full F1.
    """
    is_single = len(systems) == 1
    for system, goals in zip(systems, others, strict=True):
        row, text = system.row, ""
        if is_single or row.source == NONE:
            goal = format_lower_goal(goals) if is_single else ""
            text = describe_break_even(
                system.break_even, entity=row.decided_by or "", rates=rates, lower_goal=goal
            )
        if text:
            yield text if is_single else f"{row.target}, {row.entity}: {text}"
    if is_single:
        plan = systems[0].row.n_plan
        if text := describe_pre_annotation(systems[0].pre_annotation, plan, rates or Rates()):
            yield text
