"""The Upload page where nothing is annotated yet: language, kind of text, types, and the first batch."""

import html

import streamlit as st

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.answers.first_batch import FirstEstimate, estimate_unannotated
from bioner_core.answers.stopping import compute_stop_point
from bioner_core.answers.wording.estimate_cards import build_similar_card
from bioner_core.answers.wording.stopping import (
    describe_first_batch,
    describe_first_estimate,
    describe_stop_point,
)
from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.costs.rates import Rates
from bioner_core.forecast.forecast import DEFAULT_POOL
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.library import DOMAINS, LANGUAGES
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.shell import show_faults, show_lead
from bioner_core.ui.shared.widgets import choose_button, choose_option, choose_several, show_card
from bioner_core.ui.upload.goal import draw_goal, find_chosen_fraction, find_chosen_pool
from bioner_core.ui.upload.next_batch import offer_next_batch
from bioner_core.ui.upload.upload import leave_upload

_STARTS = {"files": "I have annotated files", "nothing": "Nothing annotated yet"}


def choose_start() -> bool:
    """Draw the choice of how to start; return whether there are files."""
    return choose_button("Start", list(_STARTS), titles=_STARTS) == "files"


def show_first_batch() -> None:
    """Draw the choices, and show the range from similar curves and what to annotate first."""
    leave_upload()
    with st.container(horizontal=True, gap="small"):
        language = choose_option("Language", ["", *LANGUAGES], titles={"": "not chosen", **LANGUAGES})
        domain = choose_option("Domain", ["", *DOMAINS], titles={"": "not chosen", **DOMAINS})
    types = choose_several(
        "Types",
        [DRUG, DISEASE],
        titles={},
        hint="What annotators will mark; you may type others.",
        takes_new=True,
    )
    if not types:
        show_lead("Choose what you will annotate. Then you see how many sentences others needed.")
        return
    rates = load_user_rates()
    with show_faults():
        draw_goal(
            0,
            n_pool=DEFAULT_POOL,
            find_lead=lambda: _estimate(types, language, domain, rates, None).estimate.lead,
        )
        _show_first_estimate(_estimate(types, language, domain, rates, find_chosen_fraction()), rates)


def _estimate(
    types: tuple[str, ...], language: str, domain: str, rates: Rates, fraction: float | None
) -> FirstEstimate:
    """Return the estimate that the controls stand for."""
    return estimate_unannotated(
        types,
        load_references(None, RunStore()),
        rates,
        language=language,
        domain=domain,
        n_pool=find_chosen_pool(),
        fraction=fraction,
    )


def _show_first_estimate(first: FirstEstimate, rates: Rates) -> None:
    show_lead(html.escape(describe_first_estimate(first, rates)))
    show_card(build_similar_card(first.estimate, first.estimate.lead), key="now")
    notes = [describe_first_batch(first)]
    if stop_at := st.session_state["stop"]:
        notes.append(describe_stop_point(compute_stop_point(first.estimate, stop_at, rates, n_test=0)))
    st.html("".join(f'<p class="note">{html.escape(note)}</p>' for note in notes))
    offer_next_batch(None, n=first.n_batch)
