"""Open the dashboard: page settings and the table of pages."""

import streamlit as st

from bioner_core.ui.shared.shell import ICON, enter_page, show_faults

PAGES = ("Budget", "Upload", "Train", "Transfer", "Corpora", "Runs", "Settings")  # style.css has their icons

page = st.navigation(
    [st.Page(f"pages/{title.lower()}.py", title=title, default=title == PAGES[0]) for title in PAGES],
    position="top",
)
st.set_page_config(f"{page.title} · BioNER Budget", ICON, layout="wide")
enter_page(page.title)
with show_faults():
    page.run()
