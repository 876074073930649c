"""The steps of the Upload page from files to a corpus, each folding to one line when done."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.answers.wording.numbers import format_bytes, format_count
from bioner_core.corpus.labels import DISEASE, DRUG, add_annotated_types
from bioner_core.corpus.library import validate_name
from bioner_core.corpus.opening import OpenedCorpus
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.corpus.reading.detect import NAMES
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.statistics import compute_statistics
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.shared import rates
from bioner_core.ui.shared.findings import adapt_to_pages, count_findings, show_findings
from bioner_core.ui.shared.library import (
    DOMAINS,
    LANGUAGES,
    describe_amount,
    describe_types,
    find_free_name,
    name_domain,
    name_language,
)
from bioner_core.ui.shared.sentence_view import select_examples, show_legend, show_sentences
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.upload.files import (
    STEPS,
    Upload,
    keep_all_labels,
    list_samples,
    load_run_copy,
    open_step,
    read_label_map,
    start_new_upload,
    switch_to_files,
    switch_to_sample,
)

N_SENTENCES = 10  # sentences
FROM_PROGRAM = "library"  # the format of what was no file
MOST_LABELS = 42  # to choose a type for; rarer ones stay as proposed


def open_step_frame(number: int, done: str = "", *, icon: str = "") -> DeltaGenerator:
    """Return the frame of a step: one line that says what is done, open where the work is."""
    reached = st.session_state.setdefault("reached", 1)
    st.session_state.setdefault(f"step {number}", number == reached)
    if not icon:
        icon = "check_circle" if number < reached else "arrow_circle_right" if number == reached else "circle"
    title = f"**{number} {STEPS[number - 1]}**" + (f" · {done}" if done else "")
    return st.expander(title, key=f"step {number}", icon=f":material/{icon}:", type="step", on_change="rerun")


def show_later_steps(*numbers: int) -> None:
    """Show steps whose turn has not come."""
    for number in numbers:
        with open_step_frame(number):
            st.caption("This comes after the steps above.")


def _offer_next_step(number: int) -> None:
    st.button("Continue", key=f"to step {number}", type="primary", on_click=open_step, args=(number,))


def show_files_step(upload: Upload | None, problem: str) -> None:
    """Take files, or a sample.

    :param problem: why what was given cannot be read.
    """
    done = ""
    if upload and not problem:
        done = (
            f"{escape_markdown(upload.title)}, synthetic"
            if upload.sample
            else f"{escape_markdown(upload.title)}, {format_bytes(upload.n_bytes)}"
        )
    if problem:
        st.session_state.update({"reached": 1, "step 1": True})
    with open_step_frame(1, done):
        if problem:
            st.error(escape_markdown(problem), icon=":material/error:")
        st.file_uploader(
            f"Annotated files: one, several, or a folder as zip ({', '.join(NAMES)})",
            accept_multiple_files=True,
            key="files",
            on_change=switch_to_files,
            max_upload_size=MAX_BYTES // 1_000_000,
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("Nothing at hand? Try a sample, made by a script:", width="content")
            for corpus in list_samples():
                button = {"key": f"try {corpus.name}", "on_click": switch_to_sample, "args": (corpus.name,)}
                st.button(escape_markdown(corpus.name), icon=":material/science:", **button)


def show_reading_step(reading: Reading, opened: OpenedCorpus | None) -> None:
    """Show what stands in the files: counts, ten sentences, findings."""
    with open_step_frame(
        2,
        describe_amount(compute_statistics(opened.corpus))
        if opened
        else "no entity is left, see the next step",
    ):
        if reading.format != FROM_PROGRAM:
            st.caption(f"Read as {escape_markdown(reading.format)}.")
        if opened:
            show_corpus(opened.corpus)
            _choose_document_field(opened.corpus)
            rates.offer_timed_rate(reading, opened.corpus)
        findings = opened.findings if opened else reading.findings
        st.markdown(f"**Findings:** {count_findings(findings)}")
        show_findings(findings, name=reading.name, unplaced=reading.unplaced)
        if opened:
            _offer_next_step(3)


def show_corpus(corpus: Corpus) -> None:
    """Show how types look, and some sentences."""
    show_legend(corpus)
    show_sentences(select_examples(corpus, N_SENTENCES), types=corpus.types)


def _choose_document_field(corpus: Corpus) -> None:
    """Ask for the documents' names where the files do not say them in a usual way."""
    if st.session_state.get("documents") or not all(sentence.document for sentence in corpus.sentences):
        st.text_input(
            "Field or column that names the document, if there is one",
            key="documents",
            placeholder="such as doc_id",
            help="Without documents the test part is drawn by sentence, and F1 is a little optimistic.",
            width=400,
        )


def show_entities_step(reading: Reading, opened: OpenedCorpus | None, problem: str) -> None:
    """Ask what each label stands for, and count what comes of it.

    :param problem: why the choice gives no corpus.
    """
    with open_step_frame(3, format_entity_counts(opened.corpus) if opened else ""):
        if problem:
            st.error(escape_markdown(adapt_to_pages(problem)), icon=":material/error:")
        st.caption("What does each label of yours stand for? Choose, type another name, or leave it out.")
        labels = [raw for raw, _ in reading.labels.most_common()]
        label_map = read_label_map(reading)
        if any(raw != entity for raw, entity in label_map.items()):
            st.button(
                "Keep all under their own names", key="keep all", on_click=keep_all_labels, args=(labels,)
            )
        with st.container(horizontal=True, gap="small"):
            for raw in labels[:MOST_LABELS]:
                _choose_entity_type(raw, reading.labels[raw], label_map[raw])
        if len(labels) > MOST_LABELS:
            st.caption(f"{format_count(len(labels) - MOST_LABELS)} rarer labels stay as proposed.")
        if opened:
            read = ", ".join(
                f"{format_count(opened.n_read[t])} {escape_markdown(t)}" for t in opened.corpus.types
            )
            st.markdown(f"**{format_entity_counts(opened.corpus)}** are placed, of {read} in the files.")
            _offer_next_step(4)


def format_entity_counts(corpus: Corpus) -> str:
    """Return how many entities of each type a corpus holds (Markdown)."""
    return escape_markdown(describe_types(compute_statistics(corpus)))


def _choose_entity_type(raw: str, n: int, chosen_type: str) -> None:
    keep_option = {} if raw in (DRUG, DISEASE) else {raw: f"keep as {raw}"}
    titles = {DRUG: DRUG, DISEASE: DISEASE, chosen_type: chosen_type, **keep_option, "": "leave out"}
    st.selectbox(
        f"{escape_markdown(raw)}, {format_count(n)}",
        list(titles),
        list(titles).index(chosen_type),
        key=f"label {raw}",
        format_func=partial(_format_option, titles),
        accept_new_options=True,
        width=220,
    )


def _format_option(titles: Mapping[str, str], option: str) -> str:
    return titles.get(option, option)


def choose_description(guess: Corpus) -> Corpus:
    """Ask for name, language and domain; return the corpus with them.

    :raises BionerError: it cannot be called so.
    """
    with st.container(horizontal=True, gap="small"):
        name = st.text_input("Name", find_free_name(guess), key="about name", max_chars=80, width=320)
        language = _choose_code(
            "Language", LANGUAGES, guess.language, hint="Choose, or type a code such as sv."
        )
        domain = _choose_code("Domain", DOMAINS, guess.domain, hint="Choose, or type your own word.")
        more = st.multiselect(
            "Annotated, though not found",
            [entity for entity in (DISEASE, DRUG) if entity not in guess.types],
            key="about types",
            accept_new_options=True,
            placeholder="None",
            help="Types that the annotators looked for where none occurs. A model then learns that words are "
            "not of them; of types that nobody looked for it learns nothing.",
            width=320,
        )
    if not re.fullmatch(r"([a-z]{2,3})?", language):
        raise BionerError(
            f"language {language[:40]!r}: write a code of two or three small letters, such as en or ru."
        )
    corpus = replace(guess, name=validate_name(name.strip()), language=language, domain=domain)
    return add_annotated_types(corpus, tuple(map(str.strip, more)))


def _choose_code(label: str, choices: Mapping[str, str], guess: str, *, hint: str) -> str:
    titles, options = {**choices, "": "unknown"}, list(dict.fromkeys([*choices, guess, ""]))
    value = st.selectbox(
        label,
        options,
        options.index(guess),
        key=f"about {label.lower()}",
        format_func=partial(_format_option, titles),
        accept_new_options=True,
        help=hint,
        width=260,
    )
    return (value or "").strip()


def describe_choices(corpus: Corpus) -> str:
    """Return name, language and domain in words (Markdown)."""
    details = [corpus.name, name_language(corpus.language), name_domain(corpus.domain)]
    return escape_markdown(", ".join([*details, *(["synthetic"] if corpus.is_synthetic else [])]))


def show_finished_steps(run: Run) -> None:
    """Show the steps that were taken before a run, each folded."""
    if st.session_state.get("reached") != len(STEPS):
        st.session_state["reached"] = len(STEPS)
        open_step(len(STEPS))
    target = run.study.targets[0] if run.study.targets else ""
    corpus = load_run_copy(run, target)
    with open_step_frame(1, f"kept in the library as {escape_markdown(target)}" if corpus else ""):
        st.button("Give other files", key="anew", icon=":material/upload_file:", on_click=start_new_upload)
    if corpus is None:  # the run travelled without text
        return
    with open_step_frame(2, describe_amount(compute_statistics(corpus))):
        show_corpus(corpus)
    with open_step_frame(3, format_entity_counts(corpus)):
        st.caption(_format_label_map(corpus))
    with open_step_frame(4, describe_choices(corpus)):
        st.page_link("pages/corpora.py", label="Look into it", query_params={"corpus": target})


def _format_label_map(corpus: Corpus) -> str:
    by_type: dict[str, list[str]] = {}
    for raw, entity in corpus.label_map.items():
        by_type.setdefault(entity, []).append(raw)
    type_texts = (
        f"**{escape_markdown(entity)}** from {escape_markdown(', '.join(raws))}"
        for entity, raws in sorted(by_type.items())
    )
    return "; ".join(type_texts) or "The types are as the corpus has them."
