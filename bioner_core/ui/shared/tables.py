"""Tables of pages: their download as CSV, and the selection of a row."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from bioner_core.csv_text import format_csv
from bioner_core.ui.shared.shell import escape_markdown


def offer_csv(label: str, rows: Sequence[Mapping[str, object]], *, name: str, key: str) -> None:
    """Offer rows as a CSV file."""
    table = pd.DataFrame(list(rows))
    st.download_button(
        escape_markdown(label),
        lambda: format_csv(table.columns.tolist(), table.itertuples(index=False, name=None)),
        re.sub(r"[^\w.+-]+", "_", f"{name}.csv"),
        "text/csv",
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def select_row(table: str, values: Sequence[str], key: str) -> None:
    """Set a widget to the value of the row that was clicked.

    :param table: key of the table
    :param values: of the rows
    :param key: of the widget
    """
    rows = st.session_state[table]["selection"]["rows"]
    if rows:
        st.session_state[key] = values[rows[0]]
