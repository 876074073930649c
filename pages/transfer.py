"""Transfer: which corpus helps which?"""

import streamlit as st

from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.shared import caveats as weak
from bioner_core.ui.shared.shell import lead, md, question
from bioner_core.ui.shared.widgets import choose_run
from bioner_core.ui.transfer import matrix as parts
from bioner_core.ui.transfer.examples import pair
from bioner_core.ui.transfer.in_corpus import show_in_corpus
from bioner_core.ui.transfer.ranking import ranking
from bioner_core.ui.transfer.research_questions import show_questions
from bioner_core.ui.transfer.shared_pieces import show_overlap
from bioner_core.ui.transfer.statistics import show_corpora

question("Which corpus helps which?")

store = RunStore()
with st.container(horizontal=True, gap="medium", key="asked"):
    run = choose_run(store)
    found = parts.has_cell(run)
    asked = parts.ask(found) if found else None
if asked is None:
    st.info(
        "This run has no model that was trained on one corpus and tested on all of it, or on another one. "
        "`bioner transfer A B …` trains on each of several corpora and tests on all of them."
    )
    st.stop()

shown = parts.shown(found, asked)
best = parts.best_help(shown)
lead(parts.told(best, shown))
if doubt := weak.synthetic([run]):
    st.caption(md(doubt))
left, right = st.columns([4, 3], gap="medium")
with left:
    parts.heat_map(shown, run, asked)
with right:
    ranked = ranking(shown, run, asked.entity, first=best.test if best else shown[0].target)
if "source" in st.query_params:
    st.session_state.setdefault("pair", True)
with st.expander("Curve and example sentences", key="pair", on_change="rerun") as opened:
    if opened.open:
        pair(ranked, run)

published = None if run.name == SHIPPED[0] else store.open(SHIPPED[0])
st.subheader("Beside other runs", anchor=False)
others = [store.open(name) for name in parts.others_beside(store, run)]
if doubt := weak.synthetic(others):
    st.caption(md(doubt))
others = others or [published] * bool(published)
parts.beside(others, asked)
show_in_corpus([run, *others])
show_overlap(run, asked, published)
show_questions(run, asked.entity)
show_corpora([run, *others])
