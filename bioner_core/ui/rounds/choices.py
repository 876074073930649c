"""Goal and rates of a project: in the form that makes it, and changed later."""

import streamlit as st

from bioner_core.answers.round_steps import change_project
from bioner_core.costs.rates import Rates
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.rates_fields import TRAINING, EnteredRates, draw_rates
from bioner_core.ui.shared.shell import show_faults

LOWEST, HIGHEST = 50.0, 100.0  # percent


def draw_choices(project: Project | None = None) -> tuple[float | None, EnteredRates | None]:
    """Draw goal and rates; return the share of what all texts would give, and the rates that were entered.

    :param project: that has them now; None: a new one.
    :returns: None for a goal as an estimate has it, and for the rates of Settings.
    """
    form = project.name if project else "new"
    fraction = project.fraction if project else None
    percent = st.number_input(
        "Goal, % of what all texts would give",
        LOWEST,
        HIGHEST,
        None if fraction is None else round(100 * fraction, 1),
        1.0,
        "%.1f",
        key=f"goal {form}",
        placeholder="99, or less where nobody can tell",
        help="The share of F1 that all texts of the project would give, at which annotation may stop.",
        width=320,
    )
    rates = project.rates if project else None
    has_rates = st.checkbox(
        "Other rates than those of Settings",
        rates is not None,
        key=f"has rates {form}",
        help="Speed, team and price of this project: hours and days are computed with them.",
    )
    entered = draw_rates(rates or load_user_rates(), form=form, without=TRAINING) if has_rates else None
    return None if percent is None else round(percent / 100, 6), entered


def build_rates(entered: EnteredRates | None) -> Rates | None:
    """Return the rates that were entered; None: those of Settings. :raises BionerError: out of range."""
    return entered.build_rates() if entered else None


def offer_change(project: Project) -> None:
    """Offer another goal and other rates for a project."""
    with st.expander("Goal and rates", key="choices", on_change="rerun") as opened:
        if not opened.open:
            return
        fraction, entered = draw_choices(project)
        if st.button("Save", key="save choices", icon=":material/save:"):
            with show_faults():
                change_project(project.name, ProjectStore(), fraction=fraction, rates=build_rates(entered))
                st.rerun()
