"""Budget: how many sentences must be annotated?"""

import streamlit as st

from bioner_core.analysis.resampling import chance
from bioner_core.curves.macro import with_macro
from bioner_core.study.run_corpora import corpora_of
from bioner_core.study.store import RunStore
from bioner_core.ui.budget import answer as parts
from bioner_core.ui.budget import certainty as sure
from bioner_core.ui.budget import chart as drawn
from bioner_core.ui.budget import downloads as taken
from bioner_core.ui.budget import notes as beside
from bioner_core.ui.budget import types_table as by_type
from bioner_core.ui.budget import wording as words
from bioner_core.ui.shared.shell import lead, question
from bioner_core.ui.shared.widgets import choose_run

question("How many sentences must be annotated?")

with st.container(horizontal=True, key="asked"):
    run = choose_run(RunStore())
    state = run.state()
    found = [curve for curve in run.curves(macro=True) if curve.is_curve]
    about = corpora_of(run)
    asked, place = parts.ask(found, about) if found else (None, None)

if state.is_live:
    beside.growth(run, state.n_done)
if asked is None:
    beside.nothing_yet(run)
    st.stop()

with st.spinner("Drawing seeds and test documents anew"):  # seconds for many types, the first time
    result = parts.answer(found, asked, chance(run, RunStore()))
with place:
    chosen = parts.chosen_row(result.rows)
pending = run.pending() if state.n_pending else ()
n_pending = sum(job.target == asked.target for job in pending)
lead(words.lead(chosen, n_pending=n_pending))
parts.cards(result, chosen, about=about.get(asked.target), state=state, n_pending=n_pending)

sources = sorted({curve.source for curve in found})
points = [point for point in with_macro(run.points()) if parts.is_shown(point, asked)]
left, right = st.columns([4, 3], gap="medium")
with left:
    chart = drawn.source_chart(result, chosen, sources, run)
with right:
    drawn.source_table(result.rows, chosen, sources)
    taken.downloads(points, chart, result, chosen, run)
    beside.notes(result, chosen, run)
by_type.table(result, chosen)
sure.explain(chosen, result.curve(chosen), run)
beside.explain(points, run)
