"""The quick estimate of a corpus: a probe study of it, started at once, and the number it comes to."""

from contextlib import suppress
from dataclasses import replace
from itertools import count

import streamlit as st

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.curve import curves
from bioner_core.curves.points import ALL, points_csv
from bioner_core.errors import BionerError
from bioner_core.study.about import corpora_of
from bioner_core.study.estimate import expected_seconds
from bioner_core.study.models import choose_model
from bioner_core.study.plan import Study, describe, plan
from bioner_core.study.presets import PRESETS
from bioner_core.study.run import Run
from bioner_core.study.sizes import Size, parse_sizes
from bioner_core.study.state import RunState
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from pages import _words as words
from pages._answer import Answer, Asked, answer
from pages._explain import notes
from pages._library import keep
from pages._live import controls, curve, progress
from pages._parts import card

PRESET = "probe"
FEWEST = 3  # sizes below full; a corpus too small for the preset's gets its own


def sizes(n_train: int) -> tuple[Size, ...]:
    """Return sizes that fit a training part: the preset's below full, else halves of it.

    >>> sizes(300), sizes(60)
    ((50, 100, 200, 'full'), (3, 7, 15, 30, 'full'))
    """
    usual = [n for n in parse_sizes(PRESETS[PRESET].sizes) if n != "full" and n < n_train]
    halves = sorted({n_train // 2**k for k in range(1, 5)} - {0})
    return (*(usual if len(usual) >= FEWEST else halves), "full")


def study_of(corpus: Corpus) -> Study:
    """Return the probe study of a corpus. :raises BionerError: it cannot be parted, or no encoder is here."""
    with st.spinner("Planning …"):
        n_train = len(split_corpus(corpus).train)
        model = choose_model(None, PRESET)
        return plan(
            name=_run_name(corpus), targets=[corpus], model=model, preset=PRESET, sizes=sizes(n_train)
        )


def offer(corpus: Corpus) -> None:
    """Say what the estimate takes, and start it when asked to."""
    study = study_of(corpus)
    what = describe(study, expected_seconds(study, RunStore()))
    st.caption(f"A probe of {what}. The corpus is kept in the library of this machine; it goes nowhere else.")
    if st.button("Save and estimate", key="estimate", type="primary", icon=":material/play_arrow:"):
        st.query_params.from_dict({"run": begin(study, corpus)})
        st.rerun()


def begin(study: Study, corpus: Corpus) -> str:
    """Keep the corpus, start its estimate, and return the run's name; what is done is not done again.

    :raises BionerError: the library has another corpus of this name, or nothing can be written.
    """
    keep(corpus)
    run = _run_of(study, corpus)
    if run.pending() and not run.state().is_live:
        start_detached(run.name)
    return run.name


def _run_of(study: Study, corpus: Corpus) -> Run:
    """Return the run of a study: the one that is there, else a new one under the next free name."""
    store = RunStore()
    taken = {name.casefold() for name in store.names()}
    for number in count(2):
        if study.name.casefold() not in taken:
            break
        with suppress(BionerError):  # a broken run keeps its name
            run = store.open(study.name)
            if run.study.job_ids.keys() == study.job_ids.keys():
                return run
        study = replace(study, name=_run_name(corpus, number))
    return store.create(study, {corpus.name: corpus})


def _run_name(corpus: Corpus, number: int = 1) -> str:
    name = f"{corpus.name[:66].strip(' .')} {PRESET}"
    return name if number == 1 else f"{name} {number}"


def answered(run: Run) -> tuple[Answer, Budget] | None:
    """Return what the run's curves say of its first target, every type at once; None before two sizes."""
    found = [c for c in curves(run.points(), run.planned()) if c.is_curve]
    found = [c for c in found if c.target == found[0].target]
    if not found:
        return None
    first, types = found[0], {c.entity for c in found} - {ALL}
    asked = Asked(
        target=first.target,
        model=first.model,
        method=first.method,
        entity=EVERY if len(types) > 1 else first.entity,
        fraction=0.99,
        goal_f1=None,
    )
    result = answer(found, asked)
    return result, result.rows[0]


def show(run: Run, state: RunState) -> None:
    """Show the estimate as far as it has come: progress, the number, the curve, what it rests on."""
    progress(run, state)
    found = answered(run)
    if found:
        _number(run, *found)
    curve(run)
    if found:
        notes(*found, run)
    with st.container(horizontal=True, vertical_alignment="center"):
        controls(run, state)
        if state.n_points:
            st.download_button(
                "CSV",
                points_csv(run.points()),
                f"{run.name}.csv",
                "text/csv",
                key="download csv",
                icon=":material/download:",
                on_click="ignore",
            )


def _number(run: Run, result: Answer, row: Budget) -> None:
    about = corpora_of(run).get(row.target)
    shown = words.plan_card(
        row,
        types=[one for one in result.by_type if one.source == row.source],
        per_document=about.per_document if about else None,
        spread=words.spread(row, is_published=run.study.is_published),
    )
    card(shown, key="plan")
