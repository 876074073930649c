"""Corpora: which are here, and what stands in them?"""

import streamlit as st

from bioner_core.corpus.library import Library
from bioner_core.ui.corpora import public, shelf
from bioner_core.ui.shared.library import amount, corpus, numbers, readable
from bioner_core.ui.shared.markup import count, named
from bioner_core.ui.shared.shell import faults, lead, question

name = st.query_params.get("corpus")
question("What stands in this corpus?" if name else "Which corpora are here?")
names = Library().names()
good = readable(names)

if name:
    st.page_link("pages/corpora.py", label="All corpora", icon=":material/arrow_back:")
    with faults():
        found = corpus(name)
        lead(f"<b>{named(name)}</b> holds {amount(numbers(name))}.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            shelf.look_at(name, good)
            with st.popover("Download", icon=":material/download:"):
                shelf.downloads(found)
            if st.button("Delete", key="delete", icon=":material/delete:"):
                shelf.ask_to_delete(name)
        shelf.odd(name)
        shelf.browse(found)
    st.stop()

if not names:
    shelf.empty()
    public.show()
    st.stop()

n_sentences = sum(numbers(name).sentences for name in good)
lead(
    f"The library holds <b>{count(len(names))} corp{'us' if len(names) == 1 else 'ora'}</b> "
    f"with {count(n_sentences)} sentences."
)
shelf.cards(names)
shelf.more()
if good:
    shelf.table(good)
public.show()
