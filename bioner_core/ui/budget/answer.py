"""The question and the answer of the Budget page: its controls, the rows they select, the cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.answers.first_view import FirstView, choose_first_view
from bioner_core.answers.goal_plans import compute_goal_plans, list_other_goals
from bioner_core.answers.pretraining_gain import SourceGain, find_gain
from bioner_core.answers.sort_order import sort_sources
from bioner_core.answers.wording.budget_cards import (
    build_first_crossing_card,
    build_plan_card,
    build_saving_card,
)
from bioner_core.answers.wording.certainty import describe_seeds
from bioner_core.answers.wording.names import describe_model, format_corpus
from bioner_core.charts.curve_chart import name_source
from bioner_core.computed_once import compute_once
from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.best_source import add_chances, select_best
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import AVERAGES, CurvePoint
from bioner_core.study.journal import FileStamp
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.ui.budget.help_texts import SOURCE_HINT, WHY_TWO
from bioner_core.ui.shared.explanations import explain_corpora
from bioner_core.ui.shared.goal import choose_goal
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.widgets import choose_entity, choose_option, show_card


@dataclass(frozen=True, kw_only=True)
class BudgetQuery:
    """The values of the controls."""

    target: str
    model: str
    method: str
    entity: str  # a type, "every" or "all"
    fraction: float  # of full F1, in (0, 1)
    goal_f1: float | None  # an F1 in (0, 1] instead

    def selects(self, item: Curve | CurvePoint) -> bool:
        """Say whether a curve or a point belongs to the answer, from whatever source."""
        is_model = (item.model, item.method) == (self.model, self.method)
        return is_model and self.selects_system(item)

    def selects_system(self, item: Curve | CurvePoint) -> bool:
        """Say whether a point is of the target and of a type of the answer, whatever it was made with."""
        is_type = self.entity == EVERY and item.entity not in AVERAGES
        return item.target == self.target and (item.entity == self.entity or is_type)


@dataclass(frozen=True, kw_only=True, eq=False)
class BudgetAnswer:
    """The budgets that a query selects, and the curves they come from; the sessions of a server share it."""

    rows: tuple[Budget, ...]  # of all sources, the best first
    type_rows: tuple[Budget, ...]  # of each type and source, where the query is for every type
    curves: tuple[Curve, ...]  # of all sources and types
    noise: SamplingNoise  # that the intervals rest on

    def curve(self, budget: Budget) -> Curve:
        """Return the curve of a row; for every type that of the type that decides."""
        return next(curve for curve in self.source_curves(budget) if curve.source == budget.source)

    def source_curves(self, budget: Budget) -> list[Curve]:
        """Return the curves of all sources for the row's type."""
        return [curve for curve in self.curves if curve.entity == (budget.decided_by or budget.entity)]

    def types(self, budget: Budget) -> list[Budget]:
        """Return the rows of each type from the row's source."""
        return [type_row for type_row in self.type_rows if type_row.source == budget.source]

    @compute_once(maxsize=128)
    def find_gain(self, budget: Budget) -> SourceGain | None:
        """Return what the row's source adds at a first annotation; without one, the most helpful source."""
        return find_gain(budget, self.rows, self.source_curves(budget), self.noise)

    @compute_once(maxsize=128)
    def compute_other_goals(self, budget: Budget) -> tuple[Budget, ...]:
        """Return the rows of the same source at the other shares of full F1 that an answer lists."""
        goals = list_other_goals(budget.fraction)
        return compute_goal_plans(
            self.curves, entity=budget.entity, source=budget.source, goals=goals, noise=self.noise
        )


def list_curves(run: Run) -> list[Curve]:
    """List the curves of a run that have a budget."""
    return [curve for curve in run.curves(macro=True) if curve.has_enough_sizes]


def find_first_view(run: Run, noise: SamplingNoise) -> FirstView | None:
    """Return what a run opens on; None while it is trained, so that the view does not change meanwhile."""
    return None if run.state().is_live else _find_first_view(run, run.stamps, noise)


@compute_once(maxsize=64)
def _find_first_view(run: Run, _: tuple[FileStamp, ...], noise: SamplingNoise) -> FirstView | None:
    return choose_first_view(run, list_curves(run), noise)


def choose_query(
    curves: Sequence[Curve],
    descriptions: Mapping[str, CorpusDescription],
    first: FirstView | None = None,
) -> tuple[BudgetQuery, DeltaGenerator]:
    """Draw the controls for the curves of one run; a control with a single option is left out.

    :param first: the target and the type to open on.
    :param descriptions: of its corpora, in the order to offer them.
    :returns: the query, and the place for the choice of a source, which depends on it.
    """
    order = list(descriptions)
    targets = sorted(
        {curve.target for curve in curves},
        key=lambda name: (order.index(name) if name in descriptions else len(order), name),
    )
    titles = {name: format_corpus(name, description) for name, description in descriptions.items()}
    target = choose_option(
        "Target",
        targets,
        titles=titles,
        width=250,
        default=first.target if first else "",
        hint=explain_corpora(descriptions),
    )
    source_place = st.container(width=205, key="of source")
    target_curves = [curve for curve in curves if curve.target == target]
    models = {describe_model(curve): (curve.model, curve.method) for curve in target_curves}
    model, method = models[choose_option("Model", list(models)) if len(models) > 1 else next(iter(models))]
    types = {curve.entity for curve in target_curves if (curve.model, curve.method) == (model, method)}
    entity = choose_entity(
        [EVERY, *types] if len(types - set(AVERAGES)) > 1 else [*types],
        default=first.entity if first and first.target == target else None,
    )
    fraction, goal_f1 = choose_goal(
        help_text="Full F1: F1 of a model trained on the whole training part without pretraining."
    )
    query = BudgetQuery(
        target=target, model=model, method=method, entity=entity, fraction=fraction, goal_f1=goal_f1
    )
    return query, source_place


def load_answer(run: Run, query: BudgetQuery, noise: SamplingNoise) -> BudgetAnswer:
    """Return ``find_answer`` of a run's curves: computed once for all sessions, until the run changes."""
    return _load_answer(run, run.stamps, query, noise)


@compute_once(
    maxsize=128, while_computing=partial(st.spinner, "Computing intervals")
)  # seconds, of many types
def _load_answer(
    run: Run, _: tuple[FileStamp, ...], query: BudgetQuery, noise: SamplingNoise
) -> BudgetAnswer:
    return find_answer(list_curves(run), query, noise)


def find_answer(
    curves: Sequence[Curve], query: BudgetQuery, noise: SamplingNoise | None = None
) -> BudgetAnswer:
    """Return the budgets that a query selects.

    :param noise: what the run's counts tell of chance, for the intervals.
    """
    selected = [curve for curve in curves if query.selects(curve)]
    rows = compute_curve_budgets(selected, fraction=query.fraction, goal_f1=query.goal_f1, noise=noise)
    is_every = query.entity == EVERY
    return BudgetAnswer(
        rows=tuple(sort_sources(add_chances(combine_types(rows) if is_every else rows))),
        type_rows=tuple(rows) if is_every else (),
        curves=tuple(selected),
        noise=noise or SamplingNoise(),
    )


def choose_row(rows: Sequence[Budget], descriptions: Mapping[str, CorpusDescription]) -> Budget:
    """Draw the choice of a source, by default the best one; chart and table choose it, too."""
    titles = {row.source: name_source(row.source) for row in rows}
    if len(rows) > 1:
        best = select_best(rows).source
        titles[best] = f"best: {titles[best]}"
    hint = f"{SOURCE_HINT}\n\n{explain_corpora(descriptions)}"
    source = choose_option("Source", list(titles), titles=titles, hint=hint)
    return next(row for row in rows if row.source == source)


def show_cards(
    answer: BudgetAnswer,
    budget: Budget,
    *,
    description: CorpusDescription | None,
    state: RunState,
    n_pending: int,
) -> None:
    """Show the plan, the first crossing and the saving.

    :param description: of the target.
    :param n_pending: models of the target that are still to be trained.
    """
    means = {} if budget.entity == EVERY else {size.n: size.f1 for size in answer.curve(budget).sizes}
    most_seeds = max((size.n_seeds for size in answer.curve(budget).settled_sizes), default=0)
    rates = load_user_rates()
    cards = {
        "plan": build_plan_card(
            budget,
            types=answer.types(budget),
            sentences_per_document=description.sentences_per_document if description else None,
            seeds=describe_seeds(
                budget, is_published=state.is_published, n_pending=n_pending, most_seeds=most_seeds
            ),
            rates=rates,
        ),
        "first": build_first_crossing_card(
            budget,
            f1=None if budget.n_first is None else means.get(budget.n_first),
            largest=max((size.n for size in answer.curve(budget).settled_sizes), default=0),
        ),
        "saves": build_saving_card(budget, answer.rows, rates=rates, best_gain=answer.find_gain(budget)),
    }
    for column, (key, card) in zip(st.columns(3), cards.items(), strict=True):
        with column, show_card(card, key=key):
            if key == "first":
                with st.popover("Why two numbers?", type="tertiary", key="why"):
                    st.markdown(WHY_TWO)
