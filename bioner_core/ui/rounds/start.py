"""What the Rounds page shows before there is a project."""

import html

import streamlit as st

from bioner_core.connections.tool import TITLES
from bioner_core.ui.rounds.new_project import show_form
from bioner_core.ui.shared.shell import show_lead


def show_empty() -> None:
    """Say what a project is, and how to make one."""
    show_lead(
        "There is no project yet. A project sends texts to your annotation tool, fetches what is annotated, "
        "and says after each round whether to go on."
    )
    tools = html.escape(", ".join(TITLES.values()))
    st.html(
        f'<p class="note">Tools: {tools}. Nothing is sent until you have seen a list of what leaves this '
        "machine. On a terminal, <code>bioner rounds new</code> does the same.</p>"
    )
    st.page_link(
        "pages/upload.py", label="Without a tool: upload annotated files", icon=":material/upload_file:"
    )
    show_form()


def offer_project() -> None:
    """Offer another project."""
    with st.expander("New project", key="another project", on_change="rerun") as opened:
        if opened.open:
            show_form()
