"""Upload: the next sentences to annotate, chosen from texts that nobody has annotated yet."""

import streamlit as st

from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.curves.points import RANDOM
from bioner_core.study.corpus_copies import locate_copy
from bioner_core.study.next_batches import MAX_DAYS, BatchRequest, BatchState, NextBatches
from bioner_core.study.run import Run
from bioner_core.study.strategies import STRATEGIES
from bioner_core.ui.shared.shell import escape_markdown, repeat_every, show_faults
from bioner_core.ui.shared.tables import offer_file
from bioner_core.ui.upload.files import load_run_copy

PARAMETER = "batch"  # in the address: the id of a batch
REFRESH_SECONDS = 2.0
DEFAULT, MOST = 100, 1000  # sentences
WITHOUT_CORPUS = (RANDOM, "diverse")  # these need no annotated sentences


def offer_next_batch(run: Run | None, *, n: int) -> None:
    """Draw the choice of the next sentences, and the file once they are chosen.

    :param run: of what is annotated, whose text must be here; None where nothing is annotated yet.
    :param n: sentences to propose; 0 where none are advised.
    """
    if run and not (run.study.targets and load_run_copy(run, run.study.targets[0])):
        return
    batch_id = st.query_params.get(PARAMETER, "")
    with st.expander("Next sentences", key="next sentences", expanded=bool(batch_id)), show_faults():
        if batch_id:
            _follow_batch(batch_id)
        else:
            _draw_request(run, n)


def _draw_request(run: Run | None, n: int) -> None:
    names = (RANDOM, *STRATEGIES) if run else WITHOUT_CORPUS
    titles = {RANDOM: "random sentences", **STRATEGIES}
    files = st.file_uploader(
        "Texts that nobody has annotated yet: .txt files, a zip, JSON lines or a table with a field text",
        accept_multiple_files=True,
        key="texts",
        max_upload_size=MAX_BYTES // 1_000_000,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        strategy = st.selectbox(
            "Take first",
            names,
            key="strategy",
            format_func=lambda name: f"{name}: {titles[name]}" if name != RANDOM else titles[name],
        )
        proposed = min(MOST, n or DEFAULT)
        count = st.number_input("Sentences", 1, MOST, value=proposed, key="batch size", width=140)
        has_suggestions = bool(run) and st.checkbox("Suggest mentions", key="suggest")
        is_wanted = st.button("Choose", key="choose", icon=":material/checklist:", disabled=not files)
    st.caption(
        "Use chosen sentences for training only: the test part stays random, or F1 misleads. `bioner "
        "strategies` shows on a corpus whether choosing pays. The texts stay on this machine, at most "
        f"{MAX_DAYS} days."
    )
    if is_wanted and files:
        request = _build_request(run, int(count), strategy, has_suggestions)
        st.query_params[PARAMETER] = NextBatches().start(
            {file.name: file.getvalue() for file in files}, request
        )
        st.rerun()


def _build_request(run: Run | None, n: int, strategy: str, has_suggestions: bool) -> BatchRequest:
    if run is None:
        return BatchRequest(n=n, strategy=strategy)
    target = run.study.targets[0]
    copy = load_run_copy(run, target)
    return BatchRequest(
        n=n,
        strategy=strategy,
        corpus=locate_copy(run.folder, target).resolve(),
        language=copy.language if copy else "",
        has_suggestions=has_suggestions,
    )


def _follow_batch(batch_id: str) -> None:
    """Show a batch while it is chosen, then its file."""
    before = NextBatches().read_state(batch_id)

    @repeat_every(REFRESH_SECONDS if before.is_running else None)
    def part() -> None:
        state = NextBatches().read_state(batch_id)
        _show_state(state)
        if before.is_running and not state.is_running:
            st.rerun()

    part()
    if st.button("Remove", key="remove batch", icon=":material/delete:"):
        NextBatches().delete(batch_id)
        del st.query_params[PARAMETER]
        st.rerun()


def _show_state(state: BatchState) -> None:
    if state.is_running:
        st.caption("Choosing: the encoder reads the texts. You may leave this page and come back.")
    elif state.content is None:
        st.warning(escape_markdown(state.problem), icon=":material/warning:")
    else:
        content = state.content
        n = content.count(b"\n")
        st.markdown(f"**{format_count(n)} sentence{'s' * (n != 1)}** to annotate next, for training.")
        offer_file("Sentences", lambda: content, "batch-train.jsonl", "application/jsonl")
