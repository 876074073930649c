"""Send texts and fetch annotations from the page; what leaves is listed before it leaves."""

import streamlit as st

from bioner_core.answers.project_rounds import ProjectAnswer
from bioner_core.answers.round_steps import choose_next_batch, fetch_round, open_round_run
from bioner_core.answers.wording.rounds import describe_parcel
from bioner_core.connections.addresses import format_host
from bioner_core.connections.catalog import WITH_USER, connect
from bioner_core.connections.credentials import Credential, load_credential, save_credential
from bioner_core.connections.tool import Connection, ToolSettings
from bioner_core.errors import BionerError
from bioner_core.rounds.exchange import Parcel, pack_parcel, send_parcel
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.shell import escape_markdown, show_faults

_NOTE = "rounds note"  # in the session: what was done, shown once


def show_actions(answer: ProjectAnswer) -> None:
    """Offer to send the next texts and to fetch annotations, or ask for the tool's token first."""
    project = answer.project
    if message := st.session_state.pop(_NOTE, ""):
        st.success(escape_markdown(message))
    if project.settings.tool != "prodigy" and load_credential(project.settings.address) is None:
        _ask_secret(project.settings)
        return
    if st.button("Fetch annotations", key="pull", type="primary", icon=":material/download:"):
        with show_faults(), st.spinner(f"Fetching from {escape_markdown(project.settings.title)} …"):
            _fetch(project)
    if answer.rest.texts:
        with st.expander("Send texts to annotators", key="push", on_change="rerun") as opened:
            if opened.open:
                _send_texts(project)


def _open(settings: ToolSettings) -> Connection:
    is_folder = settings.tool == "prodigy"
    return connect(settings, None if is_folder else load_credential(settings.address))


def _ask_secret(settings: ToolSettings) -> None:
    """Ask for the token of the project's tool; it is kept in the private file, and tried first."""
    host = format_host(settings.address)
    with st.form("secret", width=520):
        st.caption(
            escape_markdown(
                f"{settings.title} at {host} asks who you are. What you enter is kept on this machine, "
                "readable by you alone, and goes only there."
            )
        )
        has_user = settings.tool in WITH_USER
        user = st.text_input("User", key="tool user") if has_user else ""
        secret = st.text_input("Password" if has_user else "Token", key="tool secret", type="password")
        if st.form_submit_button("Connect", icon=":material/link:"):
            with show_faults():
                credential = Credential(secret.strip(), user.strip())
                connect(settings, credential).check()
                save_credential(settings.address, credential)
                st.rerun()


def _fetch(project: Project) -> None:
    """Fetch annotations as a round, and start its training."""
    store = ProjectStore()
    with store.hold(project.name):
        fetched = fetch_round(project, _open(project.settings), store)
    run = open_round_run(project.name, fetched.step, fetched.merged.corpus, store)
    if (run.pending() or run.study.is_searching) and not run.state().is_live:
        start_detached(run.name)
    if fetched.is_new:
        st.session_state[_NOTE] = f"Round {fetched.step.number} was fetched; its estimate is being made."
    else:
        st.session_state[_NOTE] = f"Nothing is new since round {fetched.step.number}."
    st.rerun()


def _send_texts(project: Project) -> None:
    """Choose how many texts, list what would leave, and send it once the user agrees."""
    store = ProjectStore()
    with st.container(horizontal=True):
        n, n_test = _choose_number("Texts to train on"), _choose_number("Texts to test on")
    with show_faults():
        with st.spinner("Choosing texts …"):
            parcel, connection = _pack(project, store, n, n_test)
        st.write(escape_markdown(describe_parcel(parcel)))
        if st.button("Send them", key="send", type="primary", icon=":material/upload:"):
            _send(parcel, project, connection, store)


def _choose_number(label: str) -> int | None:
    """Draw the choice of a number of texts; None: as the estimate advises."""
    return st.number_input(
        label, min_value=0, value=None, placeholder="as advised", key=label.lower(), width=205
    )


def _pack(
    project: Project, store: ProjectStore, n: int | None, n_test: int | None
) -> tuple[Parcel, Connection]:
    """Return what would leave, and the connection by which it would."""
    batch = choose_next_batch(project, store, n=n, n_test=n_test)
    connection = _open(project.settings)
    return pack_parcel(batch, project, connection, start=store.load_start(project.name)), connection


def _send(parcel: Parcel, project: Project, connection: Connection, store: ProjectStore) -> None:
    bar, n_all = st.progress(0.0), len(parcel.batch.texts)
    with store.hold(project.name):
        n_done = 0
        for n_done in send_parcel(parcel, project, connection, store):
            bar.progress(n_done / n_all)
    if not n_done:
        raise BionerError(f"{project.settings.title} has taken no text.")
    st.session_state[_NOTE] = f"{project.settings.title} has {n_done:,} more texts."
    st.rerun()
