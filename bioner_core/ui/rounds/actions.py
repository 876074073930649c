"""Fetch annotations on the page, or ask for the token of the tool first."""

import streamlit as st

from bioner_core.answers.project_rounds import ProjectAnswer
from bioner_core.answers.round_steps import fetch_round, open_round_run
from bioner_core.answers.wording.rounds import describe_strange_texts
from bioner_core.connections.addresses import format_host
from bioner_core.connections.catalog import WITH_USER, connect
from bioner_core.connections.credentials import Credential, load_credential, save_credential
from bioner_core.connections.tool import ToolSettings
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.rounds.sending import NOTE, open_connection, show_sending
from bioner_core.ui.shared.findings import show_findings
from bioner_core.ui.shared.shell import escape_markdown, show_faults

_FINDINGS = "rounds findings"  # in the session: what the last fetch noticed, shown once


def show_actions(answer: ProjectAnswer) -> None:
    """Offer to send the next texts and to fetch annotations, or ask for the tool's token first."""
    project = answer.project
    if message := st.session_state.pop(NOTE, ""):
        st.success(escape_markdown(message))
    findings, n_strange = st.session_state.pop(_FINDINGS, ((), 0))
    if n_strange:
        st.info(escape_markdown(f"{describe_strange_texts(n_strange)}."))
    if findings:
        show_findings(findings, name=project.name)
    if project.settings.tool != "prodigy" and load_credential(project.settings.address) is None:
        _ask_secret(project.settings)
        return
    if st.button("Fetch annotations", key="pull", type="primary", icon=":material/download:"):
        with show_faults(), st.spinner(f"Fetching from {escape_markdown(project.settings.title)} …"):
            _fetch(project)
    show_sending(answer)


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
        fetched = fetch_round(project, open_connection(project.settings), store)
    run = open_round_run(project.name, fetched.step, fetched.merged.corpus, store)
    if (run.pending() or run.study.is_searching) and not run.state().is_live:
        start_detached(run.name)
    findings = [finding for finding in fetched.merged.findings if not finding.is_doubt]
    st.session_state[_FINDINGS] = (findings, fetched.merged.n_strange)
    if fetched.is_new:
        st.session_state[NOTE] = f"Round {fetched.step.number} was fetched; its estimate is being made."
    else:
        st.session_state[NOTE] = f"Nothing is new since round {fetched.step.number}."
    st.rerun()
