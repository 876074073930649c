"""The steps of the Upload page from files to a corpus, each folding to one line when done."""

from contextlib import suppress
from functools import partial

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.corpus.opening import OpenedCorpus
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.statistics import compute_statistics
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.shared import rates
from bioner_core.ui.shared.findings import count_findings, show_findings, show_problem
from bioner_core.ui.shared.library import (
    describe_amount,
    describe_types,
)
from bioner_core.ui.shared.sentence_view import (
    select_annotated_sentences,
    show_counts,
    show_legend,
    show_sentences,
)
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import format_option
from bioner_core.ui.upload.description import describe_choices
from bioner_core.ui.upload.files import keep_all_labels, load_run_copy, open_preview, read_label_map
from bioner_core.ui.upload.upload import STEPS, Upload, leave_upload, open_step, start_new_upload

N_SENTENCES = 10  # shown as examples
ENTITIES_STEP = 3
FROM_PROGRAM = "library"  # the format of a sample
MOST_LABELS = 42  # to choose a type for; rarer ones stay as proposed


def open_step_frame(number: int, done: str = "", *, icon: str = "") -> ExpanderContainer:
    """Draw the frame of a step: a line with its result, open if it is the current step.

    :param done: the result of the step (Markdown).
    """
    reached, key = st.session_state.setdefault("reached", 1), f"step {number}"
    # Another line is another widget, which would begin folded.
    st.session_state[key] = st.session_state.get(key, number == reached)
    if not icon:
        icon = "check_circle" if number < reached else "arrow_circle_right" if number == reached else "circle"
    title = f"**{number} {STEPS[number - 1]}**" + (f" · {done}" if done else "")
    return st.expander(title, key=key, icon=f":material/{icon}:", type="step", on_change="rerun")


def show_later_steps(*numbers: int) -> None:
    """Draw steps that need the ones above first."""
    for number in numbers:
        with open_step_frame(number):
            st.caption("Finish the steps above first.")


def _offer_next_step(number: int) -> None:
    st.button("Continue", key=f"to step {number}", type="primary", on_click=open_step, args=(number,))


def show_reading_step(upload: Upload, reading: Reading, opened: OpenedCorpus | None) -> None:
    """Draw step 2: counts, example sentences and findings; ``opened`` is None if no label is kept.

    Until step 3 is done, sentences and counts have the labels of the files.
    """
    is_mapped = st.session_state.get("reached", 1) > ENTITIES_STEP
    n_entities = None if is_mapped else reading.labels.total()
    amount = describe_amount(compute_statistics(opened.corpus), n_entities=n_entities) if opened else ""
    with open_step_frame(2, amount or "no entities left: see step 3"):
        if reading.format != FROM_PROGRAM:
            st.caption(f"Read as {escape_markdown(reading.format)}.")
        if not is_mapped:
            _show_labels(upload, reading)
        elif opened:
            show_corpus(opened.corpus)
        if opened:
            _choose_document_field(opened.corpus)
        if reading.columns:
            _choose_column(reading)
        if opened:
            rates.offer_timed_rate(reading, opened.corpus)
        findings = opened.findings if opened else reading.findings
        st.markdown(f"**Findings:** {count_findings(findings)}")
        show_findings(findings, name=reading.name, unplaced=reading.unplaced)
        if opened:
            _offer_next_step(3)


def _show_labels(upload: Upload, reading: Reading) -> None:
    """Show the count of each label of the files, and some sentences."""
    labels = tuple(sorted(reading.labels))
    show_counts(labels, reading.labels)
    with suppress(BionerError):  # no mention has a place: the findings say why
        preview = open_preview(upload, reading)
        show_sentences(select_annotated_sentences(preview, N_SENTENCES), types=labels)
    if reading.format != FROM_PROGRAM:
        st.caption("The labels are those of the files; step 3 gives each an entity type.")


def show_corpus(corpus: Corpus) -> None:
    """Show the colour of each type and some sentences."""
    show_legend(corpus)
    show_sentences(select_annotated_sentences(corpus, N_SENTENCES), types=corpus.types)


def _choose_document_field(corpus: Corpus) -> None:
    """Draw the field for the document column, where sentences name no document."""
    if st.session_state.get("documents") or not all(sentence.document for sentence in corpus.sentences):
        st.text_input(
            "Field or column that names the document, if there is one",
            key="documents",
            placeholder="such as doc_id",
            help="Without documents, the test part is drawn by sentence, and F1 is slightly too high.",
            width=400,
        )


def _choose_column(reading: Reading) -> None:
    """Draw the choice of the column or field of the annotations, where several hold some."""
    st.selectbox(
        "Column or field of the annotations",
        reading.columns,
        key="column",
        help="Several hold annotations. The program chose one of them; see the findings.",
        width=400,
    )


def show_entities_step(reading: Reading, opened: OpenedCorpus | None, problem: str) -> None:
    """Draw step 3: the entity type of each label, and the mentions that result.

    :param problem: why this choice gives no corpus; "" if it does.
    """
    # An open step shows the counts itself: if its line changed, a chosen field would lose the focus.
    is_open = st.session_state.get(f"step {ENTITIES_STEP}", False)
    with open_step_frame(3, format_entity_counts(opened.corpus) if opened and not is_open else ""):
        if problem:
            show_problem(problem)
        st.caption(
            "Which entity type does each label mean? Choose a type, enter another name, or leave it out."
        )
        labels = [raw for raw, _ in reading.labels.most_common()]
        label_map = read_label_map(reading)
        if any(raw != entity for raw, entity in label_map.items()):
            st.button("Keep all labels as they are", key="keep all", on_click=keep_all_labels, args=(labels,))
        with st.container(horizontal=True, gap="small"):
            for raw in labels[:MOST_LABELS]:
                _choose_entity_type(raw, reading.labels[raw], label_map[raw])
        if len(labels) > MOST_LABELS:
            st.caption(f"{format_count(len(labels) - MOST_LABELS)} rarer labels keep the proposed type.")
        if opened:
            read = ", ".join(
                f"{format_count(opened.n_read[t])} {escape_markdown(t)}" for t in opened.corpus.types
            )
            placed = f"**{format_entity_counts(opened.corpus)}**"
            n_read = sum(opened.n_read[t] for t in opened.corpus.types)
            is_complete = n_read == sum(opened.corpus.mentions.values())
            every = f"{placed}. All {format_count(n_read)} mentions will be used."
            st.markdown(every if is_complete else f"{placed} will be used, of {read} in the files.")
            _offer_next_step(4)


def format_entity_counts(corpus: Corpus) -> str:
    """Return the number of mentions by type (Markdown)."""
    return escape_markdown(describe_types(compute_statistics(corpus)))


def _choose_entity_type(raw: str, n: int, chosen_type: str) -> None:
    """Draw the select box of a label with ``n`` mentions; "" leaves it out."""
    keep_option = {} if raw in (DRUG, DISEASE) else {raw: f"keep as {raw}"}
    titles = {DRUG: DRUG, DISEASE: DISEASE, chosen_type: chosen_type, **keep_option, "": "leave out"}
    st.selectbox(
        f"{escape_markdown(raw)}, {format_count(n)}",
        list(titles),
        list(titles).index(chosen_type),
        key=f"label {raw}",
        format_func=partial(format_option, titles),
        accept_new_options=True,
        width=220,
    )


def show_finished_steps(run: Run) -> None:
    """Draw steps 1 to 4 of a run, folded."""
    leave_upload()
    if st.session_state.get("reached") != len(STEPS):
        st.session_state["reached"] = len(STEPS)
        open_step(len(STEPS))
    target = run.study.targets[0] if run.study.targets else ""
    corpus = load_run_copy(run, target)
    with open_step_frame(1, f"kept in the library as {escape_markdown(target)}" if corpus else ""):
        st.button("Upload other files", key="anew", icon=":material/upload_file:", on_click=start_new_upload)
    if corpus is None:  # the run travelled without text
        return
    with open_step_frame(2, describe_amount(compute_statistics(corpus))):
        show_corpus(corpus)
    with open_step_frame(3, format_entity_counts(corpus)):
        st.caption(_format_label_map(corpus))
    with open_step_frame(4, describe_choices(corpus)):
        st.page_link("pages/corpora.py", label="Open in Corpora", query_params={"corpus": target})


def _format_label_map(corpus: Corpus) -> str:
    by_type: dict[str, list[str]] = {}
    for raw, entity in corpus.label_map.items():
        by_type.setdefault(entity, []).append(raw)
    type_texts = (
        f"**{escape_markdown(entity)}** from {escape_markdown(', '.join(raws))}"
        for entity, raws in sorted(by_type.items())
    )
    return "; ".join(type_texts) or "The types are the corpus's own."
