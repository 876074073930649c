"""What annotating takes at the user's rates: the form that asks for them, and hours in words."""

import streamlit as st

from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.cost import annotating_hours, cost, hours_told, money_told, weeks_told, work_told
from bioner_core.costs.rates import (
    OWN,
    PUBLISHED_SECONDS,
    Rates,
    forget_rates,
    load_rates,
    published_seconds,
    save_rates,
    timed_rates,
)
from bioner_core.errors import BionerError
from bioner_core.ui.shared.markup import count
from bioner_core.ui.shared.shell import md

ABSTRACTS = 22  # words of a sentence in abstracts, for comparison with the 11 of clinical notes
EXAMPLE = 1000  # sentences


def known_rates() -> Rates:
    """Return the user's rates; where their file is damaged, say so and go on with the published ones."""
    try:
        return load_rates()
    except BionerError as error:
        st.warning(md(str(error)), icon=":material/warning:")
        return Rates()


def hours(n: int | None, rates: Rates) -> str:
    """Return what ``n`` sentences take, such as "≈ 9–18 h at your rate"; "" for none or fewer.

    Preparation is left out, which is due once however many sentences there are.
    """
    if not n or n < 0:
        return ""
    whose = "published rates" if rates.is_published else "your rate"
    return f"≈ {hours_told(*annotating_hours(n, rates))} at {whose}"


def edit() -> None:
    """Draw the form of the user's rates, and what they mean for a thousand sentences."""
    if st.session_state.pop("forget", False):
        forget_rates()
    rates = known_rates()
    slow = "–".join(count(s) for s in published_seconds(ABSTRACTS))
    low, high = (count(s) for s in PUBLISHED_SECONDS)
    st.markdown(
        f"Hours and money beside numbers come from here. The published {low} to {high} seconds a sentence "
        "are those of nine annotators of clinical notes (11 words a sentence, three entity types; "
        "[Wei et al. 2019](https://doi.org/10.1093/jamia/ocz102), Table 4). At their pace a sentence of "
        f"{ABSTRACTS} words, as abstracts have, takes {slow} seconds. Pauses and codes of a vocabulary come "
        "on top: better time fifty sentences of your own."
    )
    with st.form("rates", border=True):
        wanted = _fields(rates)
        with st.container(horizontal=True):
            is_saved = st.form_submit_button("Save rates", type="primary", key="save rates")
            st.form_submit_button("Back to the published ones", key="forget rates", on_click=_forget)
    if is_saved:
        try:
            save_rates(Rates(**wanted))
        except BionerError as error:
            st.error(md(str(error)), icon=":material/error:")
            return
        st.rerun()
    st.caption(example(rates))


def offer(reading: Reading, corpus: Corpus) -> None:
    """Say how long annotating took where the export tells, and offer it as the user's rate."""
    rates = known_rates()
    timed = timed_rates(reading, len(corpus.sentences), rates)
    if timed is None:
        return
    st.caption(
        f"Your export says how long annotating took: {timed.seconds_low:g} seconds a sentence on average "
        f"({count(reading.n_timed)} texts carry a time)."
    )
    if timed == rates:
        st.caption("Hours are told at this rate.")
    elif st.button("Tell hours at this rate", key="timed rate", icon=":material/timer:"):
        save_rates(timed)
        st.rerun()


def _forget() -> None:
    """Forget the user's rates when the page is drawn again, with fields that hold the published ones."""
    st.session_state["forget"] = True
    st.session_state["rates form"] = st.session_state.get("rates form", 0) + 1


def example(rates: Rates) -> str:
    """Return what a thousand sentences take at these rates, preparation included."""
    found = cost(EXAMPLE, EXAMPLE, rates)
    told = [f"{work_told(found)} of work", money_told(found), weeks_told(found)]
    taken = ", ".join(filter(None, told))
    return f"{count(EXAMPLE)} sentences take {taken} at these rates (seconds a sentence: {md(rates.source)})."


def _fields(rates: Rates) -> dict[str, object]:
    """Draw a field a rate; return the values as ``Rates`` takes them."""
    form = st.session_state.get("rates form", 0)

    def number(
        label: str, value: float | None, low: float, high: float, *, step: float, **more: object
    ) -> float:
        limits = {"min_value": type(step)(low), "max_value": type(step)(high), "step": step}
        shown = None if value is None else type(step)(value)
        return st.number_input(label, value=shown, width=210, key=f"{label} {form}", **limits, **more)

    with st.container(horizontal=True):
        low = number("Seconds a sentence, at best", rates.seconds_low, 0.1, 36_000, step=1.0, format="%.1f")
        high = number("and at worst", rates.seconds_high, 0.1, 36_000, step=1.0, format="%.1f", help=SAME)
        annotators = number("Annotators", rates.annotators, 1, 1_000, step=1)
        week = number(
            "Hours a week of each", rates.hours_a_week, 0.1, 168, step=1.0, format="%.1f", help=WEEK
        )
        double = number(
            "Annotated by two, %", 100 * rates.double, 0, 100, step=5.0, format="%.0f", help=DOUBLE
        )
        settled = number(
            "Settling these, %", 100 * rates.adjudication, 0, 1_000, step=5.0, format="%.0f", help=SETTLE
        )
        setup = number(
            "Preparation, hours", rates.setup_hours, 0, 100_000, step=1.0, format="%.1f", help=SETUP
        )
        price = number(
            "Price of an hour", rates.hourly_rate, 0, 100_000, step=1.0, format="%.2f", placeholder="none"
        )
        currency = st.text_input("Currency", rates.currency, max_chars=12, width=120, key=f"Currency {form}")
    return {
        "seconds_low": low,
        "seconds_high": high,
        "source": rates.source if (low, high) == (rates.seconds_low, rates.seconds_high) else OWN,
        "annotators": annotators,
        "hours_a_week": week,
        "double": double / 100,
        "adjudication": settled / 100,
        "setup_hours": setup,
        "hourly_rate": price,
        "currency": currency,
    }


SAME = "The same number where you know your rate."
WEEK = "Few people annotate well for more than a few hours a day."
DOUBLE = "Of the sentences, two people annotate so many independently, to measure how far they agree."
SETTLE = "Time to settle a sentence that two have annotated, of the time to annotate it once."
SETUP = "Writing guidelines and training annotators: person-hours, once."
