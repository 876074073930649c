"""The controls for the goal: a share of full F1, or an F1; in the address ``reach`` and ``f1``."""

from functools import partial

import streamlit as st

from bioner_core.ui.shared.address import bind_to_address, parse_number

LOWEST, HIGHEST, DEFAULT = 50.0, 99.9, 99.0  # percent
BUTTONS = {"90 %": 90.0, "95 %": 95.0, "99 %": 99.0}  # shares of full F1
OTHER, F1 = "other", "an F1"  # the buttons that open a slider, and a field
FIRST_F1 = 80.0  # percent, in the field when it opens
_KEY = "goal"


def choose_fraction(*, help_text: str, default: float = DEFAULT) -> float:
    """Draw the buttons for the share of full F1 to reach, and a slider for any other share.

    :param help_text: what full F1 means on the page.
    :param default: in percent.
    :returns: the fraction, in (0, 1).
    """
    return _choose_goal(help_text, (*BUTTONS, OTHER), None, default) / 100


def choose_goal(*, help_text: str) -> tuple[float, float | None]:
    """Draw the buttons as :func:`choose_fraction` does, and one for an F1, which replaces the share.

    :returns: the fraction, in (0, 1), and the F1 in (0, 1] where that is the goal.
    """
    f1: float | None = bind_to_address("f1", parse_number(0.1, 100), default=None, what="F1")
    percent = _choose_goal(help_text, (*BUTTONS, OTHER, F1), f1)
    return percent / 100, None if f1 is None else f1 / 100


def bind_stop(largest: int) -> int | None:
    """Return the number of sentences to stop at; None where it is empty. Call it before the field is drawn.

    :param largest: number that is allowed.
    """
    read = partial(parse_count, 1, largest)
    n: int | None = bind_to_address("stop", read, default=None, what="number to stop at")
    return n


def draw_stop(largest: int, *, help_text: str) -> None:
    """Draw the field for the number of sentences to stop at."""
    st.number_input(
        "We stop at",
        min_value=1,
        max_value=largest,
        step=100,
        key="stop",
        width=160,
        placeholder="any number",
        help=help_text,
    )


def parse_count(low: int, high: int, text: str) -> int:
    """Return a whole number of the address. :raises ValueError: it is none, or out of range."""
    value = int(text)
    if not low <= value <= high:
        raise ValueError(text)
    return value


def _choose_goal(
    help_text: str, options: tuple[str, ...], f1: float | None, default: float = DEFAULT
) -> float:
    """Draw the buttons, and below them the control of the one pressed; return the share in percent."""
    percent = bind_to_address(
        "reach", parse_number(LOWEST, HIGHEST), default=default, what="share of full F1"
    )
    pressed = next((label for label, share in BUTTONS.items() if share == percent), OTHER)
    if f1 is not None or st.session_state.get(_KEY) == OTHER:
        pressed = OTHER if f1 is None else F1
    if st.session_state.get(_KEY) != pressed:
        st.session_state[_KEY] = pressed
    with st.container(width="content", gap="xsmall"):
        st.segmented_control(
            "Goal, share of full F1",
            options,
            key=_KEY,
            required=True,
            wrap=True,
            help=help_text,
            on_change=_take_button,
        )
        if pressed == OTHER:
            st.slider(
                "Share of full F1",
                *(LOWEST, HIGHEST),
                step=0.1,
                format="%.1f %%",
                key="reach",
                label_visibility="collapsed",
            )
        elif pressed == F1:
            st.number_input("F1 in percent", *(0.1, 100.0), step=1.0, format="%.1f", key="f1")
    return percent


def _take_button() -> None:
    """Set share and F1 to what was pressed."""
    state = st.session_state
    pressed = state[_KEY]
    state["f1"] = FIRST_F1 if pressed == F1 else None
    if pressed in BUTTONS:
        state["reach"] = BUTTONS[pressed]
