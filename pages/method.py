"""Method: how is the number made, and how close does it come to the truth?"""

import streamlit as st

from bioner_core.ui.shared.documents import load_document
from bioner_core.ui.shared.shell import show_question

show_question("How is the number made?")
st.page_link("pages/budget.py", label="Back to Budget", icon=":material/arrow_back:")
st.markdown(load_document("method"))
