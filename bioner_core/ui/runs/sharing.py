"""Whose a run is, and who else may read it."""

from functools import partial

import streamlit as st

from bioner_core.study.run import Run
from bioner_core.study.run_sharing import list_run_readers, share_run
from bioner_core.ui.shared.sharing import choose_readers
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.users.current import find_user

EFFECT = (
    "People whom you name can read this run, with the texts of its corpora. They cannot change, resume or "
    "delete it."
)


def show_owner(run: Run) -> None:
    """Say whose a run is, if it is another user's."""
    if run.owner:
        st.caption(f"This run belongs to {escape_markdown(run.owner)}. You can read it, not change it.")


def offer_sharing(run: Run) -> None:
    """Let the owner of a run choose who may read it; nothing without log-in."""
    if find_user() and not run.is_read_only:
        key = f"readers of {run.name}"
        choose_readers(list_run_readers(run), partial(share_run, run), key=key, effect=EFFECT)
