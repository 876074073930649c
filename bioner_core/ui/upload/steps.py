"""The steps of the Upload page from files to a corpus, each folding to one line when done."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bioner_core.corpus.labels import DISEASE, DRUG, annotating
from bioner_core.corpus.library import Opened, checked_name
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.corpus.reading.detect import NAMES
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.statistics import statistics
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.corpora.sentences import legend, show_sentences, telling
from bioner_core.ui.shared import rates
from bioner_core.ui.shared.findings import in_pages, show_findings, told
from bioner_core.ui.shared.library import (
    DOMAINS,
    LANGUAGES,
    amount,
    by_type,
    domain_name,
    free_name,
    language_name,
)
from bioner_core.ui.shared.markup import count, size
from bioner_core.ui.shared.shell import md
from bioner_core.ui.upload.files import (
    STEPS,
    Given,
    copy_of,
    go,
    keep_all,
    leave_run,
    mapping,
    samples,
    take_files,
    take_sample,
)

SHOWN = 10  # sentences
FROM_PROGRAM = "library"  # the format of what was no file
MOST_LABELS = 42  # to choose a type for; rarer ones stay as proposed


def step(number: int, done: str = "", *, icon: str = "") -> DeltaGenerator:
    """Return the frame of a step: one line that says what is done, open where the work is."""
    reached = st.session_state.setdefault("reached", 1)
    st.session_state.setdefault(f"step {number}", number == reached)
    if not icon:
        icon = "check_circle" if number < reached else "arrow_circle_right" if number == reached else "circle"
    title = f"**{number} {STEPS[number - 1]}**" + (f" · {done}" if done else "")
    return st.expander(title, key=f"step {number}", icon=f":material/{icon}:", type="step", on_change="rerun")


def to_come(*numbers: int) -> None:
    """Show steps whose turn has not come."""
    for number in numbers:
        with step(number):
            st.caption("This comes after the steps above.")


def _onward(number: int) -> None:
    st.button("Continue", key=f"to step {number}", type="primary", on_click=go, args=(number,))


def files(what: Given | None, problem: str) -> None:
    """Take files, or a sample.

    :param problem: why what was given cannot be read.
    """
    done = ""
    if what and not problem:
        done = f"{md(what.title)}, synthetic" if what.sample else f"{md(what.title)}, {size(what.n_bytes)}"
    if problem:
        st.session_state.update({"reached": 1, "step 1": True})
    with step(1, done):
        if problem:
            st.error(md(problem), icon=":material/error:")
        st.file_uploader(
            f"Annotated files: one, several, or a folder as zip ({', '.join(NAMES)})",
            accept_multiple_files=True,
            key="files",
            on_change=take_files,
            max_upload_size=MAX_BYTES // 1_000_000,
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("Nothing at hand? Try a sample, made by a script:", width="content")
            for corpus in samples():
                button = {"key": f"try {corpus.name}", "on_click": take_sample, "args": (corpus.name,)}
                st.button(md(corpus.name), icon=":material/science:", **button)


def what_we_read(reading: Reading, found: Opened | None) -> None:
    """Show what stands in the files: counts, ten sentences, findings."""
    with step(2, amount(statistics(found.corpus)) if found else "no entity is left, see the next step"):
        if reading.format != FROM_PROGRAM:
            st.caption(f"Read as {md(reading.format)}.")
        if found:
            show_corpus(found.corpus)
            _documents(found.corpus)
            rates.offer(reading, found.corpus)
        findings = found.findings if found else reading.findings
        st.markdown(f"**Findings:** {told(findings)}")
        show_findings(findings, name=reading.name, unplaced=reading.unplaced)
        if found:
            _onward(3)


def show_corpus(corpus: Corpus) -> None:
    """Show how types look, and some sentences."""
    legend(corpus)
    show_sentences(telling(corpus, SHOWN), types=corpus.types)


def _documents(corpus: Corpus) -> None:
    """Ask for the documents' names where the files do not say them in a usual way."""
    if st.session_state.get("documents") or not all(sentence.document for sentence in corpus.sentences):
        st.text_input(
            "Field or column that names the document, if there is one",
            key="documents",
            placeholder="such as doc_id",
            help="Without documents the test part is drawn by sentence, and F1 is a little optimistic.",
            width=400,
        )


def entities(reading: Reading, found: Opened | None, problem: str) -> None:
    """Ask what each label stands for, and count what comes of it.

    :param problem: why the choice gives no corpus.
    """
    with step(3, placed(found.corpus) if found else ""):
        if problem:
            st.error(md(in_pages(problem)), icon=":material/error:")
        st.caption("What does each label of yours stand for? Choose, type another name, or leave it out.")
        labels = [raw for raw, _ in reading.labels.most_common()]
        chosen = mapping(reading)
        if any(raw != entity for raw, entity in chosen.items()):
            st.button("Keep all under their own names", key="keep all", on_click=keep_all, args=(labels,))
        with st.container(horizontal=True, gap="small"):
            for raw in labels[:MOST_LABELS]:
                _label(raw, reading.labels[raw], chosen[raw])
        if len(labels) > MOST_LABELS:
            st.caption(f"{count(len(labels) - MOST_LABELS)} rarer labels stay as proposed.")
        if found:
            read = ", ".join(f"{count(found.n_read[t])} {md(t)}" for t in found.corpus.types)
            st.markdown(f"**{placed(found.corpus)}** are placed, of {read} in the files.")
            _onward(4)


def placed(corpus: Corpus) -> str:
    """Return how many entities of each type a corpus holds (Markdown)."""
    return md(by_type(statistics(corpus)))


def _label(raw: str, n: int, chosen: str) -> None:
    own = {} if raw in (DRUG, DISEASE) else {raw: f"keep as {raw}"}
    shown = {DRUG: DRUG, DISEASE: DISEASE, chosen: chosen, **own, "": "leave out"}
    st.selectbox(
        f"{md(raw)}, {count(n)}",
        list(shown),
        list(shown).index(chosen),
        key=f"label {raw}",
        format_func=partial(_title, shown),
        accept_new_options=True,
        width=220,
    )


def _title(shown: Mapping[str, str], option: str) -> str:
    return shown.get(option, option)


def about(guess: Corpus) -> Corpus:
    """Ask for name, language and domain; return the corpus with them.

    :raises BionerError: it cannot be called so.
    """
    with st.container(horizontal=True, gap="small"):
        name = st.text_input("Name", free_name(guess), key="about name", max_chars=80, width=320)
        language = _choice("Language", LANGUAGES, guess.language, hint="Choose, or type a code such as sv.")
        domain = _choice("Domain", DOMAINS, guess.domain, hint="Choose, or type your own word.")
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
    corpus = replace(guess, name=checked_name(name.strip()), language=language, domain=domain)
    return annotating(corpus, tuple(map(str.strip, more)))


def _choice(label: str, known: Mapping[str, str], guess: str, *, hint: str) -> str:
    shown, options = {**known, "": "unknown"}, list(dict.fromkeys([*known, guess, ""]))
    taken = st.selectbox(
        label,
        options,
        options.index(guess),
        key=f"about {label.lower()}",
        format_func=partial(_title, shown),
        accept_new_options=True,
        help=hint,
        width=260,
    )
    return (taken or "").strip()


def about_in_words(corpus: Corpus) -> str:
    """Return name, language and domain in words (Markdown)."""
    known = [corpus.name, language_name(corpus.language), domain_name(corpus.domain)]
    return md(", ".join([*known, *(["synthetic"] if corpus.is_synthetic else [])]))


def kept(run: Run) -> None:
    """Show the steps that were taken before a run, each folded."""
    if st.session_state.get("reached") != len(STEPS):
        st.session_state["reached"] = len(STEPS)
        go(len(STEPS))
    target = run.study.targets[0] if run.study.targets else ""
    corpus = copy_of(run, target)
    with step(1, f"kept in the library as {md(target)}" if corpus else ""):
        st.button("Give other files", key="anew", icon=":material/upload_file:", on_click=leave_run)
    if corpus is None:  # the run travelled without text
        return
    with step(2, amount(statistics(corpus))):
        show_corpus(corpus)
    with step(3, placed(corpus)):
        st.caption(_mapped(corpus))
    with step(4, about_in_words(corpus)):
        st.page_link("pages/corpora.py", label="Look into it", query_params={"corpus": target})


def _mapped(corpus: Corpus) -> str:
    by_type: dict[str, list[str]] = {}
    for raw, entity in corpus.label_map.items():
        by_type.setdefault(entity, []).append(raw)
    told_types = (f"**{md(entity)}** from {md(', '.join(raws))}" for entity, raws in sorted(by_type.items()))
    return "; ".join(told_types) or "The types are as the corpus has them."
