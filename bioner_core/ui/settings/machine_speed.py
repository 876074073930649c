"""How fast the processor fine-tunes in each number format, and a button that measures it."""

import pandas as pd
import streamlit as st

from bioner_core.answers.wording.machine_speed import describe_machine_speed, list_speed_rows
from bioner_core.errors import BionerError
from bioner_core.study.executors.connection import measure_in_process
from bioner_core.study.machine_speed import load_machine_speed
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import show_table

TITLES = {
    "dtype": "Number format",
    "processes": "Processes",
    "threads": "Threads of each",
    "sentences_per_second": "Sentences per second",
    "chosen": "Fastest in this format",
}


def show_machine_speed() -> None:
    """Show what was measured last, and the button; a failed trial leaves the earlier result."""
    if st.button("Measure this machine", key="measure machine", icon=":material/speed:"):
        try:
            with st.spinner("Training for about 10 seconds; loading torch takes longer on a busy machine"):
                measure_in_process()
        except BionerError as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
    speed = load_machine_speed()
    if speed is None:
        st.markdown(
            "Not measured yet: a study fine-tunes one model on each core, in float32. A trial of 10 seconds "
            "shows whether another way is faster here."
        )
        return
    st.markdown(escape_markdown(describe_machine_speed(speed)))
    rows = [{title: row[name] for name, title in TITLES.items()} for row in list_speed_rows(speed)]
    show_table(pd.DataFrame(rows), key="machine speed")
    st.caption(
        f"Measured {speed.measured[:10]}, on steps of 8 sentences and 200 word pieces, with an encoder of 12 "
        "layers, 384 wide."
    )
