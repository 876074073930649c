"""The report of an estimate: its verdict and figures, over the curves of its run."""

from dataclasses import replace

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.corpus_estimate import CorpusEstimate
from bioner_core.answers.pool import Pool
from bioner_core.answers.report.context import ReportContext, choose_answer
from bioner_core.answers.wording.basis import describe_basis
from bioner_core.answers.wording.estimate_cards import build_figure_cards
from bioner_core.answers.wording.estimates import format_share
from bioner_core.answers.wording.forecasts import format_need
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.points import NONE
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def build_estimate_context(answer: CorpusEstimate, run: Run, store: RunStore) -> ReportContext:
    """Return the context of an estimate's report; the forecast is of the type that decides.

    :raises BionerError: the run has no curve of two or more sizes yet.
    """
    curves, noise, best = run.curves(), estimate_sampling_noise(run, store), answer.best
    rows = compute_curve_budgets(curves, fraction=best.lead, noise=noise)
    target = run.study.targets[0]
    context = choose_answer(curves, rows, run=run, target=target, source=NONE, noise=noise)
    is_larger = best.pool.n_all > best.pool.n_train
    return replace(
        context,
        rates=answer.request.rates,
        cost=answer.cost,
        forecast=best.find_forecast(best.decided_by or best.entity) if is_larger else None,
        basis=describe_basis(load_references(run, store)) if is_larger else "",
        verdict=answer.verdict,
        boxes=_build_boxes(answer, best.pool),
    )


def _build_boxes(answer: CorpusEstimate, pool: Pool) -> tuple[tuple[str, str, str], ...]:
    """Return the figures of the estimate, and the sentences for its leading goal."""
    need = answer.best.find_need(answer.best.lead)
    goal = f"of the F1 that {pool.n_all:,} would give"
    plan = (f"For {format_share(need)}", f"{format_need(need, pool.n_all)}", goal)
    cards = [
        (card.label, f"{card.number} {card.unit}", card.text) for card in build_figure_cards(answer.best)
    ]
    return (plan, *cards)
