"""Calls on a user's files: in a process with limits, once for each session, ended with the page."""

import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from bioner_core.corpus.limited_call import call_limited
from bioner_core.errors import BionerError

T = TypeVar("T")
MAX_KEPT = 5  # results that a session holds
ADVICE = "Give a part of the corpus, or add it on the command line, which has no limit: bioner corpus add."


@st.cache_resource(scope="session", show_spinner=False)
def _hold_results() -> dict[str, object]:
    return {}


def call_once(key: str, call: Callable[[], T], *, what: str, progress: str) -> T:
    """Return ``call()``, or what the same key had before in this session, be it an error.

    A rerun of the page, or its end, ends the call.

    :param what: is being read, for the message at a limit.
    :param progress: Markdown, shown with the seconds so far.
    :raises BionerError: a limit was reached, or the call raised it.
    """
    place, start = st.empty(), time.monotonic()

    def show_seconds() -> None:  # every change of a page is where Streamlit may stop it
        place.caption(f"{progress} {time.monotonic() - start:.0f} s")

    result = hold_result(key, lambda: call_limited(call, what=what, advice=ADVICE, wait=show_seconds))
    place.empty()
    return result


def hold_result(key: str, call: Callable[[], T]) -> T:
    """Return ``call()``, made here and now, or what the same key had before in this session.

    :raises BionerError: the call raised it.
    """
    results = _hold_results()
    if key in results:
        results[key] = results.pop(key)  # the last used are kept
    else:
        try:
            results[key] = call()
        except BionerError as error:
            results[key] = error
        for old in list(results)[:-MAX_KEPT]:
            del results[old]
    result = results[key]
    if isinstance(result, BionerError):
        raise result
    return result  # type: ignore[return-value]  # of the same call


def forget_results() -> None:
    """Drop all results of this session, with the texts in them."""
    _hold_results().clear()
