"""The choice between a grid of sizes and a search, with the search's goal and limits."""

from collections.abc import Callable

import streamlit as st

from bioner_core.study.search import UNTIL, Search
from bioner_core.ui.shared.address import bind_to_address
from bioner_core.ui.shared.goal import choose_fraction
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.widgets import choose_button

GRID, SEARCH = "grid", "search"
_WAYS = {GRID: "Grid of sizes", SEARCH: "Search"}
_SLOWEST = 10_000  # minutes
_MOST_MODELS = 1000
_HIGHEST_COST = 1_000_000.0


def choose_search() -> Search | None:
    """Draw the choice; return the search, or None for a grid."""
    if choose_button("Which models", list(_WAYS), default=GRID, titles=_WAYS) == GRID:
        return None
    st.caption(
        "A search starts with few sizes up to full data. It then adds the models that tell most about the "
        "number of sentences, until that is exact enough."
    )
    with st.container(horizontal=True, gap="small"):
        until = _choose_number(
            "until", "End at high / low", 1.1, 10.0, float, "Of the 90 % interval.", default=UNTIL
        )
        minutes = _choose_number(
            "minutes", "Minutes at most", 1, _SLOWEST, int, "Empty: no limit. The first models always end."
        )
        seconds = [] if minutes is None else [60.0 * minutes]
        seconds += _choose_cost()
        models = _choose_number(
            "most models", "Models to add at most", 1, _MOST_MODELS, int, "Empty: no limit."
        )
        fraction = choose_fraction(help_text="Share of the F1 of full data without pretraining.")
    return Search(
        fraction=fraction,
        until=UNTIL if until is None else until,
        max_models=None if models is None else int(models),
        max_seconds=min(seconds, default=None),
    )


def _choose_cost() -> list[float]:
    """Draw the highest cost where an hour of training has a price; return the seconds that it pays for."""
    rates = load_user_rates()
    if not rates.machine_price:
        return []
    label, hint = f"{rates.currency} at most", "For training, at the price in Settings. Empty: no limit."
    money = _choose_number("cost", label, 0.01, _HIGHEST_COST, float, hint)
    return [] if money is None else [rates.compute_paid_seconds(money)]


def _choose_number(
    key: str,
    label: str,
    low: float,
    high: float,
    read: Callable[[str], float],
    help_text: str,
    *,
    default: float | None = None,
) -> float | None:
    """Draw a field for a number; None where it is empty."""

    def parse(text: str) -> float | None:
        number = read(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    bind_to_address(key, parse, default=default, what=label.lower())
    number: float | None = st.number_input(
        label, low, high, key=key, step=0.1 if read is float else 1, width=170, help=help_text
    )
    return number
