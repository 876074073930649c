"""Corpora: which are here, and what stands in them?"""

import streamlit as st

from bioner_core.corpus.library import Library
from pages import _shelf as shelf
from pages._library import corpus, numbers, readable
from pages._parts import choose, lead, question
from pages._plain import count

question("Which corpora are here?")

names = Library().names()
if not names:
    shelf.empty()
    st.stop()

good = readable(names)
n_sentences = sum(numbers(name).sentences for name in good)
lead(
    f"The library holds <b>{count(len(names))} corp{'us' if len(names) == 1 else 'ora'}</b> "
    f"with {count(n_sentences)} sentences."
)
shelf.cards(names)
shelf.more()
if not good:
    st.stop()

shelf.table(good)
st.subheader("Look into one", anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom"):
    found = corpus(choose("Corpus", good))
    with st.popover("Download", icon=":material/download:"):
        shelf.downloads(found)
    if st.button("Delete", key="delete", icon=":material/delete:"):
        shelf.ask_to_delete(found.name)
shelf.odd(found.name)
shelf.browse(found)
