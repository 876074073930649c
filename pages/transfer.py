"""Transfer: which corpus helps which?"""

import streamlit as st

from bioner_core.answers.wording.caveats import describe_synthetic_runs
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.shared.shell import escape_markdown, show_lead, show_question
from bioner_core.ui.shared.widgets import choose_run
from bioner_core.ui.transfer import matrix
from bioner_core.ui.transfer.examples import show_pair
from bioner_core.ui.transfer.in_corpus import show_in_corpus
from bioner_core.ui.transfer.ranking import show_ranking
from bioner_core.ui.transfer.research_questions import show_questions
from bioner_core.ui.transfer.shared_pieces import show_overlap
from bioner_core.ui.transfer.statistics import show_corpora

show_question("Which corpus helps which?")

store = RunStore()
with st.container(horizontal=True, gap="medium", key="asked"):
    run = choose_run(store)
    curves = matrix.select_matrix_curves(run)
    view = matrix.choose_view(curves) if curves else None
if view is None:
    st.info(
        "This run has no model that was trained on all of one corpus and tested on this corpus or another. "
        "`bioner transfer A B …` trains on each of several corpora and tests on all of them."
    )
    st.stop()

view_curves = matrix.select_curves(curves, view)
best = matrix.find_best_pair(view_curves)
show_lead(matrix.render_best_pair(best, view_curves))
if doubt := describe_synthetic_runs([run]):
    st.caption(escape_markdown(doubt))
left, right = st.columns([4, 3], gap="medium")
with left:
    matrix.show_heatmap(view_curves, run, view)
with right:
    ranked = show_ranking(view_curves, run, view.entity, first=best.test if best else view_curves[0].target)
if "source" in st.query_params:
    st.session_state.setdefault("pair", True)
with st.expander("Curve and example sentences", key="pair", on_change="rerun") as opened:
    if opened.open:
        show_pair(ranked, run)

published = None if run.name == SHIPPED[0] else store.open(SHIPPED[0])
st.header("Comparison with other runs", anchor=False)
others = [store.open(name) for name in matrix.choose_other_runs(store, run)]
if doubt := describe_synthetic_runs(others):
    st.caption(escape_markdown(doubt))
others = others or ([published] if published else [])
matrix.show_other_heatmaps(others, view)
show_in_corpus([run, *others])
show_overlap(run, view, published)
show_questions(run, view.entity)
show_corpora([run, *others])
