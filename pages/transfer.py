"""Transfer: which corpus helps which?"""

import streamlit as st

from bioner_core.curves.curve import curves
from bioner_core.study.store import RunStore
from pages import _matrix as parts
from pages._examples import pair
from pages._parts import choose_run, lead, question
from pages._pieces import show_overlap

question("Which corpus helps which?")

with st.container(horizontal=True, gap="medium", key="asked"):
    run = choose_run(RunStore())
    found = [curve for curve in curves(run.points(), run.planned()) if parts.cell(curve)]
    asked = parts.ask(found) if found else None
if asked is None:
    st.info(
        "This run has no model that was trained on one corpus and tested on all of it, or on another one."
    )
    st.stop()

shown = parts.shown(found, asked)
best = parts.best_help(shown)
lead(parts.told(best))
left, right = st.columns([4, 3], gap="medium")
with left:
    parts.heat_map(shown, asked)
with right:
    ranked = parts.ranking(shown, run, asked, first=best.target if best else shown[0].target)
with st.expander("Curve and example sentences", key="pair", on_change="rerun") as opened:
    if opened.open:
        pair(ranked, run)
parts.in_corpus(found)
parts.overlap(run)
show_overlap(run)
