"""The Runs page: the list of runs, the origin of one, export, import and deletion."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st

from bioner_core.answers.wording.names import append_method, describe_study_training
from bioner_core.answers.wording.numbers import format_bytes, format_time, join_names
from bioner_core.answers.wording.progress import format_status
from bioner_core.answers.wording.sessions import build_session_row
from bioner_core.files import count_folder_bytes
from bioner_core.study.external_results import write_all_points
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.run_export import zip_run
from bioner_core.study.run_import import import_run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.shared.address import bind_to_address, parse_option
from bioner_core.ui.shared.downloads import defer_file
from bioner_core.ui.shared.live_run import STATE_LABELS
from bioner_core.ui.shared.login import note_opening
from bioner_core.ui.shared.shell import escape_markdown, show_faults
from bioner_core.ui.shared.tables import select_row, show_table
from bioner_core.ui.shared.widgets import show_facts

MAX_ROWS = 50  # runs in the list; others are searched by name


def summarize_runs(names: Sequence[str]) -> str:
    """Return the number of the user's runs in a sentence (HTML)."""
    user_runs = [name for name in names if "/" not in name and name not in SHIPPED]
    shared = "what others share with you, and " if any("/" in name for name in names) else ""
    others = f"{shared}the runs that"
    if not user_runs:
        return (
            f"<b>Nothing was trained here yet.</b> Below are {others} came with the program; "
            "what you train or import appears above them."
        )
    count = f"{len(user_runs):,} runs" if len(user_runs) > 1 else "One run"
    return f"<b>{count} of yours</b>, the last changed first, and {others} came with the program."


def offer_first_steps(names: Sequence[str]) -> None:
    """Show links to Upload and Train if the user has no run yet."""
    if not set(names) - set(SHIPPED):
        with st.container(horizontal=True):
            st.page_link("pages/upload.py", label="Upload a corpus", icon=":material/upload_file:")
            st.page_link("pages/train.py", label="Train curves", icon=":material/model_training:")


def choose_from_list(store: RunStore, names: Sequence[str]) -> Run:
    """Show the runs, the newest first, and return the selected one."""
    query = ""
    if len(names) > MAX_ROWS:
        query = st.text_input("Find", key="find", placeholder="part of a name", width=280) or ""
    matching = [name for name in names if query.casefold() in name.casefold()]
    chosen = bind_to_address("run", parse_option(names), default=names[0], what="run", is_kept=True)
    visible = matching[:MAX_ROWS] if chosen in matching[:MAX_ROWS] else [chosen, *matching[:MAX_ROWS]]
    st.session_state["runs"] = {"selection": {"rows": [visible.index(chosen)]}}
    show_table(
        pd.DataFrame([_build_row(store.open(name)) for name in visible]).fillna("–"),
        key="runs",
        on_select=partial(select_row, "runs", visible, "run"),
        selection_mode="single-row-required",
        alt="Runs, the newest first",
    )
    if len(names) > MAX_ROWS:
        st.caption(f"{len(matching):,} of {len(names):,} runs match; the newest {MAX_ROWS} are shown.")
    note_opening("run", chosen)
    return store.open(chosen)


def _build_row(run: Run) -> dict[str, str]:
    """Return the row of a run; of a damaged run only name and state."""
    state = run.state()
    row = {"Run": run.name, "State": STATE_LABELS[state.status]}
    if state.status == "waiting":
        row["State"] = format_status(state)
    if state.problem:
        return row
    study, points = run.study, () if state.n_jobs else run.points()
    encoders = [append_method(study.model.name, study.method)] if study.model else []
    sessions = [session for session in study.sessions if session.get("host")]
    result = f"{state.n_done:,} of {state.n_jobs:,}" if state.n_jobs else f"{state.n_points:,} points"
    return row | {
        "Models": result + (f", {state.n_failed} failed" if state.n_failed else ""),
        "Seeds": str(len(study.seeds) or "–"),
        "Encoder": ", ".join(encoders or sorted({point.model for point in points})) or "–",
        "Targets": _format_corpora(run, study.targets or sorted({point.target for point in points})) or "–",
        "Machine": str(sessions[-1]["host"]) if sessions else "–",
        "Made": format_time(study.created),
    }


def _format_corpora(run: Run, names: Iterable[str]) -> str:
    """Join the names of corpora of a run, synthetic ones marked."""
    about = describe_run_corpora(run)
    return ", ".join(name + " (synthetic)" * (name in about and about[name].is_synthetic) for name in names)


def show_origin(run: Run) -> None:
    """Show the encoder, corpora, training settings, notes and work sessions of a run."""
    study, record = run.study, run.record
    facts = {
        "Encoder": f"{study.model.name}, revision {study.model.revision}" if study.model else "",
        "Why this encoder": study.model.note if study.model else "",
        "Preset": study.preset,
        "Training": describe_study_training(study),
        "Corpora": ", ".join(
            f"{_format_corpora(run, [name])} (digest {of})" for name, of in study.corpora.items()
        ),
        "Paper": record.get("citation", ""),
        "DOI": record.get("doi", ""),
        "Notes": " ".join(map(_format_note, record.get("notes", ()))),
    }
    show_facts({what: str(value) for what, value in facts.items() if value})
    if study.sessions:
        st.markdown("Work sessions")
        show_table(pd.DataFrame(map(build_session_row, study.sessions)), key="sessions")


def _format_note(note: object) -> str:
    """Return a note as text; notes of published runs start with their subject."""
    if not isinstance(note, dict):
        return str(note)
    about = ", ".join(value for key, value in note.items() if key != "text")
    return f"{about}: {note['text']}" if about else note["text"]


def offer_exports(run: Run) -> None:
    """Draw the download buttons: the run as zip for another machine, its points as CSV."""
    for label, file, mime, data in (
        ("Run as zip", f"{run.folder.name}.zip", "application/zip", partial(zip_run, run)),
        ("Points as CSV", f"{run.folder.name}.csv", "text/csv", partial(write_all_points, run)),
    ):
        st.download_button(
            label,
            defer_file(data, file),
            file,
            mime,
            key=f"download {mime}",
            on_click="ignore",
            icon=":material/download:",
        )


def offer_import(store: RunStore) -> None:
    """Draw the import of a run from another machine, or of a table of points."""
    st.markdown(
        "A zip exported by this program on another machine, or a CSV with the columns of its export. "
        "Points that exist already are skipped; nothing is replaced."
    )
    file = st.file_uploader("Zip or CSV", type=["zip", "csv"], key="import")
    if file is None or not st.button("Import", key="take in", type="primary"):
        return
    with show_faults(), TemporaryDirectory() as folder, st.spinner("Checking the file"):
        path = Path(folder) / Path(file.name).name
        path.write_bytes(file.getvalue())
        result = import_run(store, path)
        st.session_state["run"] = result.name
        st.session_state["told"] = result.message
        st.rerun()


def offer_deletion(run: Run, store: RunStore, state: RunState) -> None:
    """Draw the delete button of a user's run; a dialog asks before anything is deleted."""
    is_disabled = state.is_live and not state.is_cancelled  # a cancelled worker that does not stop is ended
    if not run.is_read_only and st.button(
        "Delete", key="delete", icon=":material/delete:", disabled=is_disabled
    ):
        _confirm_deletion(run, store, state)


@st.dialog("Delete this run?")
def _confirm_deletion(run: Run, store: RunStore, state: RunState) -> None:
    """Show what will be deleted, and delete it on confirmation."""
    with show_faults():
        descriptions = {} if state.problem else describe_run_corpora(run)
        copies = [
            escape_markdown(name) for name, about in descriptions.items() if about.sentences is not None
        ]
        contents = [f"{state.n_points:,} points", "the counts and the log"]
        contents += [f"its copies of {', '.join(copies)}"] if copies else []
        size = format_bytes(count_folder_bytes(run.folder))
        st.markdown(
            f"**{escape_markdown(run.name)}** is deleted with {join_names(contents)}: {size}. Corpora in the "
            "library stay; what encoders computed from others is deleted, too. This cannot be undone."
        )
        with st.container(horizontal=True):
            if st.button("Delete for good", key="delete for good", type="primary"):
                with st.spinner("Deleting …"):
                    store.delete(run.name)
                st.session_state["told"] = f"run {run.name}: deleted."
                st.session_state.pop("run", None)
                st.rerun()
            if st.button("Keep it", key="keep"):
                st.rerun()
