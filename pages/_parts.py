"""Widgets that several pages share: how a page opens, choices kept in the address, cards."""

import html
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.curves.budget import EVERY
from bioner_core.curves.points import AVERAGES, MACRO
from bioner_core.curves.sources import in_words, parts
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import SHIPPED, RunStore
from pages._shell import md, through_app
from pages._words import Card

T = TypeVar("T")
MOST_BUTTONS = 8  # of entity types side by side; more are a list
_HEAD: ContextVar[DeltaGenerator | None] = ContextVar("head", default=None)


def question(text: str) -> None:
    """Open a page by the one question it answers; below it is room for the answer and for warnings."""
    through_app()
    st.title(text, anchor=False)
    _HEAD.set(st.container())


def _head() -> DeltaGenerator:
    """Return the room below the question; the place at hand where a page asks none."""
    return _HEAD.get() or st.container()


def is_dark() -> bool:
    """Say whether the page is shown on a dark ground."""
    return st.context.theme.type == "dark"


def lead(sentence: str) -> None:
    """Show the page's answer in one sentence (HTML), below its question wherever this is called."""
    _head().html(f'<p class="lead">{sentence}</p>')


def card(shown: Card, *, key: str) -> DeltaGenerator:
    """Show one answer in a frame, which is returned for what else belongs into it."""
    frame = st.container(border=True, height="stretch", gap=None, key=key)
    with frame:
        st.html(
            f'<div class="card"><div class="label">{html.escape(shown.label)}</div>'
            f'<div class="number">{html.escape(shown.number)} '
            f'<span class="unit">{html.escape(shown.unit)}</span></div>'
            f'<div class="text">{shown.text}</div></div>'
        )
    return frame


def name_width(names: Sequence[str]) -> int | None:
    """Return the width in pixels of a column of names: as wide as they are, unless one is long."""
    return 170 if max(map(len, names), default=0) > 24 else None


def facts_list(facts: Mapping[str, str]) -> None:
    """Show facts, each with its name; long ones wrap."""
    rows = (f"<dt>{html.escape(name)}</dt><dd>{html.escape(fact)}</dd>" for name, fact in facts.items())
    st.html(f'<dl class="facts">{"".join(rows)}</dl>')


def addressed(key: str, read: Callable[[str], T], *, default: T, what: str, is_kept: bool = False) -> T:
    """Bring a widget's value and the page's address together; to be called before the widget is drawn.

    An address that is opened or gone back to sets the value, and a value that is chosen sets the address and
    is kept from page to page, where the new page has it. A default is not written out.

    :param key: of the widget in the session, and of the parameter in the address.
    :param read: turns the parameter into an allowed value, or raises KeyError or ValueError.
    :param what: names the value in the warning about an address that asks for something else.
    :param is_kept: keep from page to page what was shown, even if it was a page's default.
    """
    state, memo = st.session_state, f"{key} in the address"
    wanted, visit = st.query_params.get(key), state.get("visit", 0)
    before = state.get(memo, {"visit": None, "address": None, "value": None, "is_chosen": False})
    held = None if state.get(key) is None else str(state[key])
    is_chosen = before["is_chosen"]
    if wanted is None and before["visit"] != visit:
        text = before["value"] if is_chosen or is_kept else None
    elif wanted != before["address"] or key not in state:
        text, is_chosen = wanted, wanted is not None
    else:  # what was never chosen follows the default
        is_chosen = is_chosen or held != before["value"]
        text = held if is_chosen else None
    try:
        value = default if text is None else read(text)
    except (KeyError, ValueError):
        value, is_chosen = default, False
        if wanted is not None and text == wanted != before["address"]:
            shown = "nothing" if default is None else md(str(default))
            asked = f"The address asks for the {what} “{md(wanted[:80])}”, which is not on offer."
            _head().warning(f"{asked} Shown instead: {shown}.")
    address, shown = (None if x is None else str(x) for x in (None if value == default else value, value))
    state[key] = value
    state[memo] = {"visit": visit, "address": address, "value": shown, "is_chosen": is_chosen}
    if address is not None:
        st.query_params[key] = address
    elif wanted is not None:
        del st.query_params[key]
    return value


def link(*keys: str) -> str:
    """Return the address of this page with the values of these widgets, defaults written out."""
    held = {key: st.session_state.get(f"{key} in the address", {}).get("value") for key in keys}
    view = urlencode({key: value for key, value in held.items() if value is not None})
    return f"{(st.context.url or '').rstrip('/')}/?{view}"


def choose(
    label: str,
    options: Sequence[str],
    *,
    titles: Mapping[str, str] | None = None,
    default: str = "",
    is_kept: bool = False,
    width: int = 205,
) -> str:
    """Draw a select box whose value stands in the address, under its label in small letters.

    :param titles: what to show instead of an option.
    """
    key = label.lower()
    addressed(key, one_of(options), default=default or options[0], what=key, is_kept=is_kept)
    shown = {option: (titles or {}).get(option, option) for option in options}
    return st.selectbox(label, options, key=key, width=width, format_func=shown.__getitem__)


def several(
    label: str,
    options: Sequence[str],
    *,
    titles: Mapping[str, str],
    hint: str,
    takes_new: bool = False,
    what: str = "",
) -> tuple[str, ...]:
    """Draw a choice of several; they stand in the address under the label, joined by commas.

    :param what: names the values in the warning about an address that asks for others (default: the label).
    """
    key = label.lower()
    if not takes_new:
        _warn_of_unknown(key, options, what or key)
    seen, wanted = f"{key} in the address", st.query_params.get(key, "")
    if key not in st.session_state or wanted != st.session_state.get(seen, ""):
        asked = dict.fromkeys((wanted or st.session_state.get(seen, "")).split(","))
        st.session_state[key] = [name for name in asked if name in options or (takes_new and name)]
    taken = st.multiselect(
        label,
        list(dict.fromkeys([*options, *st.session_state[key]])),
        key=key,
        format_func=partial(_title, titles),
        accept_new_options=takes_new,
        help=hint,
        placeholder="Choose one or more",
    )
    st.session_state[seen] = ",".join(taken)
    if taken:
        st.query_params[key] = ",".join(taken)
    elif wanted:
        del st.query_params[key]
    return tuple(taken)


def _warn_of_unknown(key: str, options: Sequence[str], what: str) -> None:
    unknown = [name for name in st.query_params.get(key, "").split(",") if name and name not in options]
    if unknown:
        asked = ", ".join(f"“{md(name[:80])}”" for name in unknown)
        st.warning(f"The address asks for {what} that are not on offer: {asked}.")


def _title(titles: Mapping[str, str], name: str) -> str:
    return titles.get(name, name) if len(parts(name)) == 1 else in_words(name)


def switch(
    label: str, options: Sequence[str], *, titles: Mapping[str, str] | None = None, default: str = ""
) -> str:
    """Draw a row of buttons, one of them pressed; it stands in the address as with :func:`choose`."""
    key = label.lower()
    addressed(key, one_of(options), default=default or options[0], what=key)
    shown = {option: md((titles or {}).get(option, option)) for option in options}
    pressed = st.segmented_control(
        label, options, key=key, required=True, wrap=True, format_func=shown.__getitem__
    )
    return str(pressed)


def choose_entity(entities: Sequence[str]) -> str:
    """Draw the choice of an entity type, averages last: buttons where they are few, else a list."""
    ordered = sorted(set(entities), key=lambda name: (name != EVERY, name in AVERAGES, name))
    titles = {MACRO: "macro average"}
    n_types = len(set(ordered) - {EVERY, *AVERAGES})
    if len(ordered) <= MOST_BUTTONS:
        return switch("Entity", ordered, titles=titles)
    return choose("Entity", ordered, titles={EVERY: f"every one of {n_types} types", **titles})


def choose_run(store: RunStore) -> Run:
    """Draw the choice of a run: the published one first asked, the user's own last changed first."""
    names = store.names()
    if not names:
        raise BionerError("there are no runs, not even the published one: the program's folder is not whole.")
    default = SHIPPED[0] if SHIPPED[0] in names else names[0]
    titles = {name: store.open(name).title for name in SHIPPED if name in names}
    return store.open(choose("Run", names, titles=titles, default=default, is_kept=True))


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
