"""Widgets that several pages share: cards, lists of facts, choices that stand in the address."""

import html
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.answers.wording.budget_cards import Card
from bioner_core.curves.budget import EVERY
from bioner_core.curves.points import AVERAGES, MACRO
from bioner_core.curves.sources import format_source, list_source_corpora
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.shared.address import Option, bind_to_address, parse_option
from bioner_core.ui.shared.explanations import explain_entities
from bioner_core.ui.shared.login import note_opening
from bioner_core.ui.shared.shell import escape_markdown

MAX_BUTTONS = 8  # of entity types side by side; more are a list


def is_dark() -> bool:
    """Say whether the page is shown on a dark ground."""
    return st.context.theme.type == "dark"


def show_card(card: Card, *, key: str) -> DeltaGenerator:
    """Show a card in a frame; return the frame for what else belongs into it."""
    frame = st.container(border=True, height="stretch", gap=None, key=key)
    with frame:
        st.html(
            f'<div class="card"><div class="label">{html.escape(card.label)}</div>'
            f'<div class="number">{html.escape(card.number)} '
            f'<span class="unit">{html.escape(card.unit)}</span></div>'
            f'<div class="text">{html.escape(card.text)}</div></div>'
        )
    return frame


def fit_name_width(names: Sequence[str]) -> int | None:
    """Return the width in pixels of a column of names: as wide as they are, unless one is long."""
    return 170 if max(map(len, names), default=0) > 24 else None


def show_facts(facts: Mapping[str, str]) -> None:
    """Show facts, each with its name; long ones wrap."""
    rows = (f"<dt>{html.escape(name)}</dt><dd>{html.escape(fact)}</dd>" for name, fact in facts.items())
    st.html(f'<dl class="facts">{"".join(rows)}</dl>')


def format_option(titles: Mapping[str, str], option: str) -> str:
    """Return the title of an option, or the option itself; as a ``partial`` a session can be serialized."""
    return titles.get(option, option)


def choose_option(
    label: str,
    options: Sequence[str],
    *,
    titles: Mapping[str, str] | None = None,
    default: str = "",
    is_kept: bool = False,
    width: int = 205,
    hint: str | None = None,
) -> str:
    """Draw a select box whose value stands in the address, under its label in small letters.

    :param titles: what to show instead of an option.
    :param hint: what the options mean.
    """
    key = label.lower()
    bind_to_address(key, parse_option(options), default=default or options[0], what=key, is_kept=is_kept)
    labels = {option: (titles or {}).get(option, option) for option in options}
    return st.selectbox(label, options, key=key, width=width, format_func=labels.__getitem__, help=hint)


def choose_several(
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
        _warn_about_unknown(key, options, what or key)

    def read(text: str) -> list[str]:
        return [name for name in dict.fromkeys(text.split(",")) if name in options or (takes_new and name)]

    chosen: list[str] = bind_to_address(key, read, default=[], what=what or key, write=",".join)
    st.multiselect(
        label,
        list(dict.fromkeys([*options, *chosen])),
        key=key,
        format_func=partial(_format_title, titles),
        accept_new_options=takes_new,
        help=hint,
        placeholder="Choose one or more",
    )
    return tuple(chosen)


def _warn_about_unknown(key: str, options: Sequence[str], what: str) -> None:
    unknown = [name for name in st.query_params.get(key, "").split(",") if name and name not in options]
    if unknown:
        names = ", ".join(f"“{escape_markdown(name[:80])}”" for name in unknown)
        st.warning(f"The address asks for {what} that are not available here: {names}.")


def _format_title(titles: Mapping[str, str], name: str) -> str:
    return titles.get(name, name) if len(list_source_corpora(name)) == 1 else format_source(name)


def choose_button(
    label: str,
    options: Sequence[Option],
    *,
    titles: Mapping[Option, str] | None = None,
    default: Option | None = None,
    hint: str | None = None,
) -> Option:
    """Draw a row of buttons, one of them pressed; it stands in the address as with :func:`choose_option`."""
    key = label.lower()
    pressed = bind_to_address(key, parse_option(options), default=default or options[0], what=key)
    labels = {option: escape_markdown((titles or {}).get(option, option)) for option in options}
    st.segmented_control(
        label, options, key=key, required=True, wrap=True, format_func=labels.__getitem__, help=hint
    )
    return pressed


def choose_entity(entities: Sequence[str], *, default: str | None = None) -> str:
    """Draw the choice of an entity type, averages last: buttons where they are few, else a list."""
    ordered = sorted(set(entities), key=lambda name: (name != EVERY, name in AVERAGES, name))
    titles, hint = {MACRO: "macro average"}, explain_entities(ordered)
    n_types = len(set(ordered) - {EVERY, *AVERAGES})
    default = default if default in ordered else None
    if len(ordered) <= MAX_BUTTONS:
        return choose_button("Entity", ordered, titles=titles, default=default, hint=hint)
    titles = {EVERY: f"every entity type ({n_types})", **titles}
    return choose_option("Entity", ordered, titles=titles, default=default or "", hint=hint)


def choose_run(store: RunStore) -> Run:
    """Draw the choice of a run: the published one first asked, the user's own last changed first."""
    names = store.names()
    if not names:
        raise BionerError("found no runs, not even the published one. Install BioNER Budget again.")
    default = SHIPPED[0] if SHIPPED[0] in names else names[0]
    titles = {name: store.open(name).title for name in SHIPPED if name in names}
    chosen = choose_option("Run", names, titles=titles, default=default, is_kept=True)
    note_opening("run", chosen)
    return store.open(chosen)
