"""Findings as people read them: what was found once, with its places, and all of it as CSV."""

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import streamlit as st

from bioner_core.corpus.reading.findings import findings_csv, unplaced_csv
from bioner_core.corpus.reading.passages import Finding, Level, Unplaced
from bioner_core.ui.shared.markup import count

LEVELS: dict[Level, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "note": ("note", "notes"),
}
MOST = 12  # kinds of findings shown; the CSV has all
PLACES = 3  # of one finding
IN_PAGES = {  # what the command line calls options is asked for in steps here
    r"Keep one by --map .*=TYPE\.": "Step 3 of Upload keeps one.",
    r"Name another one: --map .*=TYPE\.": "Name another one.",
    r"Say it by --language, such as en or ru\.": "Step 4 of Upload says it.",
    r"--documents COLUMN says where a table names documents\.": "Step 2 of Upload asks which field names it.",
}


def told(findings: Sequence[Finding]) -> str:
    """Return how many there are of each level.

    >>> told([Finding(level="note", where="a", message="b")])
    '1 note'
    """
    counts = {level: len(kinds) for level, kinds in _kinds(findings).items()}
    parts = [f"{n} {LEVELS[level][n > 1]}" for level, n in counts.items() if n]
    return ", ".join(parts) or "nothing odd found"


def show_findings(findings: Sequence[Finding], *, name: str, unplaced: Sequence[Unplaced] = ()) -> None:
    """Show findings by level, the grave ones first; offer all, and mentions left out, as CSV."""
    left = MOST
    for level, kinds in _kinds(findings).items():
        rows = [_row(message, places) for message, places in list(kinds.items())[:left]]
        left -= len(rows)
        if rows:
            title = f"{len(kinds)} {LEVELS[level][len(kinds) > 1]}"
            st.html(f'<div class="findings {level}"><b>{title}</b><ul>{"".join(rows)}</ul></div>')
    with st.container(horizontal=True, gap="small"):
        if findings:
            _offer(
                "All findings as CSV",
                findings_csv(replace(each, message=in_pages(each.message)) for each in findings),
                f"{name} findings.csv",
                key=f"findings of {name}",
            )
        if unplaced:
            label = f"{count(len(unplaced))} mention{'s' * (len(unplaced) > 1)} left out, as CSV"
            _offer(label, unplaced_csv(unplaced), f"{name} left out.csv", key=f"unplaced of {name}")


def _offer(label: str, table: str, file: str, *, key: str) -> None:
    st.download_button(
        label,
        table,
        file,
        "text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
        width="content",
    )


def in_pages(message: str) -> str:
    """Return a message of the core with steps of the Upload page for options of the command line.

    >>> in_pages("labels left out: Age (230). Keep one by --map Age=TYPE.")
    'labels left out: Age (230). Step 3 of Upload keeps one.'
    """
    for option, step in IN_PAGES.items():
        message = re.sub(option, step, message)
    return message


def _kinds(findings: Iterable[Finding]) -> dict[Level, dict[str, list[str]]]:
    """Return the places of each message, by level, in the order of ``LEVELS``."""
    kinds: dict[Level, dict[str, list[str]]] = {level: defaultdict(list) for level in LEVELS}
    for finding in findings:
        kinds[finding.level][in_pages(finding.message)].append(finding.where)
    return kinds


def _row(message: str, places: Sequence[str]) -> str:
    shown = "; ".join(places[:PLACES]) + (
        f"; and {len(places) - PLACES:,} more" if len(places) > PLACES else ""
    )
    return f'<li>{html.escape(message)} <span class="place">{html.escape(shown)}</span></li>'
