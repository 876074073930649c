"""The form that tests where models can be trained, with a row for each node."""

import pandas as pd
import streamlit as st

from bioner_core.errors import BionerError
from bioner_core.study.executors.backend import ALLOWED
from bioner_core.study.executors.connection import inspect_in_process
from bioner_core.ui.shared.shell import escape_markdown


def show_training_places() -> None:
    """Draw the form; connect only after a click."""
    st.markdown(
        "Studies train on this machine. Train (under Advanced) and `bioner curve --backend` offer a Ray or a "
        "Slurm cluster, too. A test shows its nodes, and what they lack. It sends no text."
    )
    with st.form("place", border=True):
        place = st.text_input("Place to test", value="local", key="place", max_chars=200, help=ALLOWED)
        is_tested = st.form_submit_button("Test the connection", key="test place")
    if not is_tested:
        return
    try:
        with st.spinner("Connecting; a cluster may take a minute"):
            rows = inspect_in_process(place)
    except BionerError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return
    n_ready = sum(bool(row["trains"]) for row in rows)
    st.markdown(f"{n_ready} of {len(rows)} node{'s' * (len(rows) != 1)} can train.")
    columns = {
        "node": "Node",
        "slots": "Models at once",
        "free_memory_gb": "Free memory (GB)",
        "gpus": "GPUs",
        "free_gpu_gb": "Free GPU memory (GB)",
        "mps": "NVIDIA MPS runs",
        "free_disk_gb": "Free disk (GB)",
        "note": "What is missing",
    }
    table = pd.DataFrame([{title: row[name] for name, title in columns.items()} for row in rows])
    st.dataframe(table, hide_index=True, key="nodes")
