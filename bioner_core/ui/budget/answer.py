"""The parts of the Budget page: what is asked, the answer, its curve and its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.answers.report.context import by_need
from bioner_core.charts.curve_chart import name_of
from bioner_core.corpus.description import About
from bioner_core.curves.budget import EVERY, Budget, curve_budgets, every_type
from bioner_core.curves.curve import Curve
from bioner_core.curves.interval import Chance
from bioner_core.curves.points import AVERAGES, CurvePoint
from bioner_core.study.run_state import RunState
from bioner_core.ui.budget import wording as words
from bioner_core.ui.budget.certainty import spread
from bioner_core.ui.budget.help_texts import WHY_TWO
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared.address import addressed, number_in
from bioner_core.ui.shared.rates import hours, known_rates
from bioner_core.ui.shared.widgets import card, choose, choose_entity


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the controls ask for."""

    target: str
    model: str
    method: str
    entity: str  # a type, "every" or "all"
    fraction: float  # of full F1, in (0, 1)
    goal_f1: float | None  # an F1 in (0, 1] instead


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The rows of the source table, best first, and the curves they come from."""

    rows: tuple[Budget, ...]
    by_type: tuple[Budget, ...]  # the rows of each type, where every type is asked for
    curves: tuple[Curve, ...]  # of one target, model and method; of every entity asked for

    def curve(self, row: Budget) -> Curve:
        """Return the curve of a row; for every type that of the type that decides."""
        return next(curve for curve in self.beside(row) if curve.source == row.source)

    def beside(self, row: Budget) -> list[Curve]:
        """Return the curves to draw together: those of the row's entity, from all sources."""
        return [curve for curve in self.curves if curve.entity == (row.decided_by or row.entity)]


def ask(found: Sequence[Curve], about: Mapping[str, About]) -> tuple[Asked, DeltaGenerator]:
    """Draw the controls for curves of one run; what it holds only one of is not asked.

    :param about: what is known of its corpora, in the order to offer them.
    :returns: what is asked, and the place for the choice of a source, which depends on it.
    """
    targets = sorted(
        {curve.target for curve in found},
        key=lambda name: (list(about).index(name) if name in about else len(about), name),
    )
    titles = {name: plain.described(name, it) for name, it in about.items()}
    target = choose("Target", targets, titles=titles, width=250)
    source = st.container(width=205, key="of source")
    own = [curve for curve in found if curve.target == target]
    models = {plain.model(c): (c.model, c.method) for c in own}
    model, method = models[choose("Model", list(models)) if len(models) > 1 else next(iter(models))]
    types = {c.entity for c in own if (c.model, c.method) == (model, method)}
    entity = choose_entity([EVERY, *types] if len(types - set(AVERAGES)) > 1 else [*types])
    fraction, goal_f1 = _goal()
    asked = Asked(
        target=target, model=model, method=method, entity=entity, fraction=fraction, goal_f1=goal_f1
    )
    return asked, source


def _goal() -> tuple[float, float | None]:
    """Draw the two ways to say what is to be reached; an F1 takes the place of the share."""
    goal: float | None = addressed("f1", number_in(0.1, 100), default=None, what="F1")
    reach = addressed("reach", number_in(50, 99.9), default=99.0, what="share of full F1")
    st.slider(
        "Reach, of full F1",
        *(50.0, 99.9),
        step=0.1,
        format="%.1f %%",
        key="reach",
        width=200,
        disabled=goal is not None,
        help="Full F1 is what the whole training part gives without pretraining.",
    )
    st.number_input(
        "or an F1 of",
        *(0.1, 100.0),
        step=1.0,
        format="%.1f",
        key="f1",
        placeholder="80",
        width=130,
        help="In percent. Leave it empty to ask for a share of full F1.",
    )
    return reach / 100, None if goal is None else goal / 100


def answer(found: Sequence[Curve], asked: Asked, chance: Chance | None = None) -> Answer:
    """Return the rows for what is asked, the one to plan on first.

    :param chance: what the run's counts tell of chance, for the intervals.
    """
    own = [
        curve
        for curve in found
        if (curve.target, curve.model, curve.method) == (asked.target, asked.model, asked.method)
        and (curve.entity == asked.entity or (asked.entity == EVERY and curve.entity not in AVERAGES))
    ]
    rows = curve_budgets(own, fraction=asked.fraction, goal_f1=asked.goal_f1, chance=chance)
    types = rows if asked.entity == EVERY else []
    shown = every_type(rows) if asked.entity == EVERY else rows
    return Answer(rows=tuple(sorted(shown, key=by_need)), by_type=tuple(types), curves=tuple(own))


def chosen_row(rows: Sequence[Budget]) -> Budget:
    """Draw the choice of a source, the one to plan on first; chart and table choose it, too."""
    titles = {row.source: name_of(row.source) for row in rows}
    source = choose("Source", list(titles), titles=titles)
    return next(row for row in rows if row.source == source)


def cards(result: Answer, row: Budget, *, about: About | None, state: RunState, n_pending: int) -> None:
    """Show the plan, the first crossing and the saving.

    :param about: what is known of the target.
    :param n_pending: models of the target that are still to be trained.
    """
    means = {} if row.entity == EVERY else {size.n: size.f1 for size in result.curve(row).sizes}
    at_rates = partial(hours, rates=known_rates())
    shown = {
        "plan": words.plan_card(
            row,
            types=[one for one in result.by_type if one.source == row.source],
            per_document=about.per_document if about else None,
            spread=spread(row, is_published=state.is_published, n_pending=n_pending),
            hours=at_rates,
        ),
        "first": words.first_card(row, f1=None if row.n_first is None else means.get(row.n_first)),
        "saves": words.saves_card(row, result.rows, hours=at_rates),
    }
    for column, (key, one) in zip(st.columns(3), shown.items(), strict=True):
        with column, card(one, key=key):
            if key == "first":
                with st.popover("Why two numbers?", type="tertiary", key="why"):
                    st.markdown(WHY_TWO)


def is_shown(point: CurvePoint, asked: Asked) -> bool:
    """Say whether a point belongs to the view: its target, model and entity, from any source."""
    same = (point.target, point.model, point.method) == (asked.target, asked.model, asked.method)
    return same and (point.entity == asked.entity or (asked.entity == EVERY and point.entity not in AVERAGES))
