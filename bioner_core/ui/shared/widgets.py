"""Widgets that several pages share: cards, lists of facts, choices that stand in the address."""

import html
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.curves.budget import EVERY
from bioner_core.curves.points import AVERAGES, MACRO
from bioner_core.curves.sources import in_words, parts
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.budget.wording import Card
from bioner_core.ui.shared.address import addressed, one_of
from bioner_core.ui.shared.shell import md

MOST_BUTTONS = 8  # of entity types side by side; more are a list


def is_dark() -> bool:
    """Say whether the page is shown on a dark ground."""
    return st.context.theme.type == "dark"


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

    def read(text: str) -> list[str]:
        return [name for name in dict.fromkeys(text.split(",")) if name in options or (takes_new and name)]

    taken = addressed(key, read, default=[], what=what or key, write=",".join)
    st.multiselect(
        label,
        list(dict.fromkeys([*options, *taken])),
        key=key,
        format_func=partial(_title, titles),
        accept_new_options=takes_new,
        help=hint,
        placeholder="Choose one or more",
    )
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
