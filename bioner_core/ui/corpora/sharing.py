"""Corpora that users share: their readers, and copies for the readers' own libraries."""

from dataclasses import replace
from functools import partial

import streamlit as st

from bioner_core.corpus.shared_corpora import (
    list_corpus_readers,
    list_shared_corpora,
    load_shared_corpus,
    share_corpus,
)
from bioner_core.ui.shared.library import find_free_name, keep_corpus
from bioner_core.ui.shared.sharing import choose_readers
from bioner_core.ui.shared.shell import escape_markdown, show_faults
from bioner_core.users.current import find_user

EFFECT = "People whom you name can copy this corpus, with its text, into their own library."


def offer_sharing(name: str) -> None:
    """Let the owner of a corpus choose who may read it; nothing without log-in."""
    if find_user():
        save = partial(share_corpus, name)
        choose_readers(list_corpus_readers(name), save, key=f"readers of {name}", effect=EFFECT)


def show_shared_corpora() -> None:
    """Show the corpora that others share, each with a button that copies it; nothing where there is none."""
    if not (names := list(list_shared_corpora())):
        return
    st.header("Shared with you", anchor=False)
    with show_faults():
        for name in names:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(escape_markdown(name), width="content")
                if st.button("Copy to my corpora", key=f"copy {name}", icon=":material/content_copy:"):
                    corpus = load_shared_corpus(name)
                    keep_corpus(replace(corpus, name=find_free_name(corpus)))
                    st.rerun()
