"""Open the dashboard: page settings and the table of pages."""

import streamlit as st

from bioner_core.ui.shared.shell import enter_page, show_faults

PAGES = {
    "budget": ("Budget", ":material/flag:"),
    "upload": ("Upload", ":material/upload_file:"),
    "train": ("Train", ":material/model_training:"),
    "transfer": ("Transfer", ":material/grid_on:"),
    "corpora": ("Corpora", ":material/library_books:"),
    "runs": ("Runs", ":material/history:"),
    "settings": ("Settings", ":material/settings:"),
}

page = st.navigation(
    [
        st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == "budget")
        for name, (title, icon) in PAGES.items()
    ],
    position="top",
)
st.set_page_config(f"{page.title} · BioNER Budget", ":material/flag:", layout="wide")
enter_page(page.title)
with show_faults():
    page.run()
