"""Tables of pages: drawn with a hint where they scroll, the selection of a row; downloads of files."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from bioner_core.csv_text import format_csv
from bioner_core.ui.shared.downloads import defer_file
from bioner_core.ui.shared.shell import escape_markdown

REPORT = "One page for a proposal or a paper; it prints well."


def show_table(
    rows: Sequence[Mapping[str, object]] | pd.DataFrame | pa.Table, *, key: str | None = None, **options: Any
) -> None:
    """Draw a table without its index; where it is wider than its place, say that it scrolls.

    :param options: of ``st.dataframe``.
    """
    table = rows if isinstance(rows, (pd.DataFrame, pa.Table)) else pd.DataFrame(list(rows))
    with st.container(gap=None):
        st.dataframe(table, hide_index=True, key=key, **options)
        st.html(render_scroll_hint(len(table.columns)))


def render_scroll_hint(n_columns: int) -> str:
    """Return the hint below a table (HTML); it is shown only where the table is wider than its place."""
    return f'<p class="scrolls">Scroll the table sideways: it has {n_columns} columns.</p>'


def offer_csv(label: str, rows: Sequence[Mapping[str, object]], *, name: str, key: str) -> None:
    """Offer rows as a CSV file."""
    table, file = pd.DataFrame(list(rows)), re.sub(r"[^\w.+-]+", "_", f"{name}.csv")

    def write() -> str:
        return format_csv(table.columns.tolist(), table.itertuples(index=False, name=None))

    st.download_button(
        escape_markdown(label),
        defer_file(write, file),
        file,
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


def offer_file(
    label: str,
    data: Callable[[], str | bytes],
    name: str,
    mime: str,
    *,
    icon: str = "download",
    help: str | None = None,
) -> None:
    """Offer a file, which is written when the button is pressed."""
    key, icon = f"download {label.lower()}", f":material/{icon}:"
    write = defer_file(data, name)
    st.download_button(label, write, name, mime, key=key, on_click="ignore", icon=icon, help=help)
