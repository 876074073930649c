"""A button for a note from the browser when a run ends; run_note.js listens to it."""

import html

import streamlit as st

from bioner_core.answers.wording.progress import describe_progress
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState


def offer_note(run: Run, state: RunState) -> None:
    """Draw the button while a run is in training; at its end, the text of the note, which is not visible."""
    text = "" if state.is_live else describe_progress(state)
    button = '<button type="button">Tell me at the end</button><span role="status"></span>'
    facts = {"run": run.name, "title": f"BioNER Budget: {run.title}", "text": text}
    data = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in facts.items())
    st.html(f'<div class="run-note" {data}>{button * state.is_live}</div>', width="content")
