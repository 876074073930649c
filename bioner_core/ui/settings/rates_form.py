"""The form of the user's rates of annotation."""

import streamlit as st

from bioner_core.answers.wording.costs import describe_example, describe_place
from bioner_core.answers.wording.numbers import format_count
from bioner_core.costs.rates import (
    PUBLISHED_SECONDS,
    compute_published_seconds,
    delete_rates,
    locate_rates,
    save_rates,
)
from bioner_core.errors import BionerError
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.rates_fields import draw_rates
from bioner_core.ui.shared.shell import escape_markdown

ABSTRACTS = 22  # words of a sentence in abstracts, for comparison with the 11 of clinical notes


def show_rates_form() -> None:
    """Draw the form of the user's rates, and what they mean for a thousand sentences."""
    if st.session_state.pop("forget", False):
        delete_rates()
    rates = load_user_rates()
    slow = "–".join(format_count(s) for s in compute_published_seconds(ABSTRACTS))
    low, high = (format_count(s) for s in PUBLISHED_SECONDS)
    st.markdown(
        f"These rates turn sentences into hours and money. The published {low} to {high} seconds per "
        "sentence are those of nine annotators of clinical notes (11 words a sentence, three entity types; "
        "[Wei et al. 2019](https://doi.org/10.1093/jamia/ocz102), Table 4). At their pace a sentence of "
        f"{ABSTRACTS} words, as abstracts have, takes {slow} seconds. Pauses and coding to a vocabulary are "
        "not included. For a better rate, time 50 sentences of your own."
    )
    with st.form("rates", border=True):
        entered = draw_rates(rates, form=str(st.session_state.get("rates form", 0)))
        with st.container(horizontal=True):
            is_saved = st.form_submit_button("Save rates", type="primary", key="save rates")
            st.form_submit_button("Use the published rates", key="forget rates", on_click=_request_reset)
    if is_saved:
        try:
            save_rates(entered.build_rates())
        except BionerError as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
            return
        st.rerun()
    st.caption(escape_markdown(f"{describe_example(rates)} {describe_place(locate_rates())}"))


def _request_reset() -> None:
    """Delete the user's rates on the next run of the page, and fill the fields with the published ones."""
    st.session_state["forget"] = True
    st.session_state["rates form"] = st.session_state.get("rates form", 0) + 1
