"""Open the dashboard: page settings and the table of pages."""

import streamlit as st

from bioner_core.ui.shared.login import enter_session
from bioner_core.ui.shared.shell import ICON, enter_page, show_faults

# style.css has their icons
PAGES = ("Budget", "Upload", "Rounds", "Train", "Transfer", "Corpora", "Runs", "Settings")

visible = [st.Page(f"pages/{title.lower()}.py", title=title, default=title == PAGES[0]) for title in PAGES]
linked = [
    st.Page(f"pages/{title.lower()}.py", title=title, visibility="hidden") for title in ("Formats", "Method")
]
page = st.navigation([*visible, *linked], position="top")
st.set_page_config(f"{page.title} · BioNER Budget", ICON, layout="wide", initial_sidebar_state="collapsed")
enter_page(page.title)
with show_faults():
    if enter_session():
        page.run()
