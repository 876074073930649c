"""Budget: how many sentences must be annotated?"""

import streamlit as st

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.wording.budgets import describe_answer
from bioner_core.curves.macro import add_macro_average
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import choose_query, choose_row, find_answer, show_cards
from bioner_core.ui.budget.certainty import show_certainty
from bioner_core.ui.budget.chart import show_chart, show_sources
from bioner_core.ui.budget.downloads import offer_downloads
from bioner_core.ui.budget.notes import follow_growth, show_details, show_notes, show_nothing_yet
from bioner_core.ui.budget.types_table import show_types
from bioner_core.ui.shared.markup import render_headline
from bioner_core.ui.shared.shell import show_lead, show_question
from bioner_core.ui.shared.widgets import choose_run

show_question("How many sentences must be annotated?")

with st.container(horizontal=True, key="asked"):
    run = choose_run(RunStore())
    state = run.state()
    curves = [curve for curve in run.curves(macro=True) if curve.has_enough_sizes]
    descriptions = describe_run_corpora(run)
    query, source_place = choose_query(curves, descriptions) if curves else (None, None)

if state.is_live:
    follow_growth(run, state.n_done)
if query is None or source_place is None:
    show_nothing_yet(run)
    st.stop()

with st.spinner("Computing intervals"):  # seconds for many types, the first time
    answer = find_answer(curves, query, estimate_sampling_noise(run, RunStore()))
with source_place:
    chosen = choose_row(answer.rows)
pending = run.pending() if state.n_pending else ()
n_pending = sum(job.target == query.target for job in pending)
show_lead(render_headline(describe_answer(chosen, n_pending=n_pending)))
description = descriptions.get(query.target)
show_cards(answer, chosen, description=description, state=state, n_pending=n_pending)

sources = sorted({curve.source for curve in curves})
points = [point for point in add_macro_average(run.points()) if query.selects(point)]
left, right = st.columns([4, 3], gap="medium")
with left:
    chart = show_chart(answer, chosen, sources, run)
with right:
    show_sources(answer.rows, chosen, sources)
    offer_downloads(points, chart, answer, chosen, run)
    show_notes(answer, chosen, run)
show_types(answer, chosen)
show_certainty(chosen, answer.curve(chosen), run)
show_details(points, run)
