"""The control for the share of full F1 to reach; its parameter in the address is ``reach``."""

import streamlit as st

from bioner_core.ui.shared.address import bind_to_address, parse_number

LOWEST, HIGHEST, DEFAULT = 50.0, 99.9, 99.0  # percent


def choose_fraction(*, help_text: str, is_disabled: bool = False) -> float:
    """Draw the control.

    :param help_text: what full F1 means on the page.
    :returns: the fraction, in (0, 1).
    """
    percent = bind_to_address(
        "reach", parse_number(LOWEST, HIGHEST), default=DEFAULT, what="share of full F1"
    )
    st.slider(
        "Goal, % of full F1",
        *(LOWEST, HIGHEST),
        step=0.1,
        format="%.1f %%",
        key="reach",
        width=200,
        disabled=is_disabled,
        help=help_text,
    )
    return percent / 100
