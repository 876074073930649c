"""What a system reaches that is not trained here, beside the answer of the Budget page."""

from contextlib import suppress

from bioner_core.analysis.break_even import BreakEven, ExternalScore, find_break_even, list_external_scores
from bioner_core.answers.wording.break_even import describe_break_even
from bioner_core.computed_once import compute_once
from bioner_core.costs.rates import Rates, load_rates
from bioner_core.curves.budget import Budget
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.budget.answer import BudgetAnswer


def compare_with_systems(answer: BudgetAnswer, chosen: Budget, run: Run) -> BreakEven | None:
    """Return from where the chosen row is better than the best system; None without one."""
    return _compare(answer, chosen, tuple(list_external_scores(run)))


def describe_system(answer: BudgetAnswer, chosen: Budget, run: Run) -> str:
    """Say what the best system reaches, and from where the chosen row is better, with hours."""
    rates = Rates()
    with suppress(BionerError):  # the cards say that the saved rates are damaged
        rates = load_rates()
    break_even = compare_with_systems(answer, chosen, run)
    return describe_break_even(break_even, entity=chosen.decided_by or "", rates=rates)


@compute_once(maxsize=128)
def _compare(answer: BudgetAnswer, chosen: Budget, scores: tuple[ExternalScore, ...]) -> BreakEven | None:
    curve = answer.curve(chosen)
    return find_break_even(scores, curve, answer.source_curves(chosen), answer.noise)
