"""Rounds: did the last batch do what was forecast, and when can annotation stop?"""

import html

import streamlit as st

from bioner_core.answers.wording.rounds import describe_project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.ui.rounds import actions, choices, progress, start
from bioner_core.ui.shared.shell import show_lead, show_question
from bioner_core.ui.shared.widgets import choose_option

show_question("When can annotation stop?")
names = ProjectStore().names()
if not names:
    start.show_empty()
    st.stop()

with st.container(horizontal=True, key="asked"):
    name = choose_option("Project", names, is_kept=True)
answer = progress.load_answer(name)
show_lead(html.escape(describe_project(answer)))
progress.show_cards(answer)
progress.show_chart(answer)
progress.show_rounds(answer)
progress.follow_training(answer)
actions.show_actions(answer)
choices.offer_change(answer.project)
progress.show_notes(answer)
start.offer_project()
