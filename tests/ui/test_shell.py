"""The shell: every page is in the navigation and opens through it."""

import re
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from bioner_core.ui.shared.shell import escape_markdown

ROOT = Path(__file__).resolve().parents[2]
# What Streamlit's Markdown makes a link of, without any markup (mdast-util-gfm-autolink-literal).
LINK = re.compile(r"(https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(\.[-\w]+)+", re.IGNORECASE)


def test_page_files_have_distinct_addresses():
    """Before app.py runs, Streamlit serves `_x.py` and `x.py` at the same address, which is an error."""
    names = [path.stem.lstrip("_") for path in (ROOT / "pages").glob("*.py")]
    assert sorted(set(names)) == sorted(names)


def test_page_files_are_short():
    lines = {p.name: len(p.read_text().splitlines()) for p in (ROOT / "pages").glob("[!_]*.py")}
    assert {name: n for name, n in lines.items() if n > 60} == {}
    assert len((ROOT / "app.py").read_text().splitlines()) <= 32


def draw_page_beside_the_shell():
    import streamlit as st
    from streamlit.runtime.pages_manager import PagesManager

    from bioner_core.ui.shared.shell import show_question

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    if st.session_state["runs"] == 1:
        PagesManager.uses_pages_directory = True
    show_question("What is here?")
    st.text(st.session_state["runs"])


def test_a_page_opened_outside_the_shell_is_opened_again_through_it():
    page = AppTest.from_function(draw_page_beside_the_shell).run()
    assert [t.value for t in page.text] == ["2"]


def test_text_of_a_file_is_neither_markup_nor_a_link():
    assert escape_markdown("a *b*\n  # c") == "a \\*b\\*\n  \\# c"
    for text in ("http://x.org", "HTTPS://x.org", "www.x.org", "a@x.org"):
        escaped = escape_markdown(text)
        assert escaped.replace("\u2060", "") == text
        assert not LINK.search(escaped)


def test_escaping_takes_time_that_grows_with_the_text():
    start = time.process_time()
    for unit in ("\n", " ", "_", "@", "http://", ":a"):
        escape_markdown(unit * 100_000)
    assert time.process_time() - start < 5  # the newlines alone took a minute
