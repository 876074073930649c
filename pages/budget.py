"""Budget: how many sentences must be annotated?"""

import streamlit as st

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.wording.budgets import describe_answer
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import (
    choose_query,
    choose_row,
    find_first_view,
    list_curves,
    load_answer,
    show_cards,
)
from bioner_core.ui.budget.evidence import show_evidence
from bioner_core.ui.budget.notes import follow_growth, show_nothing_yet, show_subject
from bioner_core.ui.budget.stop import show_stop
from bioner_core.ui.shared.markup import render_headline
from bioner_core.ui.shared.shell import show_lead, show_question
from bioner_core.ui.shared.widgets import choose_run

show_question("How many sentences must be annotated?")

controls = st.container(horizontal=True, key="asked")
with controls:
    run = choose_run(RunStore())
    state = run.state()
    curves = list_curves(run)
    descriptions = describe_run_corpora(run)
    noise = estimate_sampling_noise(run, RunStore())
    first = find_first_view(run, noise)
    query, source_place = choose_query(curves, descriptions, first) if curves else (None, None)

if state.is_live:
    follow_growth(run, state.n_done)
if query is None or source_place is None:
    show_nothing_yet(run)
    st.stop()

answer = load_answer(run, query, noise)
with source_place:
    chosen = choose_row(answer.rows, descriptions)
with controls:
    stop_place = st.container(width=160, key="of stop")
pending = run.pending() if state.n_pending else ()
n_pending = sum(job.target == query.target for job in pending)
others = answer.compute_other_goals(chosen)
show_lead(render_headline(describe_answer(chosen, others, n_pending=n_pending)))
show_subject(answer, chosen, run)
with stop_place:
    show_stop(answer, chosen, run)
description = descriptions.get(query.target)
show_cards(answer, chosen, description=description, state=state, n_pending=n_pending)
show_evidence(answer, chosen, query=query, curves=curves, run=run)
