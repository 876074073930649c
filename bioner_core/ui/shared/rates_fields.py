"""The fields of rates in a form: the user's rates on Settings, and those of a project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from bioner_core.costs.rates import USER_SOURCE, Rates

TRAINING = ("machine_price", "machine_watts")  # of a machine that trains; no matter of annotators


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

    def draw(self, rates: Rates, form: str) -> float | None:
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


@dataclass(frozen=True)
class EnteredRates:
    """Rates as they stand in a form; they may be out of range."""

    rates: Rates  # before
    values: Mapping[str, Any]  # of the fields of ``Rates``

    def build_rates(self) -> Rates:
        """Return the rates that were entered. :raises BionerError: they are out of range."""
        seconds = (self.values["seconds_low"], self.values["seconds_high"])
        is_same = seconds == (self.rates.seconds_low, self.rates.seconds_high)
        return replace(self.rates, **self.values, source=self.rates.source if is_same else USER_SOURCE)


def draw_rates(rates: Rates, *, form: str, without: Sequence[str] = ()) -> EnteredRates:
    """Draw a field for each rate, with the rate in it.

    :param form: with another name, the fields are filled anew.
    :param without: fields of ``Rates`` that are not drawn.
    """
    with st.container(horizontal=True):
        values: dict[str, Any] = {
            field.name: field.draw(rates, form) for field in _FIELDS if field.name not in without
        }
        currency = st.text_input("Currency", rates.currency, max_chars=12, width=120, key=f"Currency {form}")
    return EnteredRates(rates, {**values, "currency": currency})
