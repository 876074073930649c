"""Corpora: which are here, and what stands in them?"""

import streamlit as st

from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.library import Library
from bioner_core.ui.corpora import public, sharing, shelf
from bioner_core.ui.corpora.download import offer_download
from bioner_core.ui.shared.estimates import offer_estimates
from bioner_core.ui.shared.library import count_corpus, describe_amount, list_readable, load_library_corpus
from bioner_core.ui.shared.markup import render_name
from bioner_core.ui.shared.shell import show_faults, show_lead, show_question

name = st.query_params.get("corpus")
show_question("What is in this corpus?" if name else "Which corpora are here?")
names = Library().names()
good = list_readable(names)

if name:
    st.page_link("pages/corpora.py", label="All corpora", icon=":material/arrow_back:")
    with show_faults():
        corpus = load_library_corpus(name)
        show_lead(f"<b>{render_name(name)}</b> holds {describe_amount(count_corpus(name))}.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            shelf.choose_another_corpus(name, good)
            with st.popover("Download", icon=":material/download:"):
                offer_download(corpus)
            sharing.offer_sharing(name)
            if st.button("Delete", key="delete", icon=":material/delete:"):
                shelf.confirm_deletion(name)
        offer_estimates(name)
        shelf.show_corpus_findings(name)
        shelf.show_browser(corpus)
    st.stop()

if not names:
    shelf.show_empty_library()
    sharing.show_shared_corpora()
    public.show_public_corpora()
    st.stop()

n_sentences = sum(count_corpus(name).sentences for name in good)
show_lead(
    f"The library holds <b>{format_count(len(names))} corp{'us' if len(names) == 1 else 'ora'}</b> "
    f"with {format_count(n_sentences)} sentences."
)
shelf.show_cards(names)
shelf.offer_more_corpora()
sharing.show_shared_corpora()
if good:
    shelf.show_statistics(good)
public.show_public_corpora()
