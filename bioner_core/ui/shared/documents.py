"""Pages of the documentation inside the app."""

import re

import streamlit as st

from bioner_core.files import PROJECT

_TITLE = re.compile(r"\A# .*\n+")
_PICTURE = re.compile(r"^!\[.*\]\(.*\)\n+", re.MULTILINE)
_LINK_TO_FILE = re.compile(r"\[([^\]]+)\]\((?!#|https://)[^)]*\)")


@st.cache_data(show_spinner=False)
def load_document(name: str) -> str:
    """Return a page of the documentation without its title, pictures and links to other pages (Markdown)."""
    text = (PROJECT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    return _LINK_TO_FILE.sub(r"\1", _PICTURE.sub("", _TITLE.sub("", text)))
