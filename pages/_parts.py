"""Widgets that several pages share: how a page opens, choices kept in the address, cards, faults."""

import html
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import TypeVar

import streamlit as st

from bioner_core.errors import BionerError
from bioner_core.files import PROJECT, cache_folder, private_folder
from pages._words import Card

T = TypeVar("T")
_MARKUP = re.compile(r"[\\`*\[\]<>~$|&]|(?<!\w)_|_(?!\w)|:(?=\w)|^\s*[#+-]", re.MULTILINE)
LOG_BYTES = 1_000_000  # a longer log is begun anew


def style() -> None:
    """Add the few rules that widgets have no parameter for."""
    st.html(PROJECT / "pages/_style.css")


def question(text: str) -> None:
    """Open a page by the one question it answers."""
    st.title(text, anchor=False)


def lead(sentence: str) -> None:
    """Show the page's answer in one sentence (HTML)."""
    st.html(f'<p class="lead">{sentence}</p>')


def card(shown: Card, *, key: str) -> None:
    """Show one answer in a frame."""
    with st.container(border=True, height="stretch", key=key):
        st.html(
            f'<div class="card"><div class="label">{html.escape(shown.label)}</div>'
            f'<div class="number">{html.escape(shown.number)} '
            f'<span class="unit">{html.escape(shown.unit)}</span></div>'
            f'<div class="text">{shown.text}</div></div>'
        )


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


@contextmanager
def faults() -> Iterator[None]:
    """Show what the user can put right as it is said, anything else as a fault, its traceback in the log."""
    try:
        yield
    except BionerError as error:
        st.error(md(str(error)), icon=":material/error:")
    except Exception as error:
        logging.getLogger("bioner").exception("a page failed")
        st.error(
            f"A fault in the program ({md(type(error).__name__)}), not something you did. {_log_fault()}",
            icon=":material/bug_report:",
        )


def _log_fault() -> str:
    """Append the traceback in hand to the log; return a sentence that says where it is."""
    path = cache_folder() / "app.log"
    try:
        private_folder(path.parent)
        mode = "w" if path.exists() and path.stat().st_size > LOG_BYTES else "a"
        with path.open(mode, encoding="utf-8") as log:
            log.write(
                f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{traceback.format_exc()}\n"
            )
    except OSError:
        return "The details are in the terminal that runs the dashboard."
    return f"The details are at the end of {md(str(path))}."


def live(seconds: float | None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a part of a page that draws itself again every so many seconds (None: only with the page)."""

    def decorate(part: Callable[..., None]) -> Callable[..., None]:
        @wraps(part)
        def guarded(*args: object) -> None:
            with faults():
                part(*args)

        return st.fragment(guarded, run_every=seconds)

    return decorate


def md(text: str) -> str:
    r"""Return ``text`` so that Markdown shows it letter by letter.

    >>> print(md("a_b *c* <d>: _e_ :red[f]"))
    a_b \*c\* \<d\>: \_e\_ \:red\[f\]
    """
    return _MARKUP.sub(r"\\\g<0>", text)
