"""Send texts from the page: how many, chosen how; what leaves is listed before it leaves."""

from functools import partial
from typing import NoReturn

import streamlit as st

from bioner_core.answers.project_rounds import ProjectAnswer
from bioner_core.answers.round_steps import choose_next_batch, resolve_numbers
from bioner_core.answers.wording.rounds import (
    describe_parcel,
    describe_settled_push,
    describe_unfinished_push,
)
from bioner_core.connections.catalog import connect
from bioner_core.connections.credentials import load_credential
from bioner_core.connections.tool import Connection, ToolSettings
from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.rounds.batch import Batch, choose_named
from bioner_core.rounds.exchange import drop_rest, pack_parcel, send_parcel, settle_push
from bioner_core.rounds.pool_texts import read_text_files
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study.next_batches import BatchState, NextBatches, ProjectBatchRequest
from bioner_core.study.strategies import STRATEGIES
from bioner_core.ui.shared.shell import escape_markdown, repeat_every, show_faults
from bioner_core.ui.shared.widgets import format_option

NOTE = "rounds note"  # in the session: what was done, shown once
PARAMETER = "batch"  # in the address: the id of a batch that is chosen
_TRAIN, _TEST = "Texts to train on", "Texts to test on"
REFRESH_SECONDS = 2.0
_TITLES = {RANDOM: "random texts", **{name: f"{name}: {title}" for name, title in STRATEGIES.items()}}
WITHOUT_CORPUS = (RANDOM, "diverse")  # these need no annotated sentences


def open_connection(settings: ToolSettings) -> Connection:
    """Return the connection of a project, with the kept secret."""
    is_folder = settings.tool == "prodigy"
    return connect(settings, None if is_folder else load_credential(settings.address))


def show_sending(answer: ProjectAnswer) -> None:
    """Offer to send the next texts, or to finish a push that broke off."""
    project, batch_id = answer.project, st.query_params.get(PARAMETER, "")
    if answer.n_unfinished:
        _offer_finish(answer)
    elif answer.rest.texts or batch_id:
        with st.expander(
            "Send texts to annotators", expanded=bool(batch_id), key="push", on_change="rerun"
        ) as opened:
            if opened.open:
                with show_faults():
                    _follow_choice(project, batch_id) if batch_id else _draw_choice(answer)


def _offer_finish(answer: ProjectAnswer) -> None:
    """Offer to send what a tool lacks of a push that broke off, or to keep that here."""
    project, store = answer.project, ProjectStore()
    message = describe_unfinished_push(answer.n_unfinished, project.settings.title)
    st.warning(escape_markdown(message), icon=":material/sync_problem:")
    with st.container(horizontal=True):
        is_sent = st.button("Send what is missing", key="finish push", icon=":material/upload:")
        is_kept = st.button("Keep the rest here", key="drop push")
    if is_sent or is_kept:
        with show_faults(), st.spinner(f"Looking at {escape_markdown(project.settings.title)} …"):
            connection = open_connection(project.settings)
            with store.hold(project.name):
                push = settle_push(project, connection, store)
                if is_kept:
                    drop_rest(project, store)
            if push is None or is_kept or not push.rest.texts:
                note = describe_settled_push(push, project.settings.title) if push and is_sent else ""
                _end(note or "The texts that were not sent can be chosen again.")
            _send(push.rest, project, connection)


def _draw_choice(answer: ProjectAnswer) -> None:
    """Choose how many texts, and how; list what would leave, and send it once the user agrees."""
    project, store = answer.project, ProjectStore()
    names = (RANDOM, *STRATEGIES) if answer.outcomes else WITHOUT_CORPUS
    with st.container(horizontal=True, vertical_alignment="bottom"):
        n, n_test = _choose_number(_TRAIN), _choose_number(_TEST)
        strategy = st.selectbox(
            "Take first",
            names,
            key="strategy",
            format_func=partial(format_option, _TITLES),
            width=340,
        )
        has_suggestions = bool(answer.outcomes) and st.checkbox(
            "Suggest mentions", key="suggest", help="A probe marks what it finds, for annotators to correct."
        )
    if strategy == RANDOM and not has_suggestions:
        _offer_batch(choose_next_batch(project, store, n=n, n_test=n_test), project)
        return
    st.caption(
        "A probe on this machine reads all texts that wait. Chosen texts are for training only; those to "
        "test on stay random."
    )
    if st.button("Choose texts", key="choose", icon=":material/checklist:"):
        n_train, n_test = resolve_numbers(project, store, n=n, n_test=n_test)
        request = ProjectBatchRequest(
            project=project.name,
            n=n_train,
            n_test=n_test,
            strategy=strategy,
            has_suggestions=has_suggestions,
        )
        st.query_params[PARAMETER] = NextBatches().start_for_project(request)
        st.rerun()


def _choose_number(label: str) -> int | None:
    """Draw the choice of a number of texts; None: as the estimate advises."""
    return st.number_input(
        label, min_value=0, value=None, placeholder="as advised", key=label.lower(), width=205
    )


def _follow_choice(project: Project, batch_id: str) -> None:
    """Say how far the choice of texts is; once they are chosen, list them and offer to send them."""
    before = NextBatches().read_state(batch_id)

    @repeat_every(REFRESH_SECONDS if before.is_running else None)
    def part() -> None:
        state = NextBatches().read_state(batch_id)
        if before.is_running and not state.is_running:
            st.rerun()
        if state.is_running:
            st.caption("Choosing: the probe reads the texts. You may leave this page and come back.")

    part()
    try:
        if not before.is_running:
            _offer_batch(_load_choice(before, project), project)
    finally:
        request = before.project_request
        st.button(
            "Choose others",
            key="remove batch",
            icon=":material/undo:",
            on_click=_choose_again,
            args=(request,) if request else (),
        )


def _load_choice(state: BatchState, project: Project) -> Batch:
    """Return the batch of the texts that were chosen. :raises BionerError: there are none."""
    request = state.project_request
    if state.content is None or request is None or request.project != project.name:
        raise BionerError(state.problem or "This choice of texts is of another project. Choose others.")
    texts = read_text_files(
        {"texts.jsonl": state.content}, where="the chosen texts", language=project.language
    )
    return choose_next_batch(
        project,
        ProjectStore(),
        n=len(texts),
        n_test=request.n_test,
        choose=choose_named(texts),
        chosen_by=request.strategy,
    )


def _offer_batch(batch: Batch, project: Project) -> None:
    """List what would leave, and send it once the user agrees."""
    connection = open_connection(project.settings)
    start = ProjectStore().load_start(project.name)
    st.write(escape_markdown(describe_parcel(pack_parcel(batch, project, connection, start=start))))
    if st.button("Send them", key="send", type="primary", icon=":material/upload:"):
        _send(batch, project, connection)


def _send(batch: Batch, project: Project, connection: Connection) -> None:
    store, bar, n_all = ProjectStore(), st.progress(0.0), len(batch.texts)
    parcel = pack_parcel(batch, project, connection, start=store.load_start(project.name))
    with store.hold(project.name):
        n_done = 0
        for n_done in send_parcel(parcel, project, connection, store):
            bar.progress(n_done / n_all)
    if not n_done:
        raise BionerError(f"{project.settings.title} has taken no text.")
    _end(f"{project.settings.title} has {n_done:,} more texts.")


def _end(note: str) -> NoReturn:
    """Forget the choice of texts, and say what was done on the page drawn anew."""
    _forget_choice()
    st.session_state[NOTE] = note
    st.rerun()


def _choose_again(request: ProjectBatchRequest | None = None) -> None:
    """Go back to the choice of texts, as it was."""
    _forget_choice()
    st.session_state["push"] = True
    if request:
        st.session_state[_TRAIN.lower()], st.session_state[_TEST.lower()] = request.n, request.n_test
        st.session_state["strategy"], st.session_state["suggest"] = request.strategy, request.has_suggestions


def _forget_choice() -> None:
    if batch_id := st.query_params.pop(PARAMETER, ""):
        NextBatches().delete(batch_id)
