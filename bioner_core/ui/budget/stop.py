"""What stopping at a number of sentences gives, on the Budget page."""

import html

from bioner_core.analysis.estimate_basis import References, load_references
from bioner_core.answers.stopping import StopPoint, compute_budget_stop
from bioner_core.answers.wording.stopping import describe_stop_point
from bioner_core.computed_once import compute_once
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import BudgetAnswer
from bioner_core.ui.budget.system import load_quiet_rates
from bioner_core.ui.shared.goal import bind_stop, draw_stop
from bioner_core.ui.shared.shell import find_head


def show_stop(answer: BudgetAnswer, chosen: Budget, run: Run) -> None:
    """Draw the field for the number to stop at, and say below the answer what that gives."""
    fulls = [curve.full_reference.n for curve in answer.curves if curve.full_reference]
    if not fulls or not chosen.has_answer:
        return
    n = bind_stop(max(fulls))
    draw_stop(
        max(fulls), help_text="Training sentences. The page then says what F1 to expect, and what it costs."
    )
    if n is None:
        return
    references, digest = load_references(run, RunStore()), run.study.corpora.get(chosen.target, "")
    stop = _compute(answer, chosen, references, n, load_quiet_rates(), digest)
    if stop:
        find_head().html(f'<p class="note">{html.escape(describe_stop_point(stop))}</p>')


@compute_once(maxsize=64)
def _compute(
    answer: BudgetAnswer, row: Budget, references: References, n: int, rates: Rates, digest: str
) -> StopPoint | None:
    return compute_budget_stop(row, answer.curves, references, n, rates, digest=digest)
