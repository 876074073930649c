"""Open the dashboard: page settings and the table of pages."""

import streamlit as st

from bioner_core.ui.shared.collector import exempt_from_collection
from bioner_core.ui.shared.shell import ICON, enter_page, show_faults

PAGES = ("Budget", "Upload", "Train", "Transfer", "Corpora", "Runs", "Settings")  # style.css has their icons

visible = [st.Page(f"pages/{title.lower()}.py", title=title, default=title == PAGES[0]) for title in PAGES]
linked = st.Page("pages/formats.py", title="Formats", visibility="hidden")
page = st.navigation([*visible, linked], position="top")
st.set_page_config(f"{page.title} · BioNER Budget", ICON, layout="wide")
enter_page(page.title)
exempt_from_collection()
with show_faults():
    page.run()
