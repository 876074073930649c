"""The user of a browser session: found by each access to the store, welcomed by each page."""

from contextlib import suppress

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bioner_core.errors import BionerError
from bioner_core.ui.shared.shell import escape_markdown, show_lead, show_question
from bioner_core.users.audit import record_action
from bioner_core.users.current import User, create_home, require_users
from bioner_core.users.login import HEADER_KEY, Login, load_login

_SESSION_KEY = "logged in"  # name of the user who opened the session
LOGGED_OUT = "nobody is logged in. Reload the page and log in."


def require_login(login: Login) -> None:
    """Switch log-in on for all sessions of this server."""
    require_users(lambda: find_session_user(login))


def find_session_user(login: Login) -> User:
    """Return the user of the session that this thread works for. :raises BionerError: there is none."""
    if get_script_run_ctx() is None:
        raise BionerError(LOGGED_OUT)
    name = _read_name(login)
    if st.session_state.setdefault(_SESSION_KEY, name) != name:
        raise BionerError("somebody else has logged in since this page was opened. Reload the page.")
    return login.build_user(name)


def _read_name(login: Login) -> str:
    token = st.user.to_dict()
    if login.header:
        return login.decode_header(str(token.get(HEADER_KEY) or ""))
    if not token.get("is_logged_in"):
        raise BionerError(LOGGED_OUT)
    return login.find_claim(token)


def enter_session() -> bool:
    """Welcome the user in the sidebar; return whether the page may be shown, else ask for the log-in."""
    login = load_login()
    if login is None:
        return True
    if login.claim and not st.user.get("is_logged_in"):
        show_question("Who are you?")
        show_lead("Log in to see your runs and corpora, and what others share with you.")
        st.button("Log in", key="log in", type="primary", icon=":material/login:", on_click=st.login)
        return False
    if login.claim:
        st.sidebar.button("Log out", key="log out", icon=":material/logout:", on_click=_log_out)
    user = find_session_user(login)
    st.sidebar.markdown(f"Logged in as **{escape_markdown(user.name)}**")
    if not st.session_state.get("welcomed"):
        create_home(user)
        record_action("log in")
        st.session_state["welcomed"] = True
    return True


def _log_out() -> None:
    with suppress(BionerError):  # the name of the user cannot be believed
        record_action("log out")
    st.logout()


def note_opening(kind: str, name: str) -> None:
    """Record once in a session that the user opens a run or corpus."""
    opened: list[str] = st.session_state.setdefault("opened", [])
    if f"{kind} {name}" not in opened:
        opened.append(f"{kind} {name}")
        record_action(f"open {kind}", name)
