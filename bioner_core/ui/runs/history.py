"""The parts of the Runs page: the list, what one run is made from, how runs come, travel and go."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st

from bioner_core.curves.points import points_csv
from bioner_core.files import folder_bytes
from bioner_core.study.archive import exported, import_run
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import corpora_of
from bioner_core.study.run_state import RunState
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared.address import addressed, one_of
from bioner_core.ui.shared.shell import faults, md
from bioner_core.ui.shared.tables import take_row
from bioner_core.ui.shared.widgets import facts_list

SHOWN = 50  # runs of the list; more are found by name


def told(names: Sequence[str]) -> str:
    """Return how many runs there are in a sentence (HTML)."""
    own = len(names) - len(set(SHIPPED) & set(names))
    if not own:
        return (
            "<b>Nothing was trained here yet.</b> The runs below came with the program; "
            "what you train or import stands above it."
        )
    yours = f"{own:,} runs" if own > 1 else "One run"
    return f"<b>{yours} of yours</b>, the last changed first, and those that came with the program."


def way_in(names: Sequence[str]) -> None:
    """Show where runs come from, as long as there is none of the user's."""
    if not set(names) - set(SHIPPED):
        with st.container(horizontal=True):
            st.page_link("pages/upload.py", label="Upload a corpus", icon=":material/upload_file:")
            st.page_link("pages/train.py", label="Train curves", icon=":material/model_training:")


def choose_from_list(store: RunStore, names: Sequence[str]) -> Run:
    """Show the runs, the newest first; the one that is selected is the one below."""
    wanted = ""
    if len(names) > SHOWN:
        wanted = st.text_input("Find", key="find", placeholder="part of a name", width=280) or ""
    fitting = [name for name in names if wanted.casefold() in name.casefold()]
    chosen = addressed("run", one_of(names), default=names[0], what="run", is_kept=True)
    shown = fitting[:SHOWN] if chosen in fitting[:SHOWN] else [chosen, *fitting[:SHOWN]]
    st.session_state["runs"] = {"selection": {"rows": [shown.index(chosen)]}}
    st.dataframe(
        pd.DataFrame([_row(store.open(name)) for name in shown]).fillna("–"),
        key="runs",
        hide_index=True,
        on_select=partial(take_row, "runs", shown, "run"),
        selection_mode="single-row-required",
        alt="Runs, the newest first",
    )
    if len(names) > SHOWN:
        st.caption(
            f"{len(fitting):,} of {len(names):,} runs have this in their name, the newest {SHOWN} are shown."
        )
    return store.open(chosen)


def _row(run: Run) -> dict[str, str]:
    """Return a run in a row; a broken one with its name and state."""
    state = run.state()
    row = {"Run": run.name, "State": plain.STATES[state.word]}
    if state.problem:
        return row
    study, points = run.study, () if state.n_jobs else run.points()
    encoders = [study.model.name + ", probe" * (study.method == "probe")] if study.model else []
    sessions = [session for session in study.sessions if session.get("host")]
    done = f"{state.n_done:,} of {state.n_jobs:,}" if state.n_jobs else f"{state.n_points:,} points"
    return row | {
        "Models": done + (f", {state.n_failed} failed" if state.n_failed else ""),
        "Seeds": str(len(study.seeds) or "–"),
        "Encoder": ", ".join(encoders or sorted({point.model for point in points})) or "–",
        "Targets": _labelled(run, study.targets or sorted({point.target for point in points})) or "–",
        "Machine": str(sessions[-1]["host"]) if sessions else "–",
        "Made": plain.moment(study.created),
    }


def _labelled(run: Run, names: Iterable[str]) -> str:
    """Return the names of a run's corpora, those that are synthetic with that word."""
    about = corpora_of(run)
    return ", ".join(name + " (synthetic)" * (name in about and about[name].is_synthetic) for name in names)


def made_from(run: Run) -> None:
    """Show what a run was made from: its model, corpora, training, notes, and each session of work on it."""
    study, record = run.study, run.record
    facts = {
        "Encoder": f"{study.model.name}, revision {study.model.revision}" if study.model else "",
        "Why this one": study.model.note if study.model else "",
        "Preset": study.preset,
        "Training": plain.training(study),
        "Corpora": ", ".join(f"{_labelled(run, [name])} (digest {of})" for name, of in study.corpora.items()),
        "Paper": record.get("citation", ""),
        "DOI": record.get("doi", ""),
        "Notes": " ".join(map(_note, record.get("notes", ()))),
    }
    facts_list({what: str(value) for what, value in facts.items() if value})
    if study.sessions:
        st.markdown("Sessions of work on it")
        st.dataframe(pd.DataFrame(map(plain.session_row, study.sessions)), hide_index=True, key="sessions")


def _note(note: object) -> str:
    """Return a note; one of a published run begins with what it is about."""
    if not isinstance(note, dict):
        return str(note)
    about = ", ".join(value for key, value in note.items() if key != "text")
    return f"{about}: {note['text']}" if about else note["text"]


def travels(run: Run) -> None:
    """Offer the run as files, for another machine and for other programs."""
    for label, file, mime, data in (
        ("Run as zip", f"{run.name}.zip", "application/zip", partial(exported, run)),
        ("Points as CSV", f"{run.name}.csv", "text/csv", lambda: points_csv(run.points())),
    ):
        st.download_button(
            label, data, file, mime, key=f"download {mime}", on_click="ignore", icon=":material/download:"
        )


def comes_in(store: RunStore) -> None:
    """Take a run that was trained elsewhere, or a table of points."""
    st.markdown(
        "A zip that this program wrote on another machine, or a CSV with the columns of its export. "
        "Points that are here already are skipped; nothing is replaced."
    )
    file = st.file_uploader("Zip or CSV", type=["zip", "csv"], key="import")
    if file is None or not st.button("Import", key="take in", type="primary"):
        return
    with faults(), TemporaryDirectory() as folder, st.spinner("Checking the file"):
        path = Path(folder) / Path(file.name).name
        path.write_bytes(file.getvalue())
        done = import_run(store, path)
        st.session_state["run"] = done.name
        st.session_state["told"] = done.message
        st.rerun()


def goes(run: Run, store: RunStore, state: RunState) -> None:
    """Offer to delete a run of the user's; a question comes first."""
    if not run.is_shipped and st.button(
        "Delete", key="delete", icon=":material/delete:", disabled=state.is_live
    ):
        _ask(run, store, state)


@st.dialog("Delete this run?")
def _ask(run: Run, store: RunStore, state: RunState) -> None:
    """Name what goes, and delete it if that is wanted."""
    with faults():
        known = {} if state.problem else corpora_of(run)
        copies = [md(name) for name, about in known.items() if about.sentences is not None]
        parts = [f"{state.n_points:,} points", "the counts and the log"]
        parts += [f"its copies of {', '.join(copies)}"] if copies else []
        st.markdown(
            f"**{md(run.name)}** goes with {' and '.join((', '.join(parts[:-1]), parts[-1]))}: "
            f"{plain.size(folder_bytes(run.folder))}. Corpora in the library stay. This cannot be undone."
        )
        with st.container(horizontal=True):
            if st.button("Delete for good", key="delete for good", type="primary"):
                store.delete(run.name)
                st.session_state["told"] = f"run {run.name}: deleted."
                st.session_state.pop("run", None)
                st.rerun()
            if st.button("Keep it", key="keep"):
                st.rerun()
