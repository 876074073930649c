"""HTML of names and headlines; everything in them is escaped here."""

import html
from collections.abc import Sequence

from bioner_core.answers.wording.budgets import Headline
from bioner_core.answers.wording.names import describe_entity
from bioner_core.answers.wording.numbers import format_bytes

MAX_LETTERS = 32  # of a name in a narrow place; the whole name is on hover


def render_name(name: str, *, length: int = MAX_LETTERS) -> str:
    """Return ``name`` as HTML: a long one cut, the whole on hover."""
    if len(name) <= length:
        return html.escape(name)
    return f'<span title="{html.escape(name)}">{html.escape(name[: length - 1])}…</span>'


def render_entity(name: str) -> str:
    """Return an entity type as HTML; for an average, what it averages."""
    text = describe_entity(name)
    return render_name(name) if text == name else text


def render_headline(headline: Headline) -> str:
    """Return a sentence as HTML, its first words in bold."""
    return f"<b>{html.escape(headline.emphasized)}</b>{html.escape(headline.rest)}"


def render_machine(titles: Sequence[str], n_bytes: float) -> str:
    """Say as HTML what trains here, and how much is stored."""
    devices = html.escape(" and ".join(titles))
    return f"This machine trains on <b>{devices}</b>. {format_bytes(n_bytes)} are stored."
