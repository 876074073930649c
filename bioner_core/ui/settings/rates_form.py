"""The form of the user's rates of annotation."""

from typing import Any

import streamlit as st

from bioner_core.answers.wording.costs import describe_example
from bioner_core.answers.wording.numbers import format_count
from bioner_core.costs.rates import (
    PUBLISHED_SECONDS,
    USER_SOURCE,
    Rates,
    compute_published_seconds,
    delete_rates,
    save_rates,
)
from bioner_core.errors import BionerError
from bioner_core.ui.shared.rates import load_user_rates
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
        values = _draw_fields(rates)
        with st.container(horizontal=True):
            is_saved = st.form_submit_button("Save rates", type="primary", key="save rates")
            st.form_submit_button("Use the published rates", key="forget rates", on_click=_request_reset)
    if is_saved:
        try:
            save_rates(Rates(**values))
        except BionerError as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
            return
        st.rerun()
    st.caption(escape_markdown(describe_example(rates)))


def _request_reset() -> None:
    """Delete the user's rates on the next run of the page, and fill the fields with the published ones."""
    st.session_state["forget"] = True
    st.session_state["rates form"] = st.session_state.get("rates form", 0) + 1


def _draw_fields(rates: Rates) -> dict[str, Any]:
    """Draw a field for each rate; return the values by the names of ``Rates``."""
    form = st.session_state.get("rates form", 0)

    def draw_number(
        label: str,
        value: float | None,
        low: float,
        high: float,
        *,
        step: float,
        key: str = "",
        **options: Any,
    ) -> float:
        number = type(step)  # all values of a field are of one type
        options |= {"min_value": number(low), "max_value": number(high), "step": step}
        start = None if value is None else number(value)
        return st.number_input(label, value=start, width=210, key=f"{key or label} {form}", **options)

    with st.container(horizontal=True):
        low = draw_number(
            "Seconds per sentence, fastest",
            rates.seconds_low,
            0.1,
            36_000,
            step=1.0,
            format="%.1f",
            key="Seconds a sentence, at best",
        )
        high = draw_number(
            "Slowest", rates.seconds_high, 0.1, 36_000, step=1.0, format="%.1f", help=SAME, key="and at worst"
        )
        annotators = draw_number("Annotators", rates.annotators, 1, 1_000, step=1)
        week = draw_number(
            "Hours per week, each",
            rates.hours_a_week,
            0.1,
            168,
            step=1.0,
            format="%.1f",
            help=WEEK,
            key="Hours a week of each",
        )
        double = draw_number(
            "Annotated by two people, %",
            100 * rates.double,
            0,
            100,
            step=5.0,
            format="%.0f",
            help=DOUBLE,
            key="Annotated by two, %",
        )
        settled = draw_number(
            "Time to resolve disagreements, %",
            100 * rates.adjudication,
            0,
            1_000,
            step=5.0,
            format="%.0f",
            help=SETTLE,
            key="Settling these, %",
        )
        setup = draw_number(
            "Preparation, hours", rates.setup_hours, 0, 100_000, step=1.0, format="%.1f", help=SETUP
        )
        price = draw_number(
            "Price per hour",
            rates.hourly_rate,
            0,
            100_000,
            step=1.0,
            format="%.2f",
            placeholder="none",
            key="Price of an hour",
        )
        currency = st.text_input("Currency", rates.currency, max_chars=12, width=120, key=f"Currency {form}")
    return {
        "seconds_low": low,
        "seconds_high": high,
        "source": rates.source if (low, high) == (rates.seconds_low, rates.seconds_high) else USER_SOURCE,
        "annotators": annotators,
        "hours_a_week": week,
        "double": double / 100,
        "adjudication": settled / 100,
        "setup_hours": setup,
        "hourly_rate": price,
        "currency": currency,
    }


SAME = "If you know your rate, enter the same number in both fields."
WEEK = "Few people annotate well for more than a few hours a day."
DOUBLE = "Share of sentences that two people annotate independently, to measure how far they agree."
SETTLE = "Time to resolve a sentence that two people annotated, as a share of the time to annotate it once."
SETUP = "Person-hours to write guidelines and train annotators, once."
