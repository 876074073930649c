"""What ``streamlit run`` starts: the dashboard behind its guard."""

import streamlit as st
from starlette.middleware import Middleware

from bioner_core.files import PROJECT
from bioner_core.ui.server.guard import RequestGuard

app = st.App(PROJECT / "app.py", middleware=[Middleware(RequestGuard)])
