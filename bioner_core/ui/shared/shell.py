"""The frame of every page: style, question and answer, error messages, parts that redraw themselves."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache, wraps
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bioner_core.errors import BionerError, format_traceback
from bioner_core.files import create_private_folder, locate_cache_folder

_FOLDER = Path(__file__).parent
ICON = _FOLDER / "icon.svg"  # a named symbol would come from another server
_SCRIPTS = ("accessibility.js", "scroll_hints.js", "copy_link.js", "run_note.js")  # each runs once in a tab
LOG_BYTES = 1_000_000  # a longer log is begun anew
_HEAD: ContextVar[DeltaGenerator | None] = ContextVar("head", default=None)
_MARKUP = re.compile(r"[\\`*\[\]<>~$|&]|(?<!\w)_|_(?!\w)|:(?=\w)")
_LINE_START = re.compile(r"^[^\S\n]*(?=[#+-])", re.MULTILINE)
_LINK_MARK = re.compile(r"(?<=http)(?=s?://)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"  # invisible; a link that Markdown finds by itself has no escape


def restart_through_app() -> None:
    """Rerun the page through app.py if Streamlit opened it directly; every page calls this first.

    Until ``st.navigation`` has run once, Streamlit takes ``pages/`` for pages of its older kind: an address
    such as /runs, if it is the first to be opened after a start, would show the file without navigation.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def enter_page(page: str) -> None:
    """Start a page: count the visit if the page has changed; load the style sheet and what reads news out."""
    state = st.session_state
    if state.get("page") != page:
        state["page"], state["visit"] = page, state.get("visit", 0) + 1
        _free_uploaded_files()
    st.html(_load_head("style", "style.css"))
    st.html(_load_head("script", *_SCRIPTS), unsafe_allow_javascript=True)
    # Dialogs and popovers lie outside of what Streamlit tells the scheme to.
    st.html(f"<style>:root {{ color-scheme: {st.context.theme.type or 'light'}; }}</style>")


@dataclass(frozen=True)
class _Html:
    """HTML as an object, which Streamlit takes as it is; it would indent a text anew at each rerun."""

    text: str

    def _repr_html_(self) -> str:
        return self.text


@cache
def _load_head(tag: str, *names: str) -> _Html:
    """Read files into one tag."""
    texts = "".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)
    return _Html(f"<{tag}>{texts}</{tag}>")


def _free_uploaded_files() -> None:
    """Drop the files of uploaders that were left: Streamlit holds them in memory as long as the session."""
    if context := get_script_run_ctx():
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def show_question(text: str) -> None:
    """Show the question that a page answers, and reserve room below it for the answer and warnings."""
    restart_through_app()
    st.title(text, anchor=False)
    _HEAD.set(st.container())


def find_head() -> DeltaGenerator:
    """Return the room below the question; the current place on a page without a question."""
    return _HEAD.get() or st.container()


def show_lead(sentence: str) -> None:
    """Show the page's answer in one sentence (HTML) below its question."""
    find_head().html(f'<p class="lead">{sentence}</p>')


@contextmanager
def show_faults() -> Iterator[None]:
    """Show a user's error with its message; show any other as a fault and log its traceback."""
    try:
        yield
    except BionerError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
    except Exception as error:
        logging.getLogger("bioner").error("a page failed\n%s", format_traceback(error))
        kind = escape_markdown(type(error).__name__)
        st.error(
            f"The program has an error ({kind}); you did nothing wrong. {_log_fault(error)}",
            icon=":material/bug_report:",
        )


def _log_fault(error: Exception) -> str:
    """Append a traceback to the log; return a sentence that says where the log is."""
    path = locate_cache_folder() / "app.log"
    try:
        create_private_folder(path.parent)
        mode = "w" if path.exists() and path.stat().st_size > LOG_BYTES else "a"
        with path.open(mode, encoding="utf-8") as log:
            log.write(
                f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{format_traceback(error)}\n"
            )
    except OSError:
        return "The details are in the terminal that runs the dashboard."
    return f"The details are at the end of {escape_markdown(str(path))}."


def repeat_every(seconds: float | None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function of a page redraw itself every so many seconds (None: only with the page)."""

    def decorate(part: Callable[..., None]) -> Callable[..., None]:
        @wraps(part)
        def guarded(*args: object) -> None:
            with show_faults():
                part(*args)

        return st.fragment(guarded, run_every=seconds)

    return decorate


def escape_markdown(text: str) -> str:
    r"""Escape ``text`` for Markdown; addresses in it do not become links.

    >>> print(escape_markdown("a_b *c* <d>: _e_ :red[f]"))
    a_b \*c\* \<d\>: \_e\_ \:red\[f\]
    """
    text = _LINE_START.sub(r"\g<0>\\", _MARKUP.sub(r"\\\g<0>", text))
    return _LINK_MARK.sub(_WORD_JOINER, text)
