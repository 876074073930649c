"""Widgets that several pages share: how a page opens, choices kept in the address, cards."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import SHIPPED, RunStore
from pages._shell import md, through_app
from pages._words import Card

T = TypeVar("T")


def question(text: str) -> None:
    """Open a page by the one question it answers."""
    through_app()
    st.title(text, anchor=False)


def is_dark() -> bool:
    """Say whether the page is shown on a dark ground."""
    return st.context.theme.type == "dark"


def lead(sentence: str) -> None:
    """Show the page's answer in one sentence (HTML)."""
    st.html(f'<p class="lead">{sentence}</p>')


def card(shown: Card, *, key: str) -> DeltaGenerator:
    """Show one answer in a frame, which is returned for what else belongs into it."""
    frame = st.container(border=True, height="stretch", key=key)
    with frame:
        st.html(
            f'<div class="card"><div class="label">{html.escape(shown.label)}</div>'
            f'<div class="number">{html.escape(shown.number)} '
            f'<span class="unit">{html.escape(shown.unit)}</span></div>'
            f'<div class="text">{shown.text}</div></div>'
        )
    return frame


def addressed(key: str, read: Callable[[str], T], *, default: T, what: str) -> T:
    """Bring a widget's value and the page's address together; to be called before the widget is drawn.

    An address that was opened or gone back to sets the value, a value that was chosen sets the address,
    and a choice is found again when the page is returned to. A default is not written out.

    :param key: of the widget in the session, and of the parameter in the address.
    :param read: turns the parameter into an allowed value, or raises KeyError or ValueError.
    :param what: names the value in the warning about an address that asks for something else.
    """
    state, seen = st.session_state, f"{key} in the address"
    wanted, before = st.query_params.get(key), st.session_state.get(seen)
    if key not in state:
        text = before if wanted is None else wanted
    elif wanted != before:
        text = wanted
    else:
        text = None if state[key] is None else str(state[key])
    try:
        value = default if text is None else read(text)
    except (KeyError, ValueError):
        value = default
        if wanted is not None and text == wanted != before:
            st.warning(
                f"The address asks for the {what} “{md(wanted[:80])}”, which is not here. "
                f"Shown instead: {md(str(default))}."
            )
    state[key] = value
    state[seen] = None if value == default else str(value)
    if state[seen] is not None:
        st.query_params[key] = state[seen]
    elif wanted is not None:
        del st.query_params[key]
    return value


def choose(
    label: str, options: Sequence[str], *, titles: Mapping[str, str] | None = None, default: str = ""
) -> str:
    """Draw a select box whose value stands in the address, under its label in small letters.

    :param titles: what to show instead of an option.
    """
    key = label.lower()
    addressed(key, one_of(options), default=default or options[0], what=key)
    shown = {option: (titles or {}).get(option, option) for option in options}
    return st.selectbox(label, options, key=key, width=280, format_func=shown.__getitem__)


def choose_run(store: RunStore) -> Run:
    """Draw the choice of a run: the published one first asked, the user's own last changed first."""
    names = store.names()
    if not names:
        raise BionerError("there are no runs, not even the published one: the program's folder is not whole.")
    default = SHIPPED[0] if SHIPPED[0] in names else names[0]
    titles = {name: store.open(name).title for name in SHIPPED if name in names}
    return store.open(choose("Run", names, titles=titles, default=default))


def one_of(options: Sequence[str]) -> Callable[[str], str]:
    """Return a reader for :func:`addressed` that allows these options."""
    return {option: option for option in options}.__getitem__


def number_in(low: float, high: float) -> Callable[[str], float]:
    """Return a reader for :func:`addressed` that allows numbers of one decimal from ``low`` to ``high``."""

    def read(text: str) -> float:
        value = round(float(text), 1)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read
