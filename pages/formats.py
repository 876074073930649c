"""Formats: which files can be uploaded?"""

import streamlit as st

from bioner_core.corpus.reading.detect import NAMES
from bioner_core.ui.shared.documents import load_document
from bioner_core.ui.shared.shell import show_lead, show_question

show_question("Which files can I upload?")
show_lead(
    f"<b>{len(NAMES)} formats</b> are read. You need not name yours: the content of the files shows it."
)
st.page_link("pages/upload.py", label="Back to Upload", icon=":material/arrow_back:")
st.markdown(load_document("formats"))
