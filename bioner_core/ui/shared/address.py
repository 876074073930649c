"""Keep widgets and the address of the page in step: links can be shared, going back undoes a choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

import streamlit as st

from bioner_core.ui.shared.shell import escape_markdown, find_head

T = TypeVar("T")
Option = TypeVar("Option", bound=str)


@dataclass(frozen=True, kw_only=True)
class _Memo:
    """The state of a widget when its page was last drawn."""

    visit: int | None = None  # number of the page visit; another visit has begun where it differs
    address: str | None = None  # value in the address; None for a default
    value: str | None = None  # as text of the address
    is_chosen: bool = False  # by the user, not a default


def bind_to_address(
    key: str,
    read: Callable[[str], T],
    *,
    default: T,
    what: str,
    is_kept: bool = False,
    write: Callable[[T], str] = str,
) -> T:
    """Set a widget and the address of the page to the same value; call it before the widget is drawn.

    An address that is opened or gone back to sets the value. A value that the user chooses sets the address
    and is kept from page to page, where the new page offers it. A default is not written to the address.

    :param key: of the widget in the session state, and of the parameter in the address.
    :param read: turns the parameter into an allowed value, or raises KeyError or ValueError.
    :param what: name of the value in the warning about an address with a value that is not allowed.
    :param is_kept: keep the value from page to page, even if it was a page's default; say if it is gone.
    :param write: turns a value into the text of the address.
    """
    state = st.session_state
    wanted, visit, before = st.query_params.get(key), state.get("visit", 0), _memo(key)
    held = None if state.get(key) is None else write(state[key])
    is_chosen = before.is_chosen
    is_changed = key in state and before.visit == visit and held != before.value
    if wanted is None and before.visit != visit:
        text = before.value if is_chosen or is_kept else None
    elif key not in state or (wanted != before.address and not is_changed):  # else the address is late
        text, is_chosen = wanted, wanted is not None
    else:  # what was never chosen follows the default
        is_chosen = is_chosen or held != before.value
        text = held if is_chosen else None
    try:
        value = default if text is None else read(text)
    except (KeyError, ValueError, OverflowError):
        value, is_chosen = default, False
        if is_kept and text and text == held:
            _warn(f"The {what} “{escape_markdown(text[:80])}” is no longer there.", default)
        elif wanted is not None and text == wanted != before.address:
            name = f"{what} “{escape_markdown(wanted[:80])}”"
            _warn(f"The address asks for the {name}, which is not available here.", default)
    text = None if value is None else write(value)
    address = None if value == default else text
    if key not in state or state[key] != value:  # else a widget would lose what is typed meanwhile
        state[key] = value
    state[_memo_key(key)] = _Memo(visit=visit, address=address, value=text, is_chosen=is_chosen)
    if address is not None:
        st.query_params[key] = address
    elif wanted is not None:
        del st.query_params[key]
    return value


def is_chosen(key: str) -> bool:
    """Say whether the user, or the address that was opened, set a widget; a default is nobody's choice."""
    return _memo(key).is_chosen


def _memo_key(key: str) -> str:
    return f"{key} in the address"


def _memo(key: str) -> _Memo:
    return st.session_state.get(_memo_key(key)) or _Memo()


def _warn(problem: str, default: object) -> None:
    used = "nothing" if default is None else escape_markdown(str(default))
    find_head().warning(f"{problem} Shown instead: {used}.")


def build_link(*keys: str) -> str:
    """Return the address of this page with the values of these widgets, defaults written out."""
    held = {key: _memo(key).value for key in keys}
    view = urlencode({key: value for key, value in held.items() if value is not None})
    return f"{(st.context.url or '').rstrip('/')}/?{view}"


def parse_option(options: Sequence[Option]) -> Callable[[str], Option]:
    """Return a reader for :func:`bind_to_address` that allows these options."""
    by_text: dict[str, Option] = {option: option for option in options}
    return by_text.__getitem__


def parse_number(low: float, high: float) -> Callable[[str], float]:
    """Return a reader for :func:`bind_to_address` for numbers from ``low`` to ``high`` with one decimal."""

    def read(text: str) -> float:
        value = round(float(text), 1)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read
