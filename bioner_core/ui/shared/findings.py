"""Findings of an upload: each message once, with its places, and all of them as CSV."""

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import streamlit as st

from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.reading.findings import format_findings_csv, format_unplaced_csv
from bioner_core.corpus.reading.passages import Finding, Level, UnplacedMention
from bioner_core.ui.shared.downloads import defer_file
from bioner_core.ui.shared.shell import escape_markdown

LEVELS: dict[Level, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "note": ("note", "notes"),
}
MAX_KINDS = 12  # kinds of findings shown; the CSV has all
MAX_PLACES = 3  # of one finding
FORMATS = "docs/formats.md"  # as messages name it
PAGE_STEPS = {  # of the Upload page, in place of options of the command line
    r"Keep one by --map .*=TYPE\.": "Step 3 of Upload keeps one.",
    r"Name another one: --map .*=TYPE\.": "Name another one.",
    r"Set it with --language, such as en or ru\.": "Step 4 of Upload sets it.",
    r"Take another one by --column .*": "Step 2 of Upload takes another one.",
    r"Read the other by --column .*": "Step 2 of Upload takes the other.",
    r"Name them by --map .*=TYPE, or export with names\.": "Name them in step 3, or export with names.",
    re.escape(FORMATS): "the page Formats",
    r"Choose another --name, or remove the old one first: .*": "Choose another name, or remove the old one.",
    r"Choose another --name\.": "Choose another name.",
    r"Annotate the file that `bioner predictions export` writes, and": "Annotate the downloaded texts, and",
    r"Check the labels: --map RAW=TYPE reads a label as a type\.": "Check the types of the labels.",
    r"Add the corpus under this name: bioner corpus add .*": "Add the corpus under this name on Upload.",
    r"--documents COLUMN says where a table names documents\.": "Step 2 of Upload asks which field names it.",
}


def count_findings(findings: Sequence[Finding]) -> str:
    """Return how many there are of each level.

    >>> count_findings([Finding(level="note", where="a", message="b")])
    '1 note'
    """
    counts = {level: len(kinds) for level, kinds in _group_places(findings).items()}
    texts = [f"{n} {LEVELS[level][n > 1]}" for level, n in counts.items() if n]
    return ", ".join(texts) or "no problems found"


def show_problem(problem: str) -> None:
    """Show why an upload gives no corpus, with a link where it names the page of formats."""
    st.error(escape_markdown(replace_options(problem)), icon=":material/error:")
    if FORMATS in problem:
        st.page_link("pages/formats.py", label="See the formats", icon=":material/description:")


def show_findings(
    findings: Sequence[Finding], *, name: str, unplaced: Sequence[UnplacedMention] = ()
) -> None:
    """Show findings by level, errors first; offer all findings and the unplaced mentions as CSV."""
    n_left = MAX_KINDS
    for level, kinds in _group_places(findings).items():
        rows = [_render_row(message, places) for message, places in list(kinds.items())[:n_left]]
        n_left -= len(rows)
        if rows:
            title = f"{len(kinds)} {LEVELS[level][len(kinds) > 1]}"
            st.html(f'<div class="findings {level}"><b>{title}</b><ul>{"".join(rows)}</ul></div>')
    with st.container(horizontal=True, gap="small"):
        if findings:
            _offer_csv(
                "All findings as CSV",
                format_findings_csv(
                    replace(finding, message=replace_options(finding.message)) for finding in findings
                ),
                f"{name} findings.csv",
                key=f"findings of {name}",
            )
        if unplaced:
            label = f"{format_count(len(unplaced))} mention{'s' * (len(unplaced) > 1)} left out, as CSV"
            _offer_csv(
                label, format_unplaced_csv(unplaced), f"{name} left out.csv", key=f"unplaced of {name}"
            )


def _offer_csv(label: str, table: str, file: str, *, key: str) -> None:
    st.download_button(
        label,
        defer_file(lambda: table, file),
        file,
        "text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
        width="content",
    )


def replace_options(message: str) -> str:
    """Replace options of the command line, and files of the documentation, by places on the pages.

    >>> replace_options("labels left out: Age (230). Keep one by --map Age=TYPE.")
    'labels left out: Age (230). Step 3 of Upload keeps one.'
    """
    for option, step in PAGE_STEPS.items():
        message = re.sub(option, step, message)
    return message


def _group_places(findings: Iterable[Finding]) -> dict[Level, dict[str, list[str]]]:
    """Return the places of each message, by level, in the order of ``LEVELS``."""
    kinds: dict[Level, dict[str, list[str]]] = {level: defaultdict(list) for level in LEVELS}
    for finding in findings:
        kinds[finding.level][replace_options(finding.message)].append(finding.where)
    return kinds


def _render_row(message: str, places: Sequence[str]) -> str:
    listed = "; ".join(places[:MAX_PLACES]) + (
        f"; and {len(places) - MAX_PLACES:,} more" if len(places) > MAX_PLACES else ""
    )
    return f'<li>{html.escape(message)} <span class="place">{html.escape(listed)}</span></li>'
