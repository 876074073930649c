"""The form of the user's rates of annotation."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from bioner_core.answers.wording.costs import describe_example, describe_place
from bioner_core.answers.wording.numbers import format_count
from bioner_core.costs.rates import (
    PUBLISHED_SECONDS,
    USER_SOURCE,
    Rates,
    compute_published_seconds,
    delete_rates,
    locate_rates,
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
    st.caption(escape_markdown(f"{describe_example(rates)} {describe_place(locate_rates())}"))


def _request_reset() -> None:
    """Delete the user's rates on the next run of the page, and fill the fields with the published ones."""
    st.session_state["forget"] = True
    st.session_state["rates form"] = st.session_state.get("rates form", 0) + 1


@dataclass(frozen=True, kw_only=True)
class _Field:
    """A number of ``Rates`` in the form."""

    name: str  # of the field of Rates
    label: str
    key: str  # of the widget
    low: float
    high: float
    step: float = 1.0  # all numbers of a field have its type
    digits: int = 1
    percent: bool = False  # the form shows percent of the rate
    hint: str | None = None
    placeholder: str | None = None

    def draw(self, rates: Rates, form: int) -> float | None:
        """Draw the field with the current rate; return the entered rate."""
        number, factor = type(self.step), 100 if self.percent else 1
        value = getattr(rates, self.name)
        entered = st.number_input(
            self.label,
            number(self.low),
            number(self.high),
            None if value is None else number(factor * value),
            self.step,
            "%d" if number is int else f"%.{self.digits}f",
            key=f"{self.key} {form}",
            help=self.hint,
            placeholder=self.placeholder,
            width=210,
        )
        return entered / factor if self.percent and entered is not None else entered


_FIELDS = (
    _Field(
        name="seconds_low",
        label="Seconds per sentence, fastest",
        key="Seconds a sentence, at best",
        low=0.1,
        high=36_000,
    ),
    _Field(
        name="seconds_high",
        label="Slowest",
        key="and at worst",
        low=0.1,
        high=36_000,
        hint="If you know your rate, enter the same number in both fields.",
    ),
    _Field(name="annotators", label="Annotators", key="Annotators", low=1, high=1_000, step=1),
    _Field(
        name="hours_a_week",
        label="Hours per week, each",
        key="Hours a week of each",
        low=0.1,
        high=168,
        hint="Few people annotate well for more than a few hours a day.",
    ),
    _Field(
        name="double",
        label="Annotated by two people, %",
        key="Annotated by two, %",
        low=0,
        high=100,
        step=5.0,
        digits=0,
        percent=True,
        hint="Share of sentences that two people annotate independently, to measure how far they agree.",
    ),
    _Field(
        name="adjudication",
        label="Time to resolve disagreements, %",
        key="Settling these, %",
        low=0,
        high=1_000,
        step=5.0,
        digits=0,
        percent=True,
        hint="Time to resolve a sentence that two people annotated, as a share of annotating it once.",
    ),
    _Field(
        name="setup_hours",
        label="Preparation, hours",
        key="Preparation, hours",
        low=0,
        high=100_000,
        hint="Person-hours to write guidelines and train annotators, once.",
    ),
    _Field(
        name="hourly_rate",
        label="Price per hour",
        key="Price of an hour",
        low=0,
        high=100_000,
        digits=2,
        placeholder="none",
    ),
    _Field(
        name="machine_price",
        label="Training: price per hour",
        key="Price of an hour of training",
        low=0,
        high=100_000,
        digits=2,
        hint="Of the machine or cluster, in the same currency. Train then shows what a plan costs.",
        placeholder="none",
    ),
    _Field(
        name="machine_watts",
        label="Training: watts",
        key="Watts of training",
        low=0,
        high=10_000_000,
        step=50.0,
        digits=0,
        hint="Power of the machine or cluster while it trains. Train then shows the energy of a plan.",
        placeholder="none",
    ),
    _Field(
        name="marking",
        label="Time that marks mentions, %",
        key="Marking, %",
        low=1,
        high=100,
        step=5.0,
        digits=0,
        percent=True,
        hint="The rest of the time reads. With it, Budget shows the hours of correcting what a system has "
        "marked. Two timed batches on Budget find it.",
        placeholder="not stated",
    ),
    _Field(
        name="checking",
        label="Time to check a marked mention, %",
        key="Checking, %",
        low=0,
        high=1_000,
        step=5.0,
        digits=0,
        percent=True,
        hint="Time to accept or delete a mention that a system has marked, as a share of marking it.",
    ),
)


def _draw_fields(rates: Rates) -> dict[str, Any]:
    """Draw a field for each rate; return the values by the names of ``Rates``."""
    form = st.session_state.get("rates form", 0)
    with st.container(horizontal=True):
        values: dict[str, Any] = {field.name: field.draw(rates, form) for field in _FIELDS}
        currency = st.text_input("Currency", rates.currency, max_chars=12, width=120, key=f"Currency {form}")
    seconds = (values["seconds_low"], values["seconds_high"])
    is_same = seconds == (rates.seconds_low, rates.seconds_high)
    return {**values, "currency": currency, "source": rates.source if is_same else USER_SOURCE}
