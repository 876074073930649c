"""What ``streamlit run`` starts: the dashboard behind its guard."""

from contextlib import suppress

import streamlit as st
from starlette.middleware import Middleware

from bioner_core.corpus.kept_uploads import KeptUploads
from bioner_core.errors import BionerError
from bioner_core.files import PROJECT
from bioner_core.ui.server.guard import RequestGuard
from bioner_core.ui.server.home import HomeRedirect
from bioner_core.ui.server.upload_bounds import UploadBounds
from bioner_core.ui.shared.login import require_login
from bioner_core.users.current import act_as, list_owners
from bioner_core.users.login import load_login

PARTS = (RequestGuard, UploadBounds, HomeRedirect)  # each request passes them in this order
with suppress(BionerError, OSError):  # the page tries again
    KeptUploads().delete_old()
if login := load_login():
    require_login(login)
    for owner in list_owners():
        with suppress(BionerError, OSError), act_as(owner):
            KeptUploads().delete_old()
app = st.App(PROJECT / "app.py", middleware=[Middleware(part) for part in PARTS])
