"""What systems reach that are not trained here, beside the answer of the Budget page."""

from contextlib import suppress

from bioner_core.analysis.break_even import (
    BreakEven,
    ExternalScore,
    compare_score,
    find_break_even,
    list_external_scores,
    select_run_scores,
)
from bioner_core.analysis.pre_annotation import PreAnnotation, find_pre_annotation
from bioner_core.answers.wording.break_even import describe_break_even, format_lower_goal
from bioner_core.answers.wording.pre_annotation import describe_pre_annotation
from bioner_core.computed_once import compute_once
from bioner_core.costs.rates import Rates, load_rates
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.budget.answer import BudgetAnswer


def describe_system(answer: BudgetAnswer, chosen: Budget, run: Run) -> str:
    """Say what the best system reaches, and from where the chosen row is better, with hours."""
    scores = tuple(list_external_scores(run))
    return describe_break_even(
        _find_best(answer, answer.curve(chosen), scores),
        entity=chosen.decided_by or "",
        rates=load_quiet_rates(),
        lower_goal=format_lower_goal(answer.compute_other_goals(chosen)) if scores else "",
    )


def describe_correction(chosen: Budget, run: Run) -> str:
    """Say what correcting the annotations of the best system takes; "" without one."""
    return describe_pre_annotation(
        find_run_pre_annotation(run, chosen.target), chosen.n_plan, load_quiet_rates()
    )


def find_run_pre_annotation(run: Run, target: str) -> PreAnnotation | None:
    """Return the system whose annotations are best to correct; None without one."""
    return find_pre_annotation(run, target, run.curves())


def compare_type(answer: BudgetAnswer, curve: Curve, run: Run) -> BreakEven | None:
    """Return from where the curve of a type is better than the best system; None without one."""
    return _find_best(answer, curve, tuple(list_external_scores(run)))


def compare_systems(
    answer: BudgetAnswer, chosen: Budget, run: Run
) -> list[tuple[ExternalScore, BreakEven | None]]:
    """Return the systems for each type of the answer, and from where the chosen source is better."""
    curves = [curve for curve in answer.curves if curve.source == chosen.source]
    return [
        (score, _compare(answer, curve, score)) for curve in curves for score in select_run_scores(run, curve)
    ]


def load_quiet_rates() -> Rates:
    """Return the user's rates; the published ones where the file is damaged, as the cards say."""
    with suppress(BionerError):
        return load_rates()
    return Rates()


@compute_once(maxsize=128)
def _find_best(answer: BudgetAnswer, curve: Curve, scores: tuple[ExternalScore, ...]) -> BreakEven | None:
    return find_break_even(scores, curve, answer.curves, answer.noise)


@compute_once(maxsize=256)
def _compare(answer: BudgetAnswer, curve: Curve, score: ExternalScore) -> BreakEven | None:
    return compare_score(score, curve, answer.curves, answer.noise)
