"""The plan of the Train page: its size and time, findings on its corpora, and its start."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import count as numbers_from

import streamlit as st

from bioner_core.answers.planned_work import plan_work
from bioner_core.answers.wording.planned_work import describe_work, warn_of_long_work
from bioner_core.answers.wording.search import describe_search
from bioner_core.corpus.checks import check_split, find_leakage
from bioner_core.corpus.reading.passages import Finding
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.sources import list_source_corpora
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.executors.backend import choose_backend, remember_backend
from bioner_core.study.plan import Study, explain_missing_answer, plan_study
from bioner_core.study.search_plan import plan_search
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.findings import count_findings, show_findings
from bioner_core.ui.shared.library import load_library_corpus
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.train.choices import StudyChoice

MAX_NAME_LENGTH = 60  # characters of a proposed name
HINT = "Choose a target. The plan then appears here: number of models, time and possible problems."


def show_plan(choice: StudyChoice) -> None:
    """Show the plan for the choice, and the button that starts it."""
    with st.container(border=True, key="plan"):
        st.markdown("**The plan**")
        if not choice.targets:
            st.caption(HINT)
            return
        model = choice.model
        if model is None:
            raise BionerError(choice.problem)
        corpora = {name: load_library_corpus(name) for name in _list_corpora(choice)}
        study, backend = _build_study(choice, model, corpora), choose_backend(choice.place)
        work = plan_work(study, RunStore(), corpora, backend=backend, rates=load_user_rates())
        st.header(escape_markdown(describe_work(work)), anchor=False)
        if warning := warn_of_long_work(work):
            st.warning(warning, icon=":material/hourglass_top:")
        notes = [
            describe_search(study.search) if study.search else "",
            model.note,
            f"The models are trained on {backend.place}." if backend.place else "",
            work.basis,
            *study.notes,
            *(explain_missing_answer(study, target) for target in study.targets),
        ]
        for note in filter(None, notes):
            st.caption(escape_markdown(note))
        _show_findings(study, corpora)
        name = st.text_input("Name of the run", key="run name", placeholder=study.name, max_chars=80)
        if st.button("Start", key="start", type="primary", icon=":material/play_arrow:"):
            run = RunStore().create(replace(study, name=name.strip() or study.name), corpora)
            remember_backend(run, backend)
            start_detached(run.name)
            st.query_params.from_dict({"run": run.name})
            st.rerun()


def _list_corpora(choice: StudyChoice) -> list[str]:
    """List the corpora in targets and sources."""
    source_corpora = [name for source in choice.sources for name in list_source_corpora(source)]
    return list(dict.fromkeys([*choice.targets, *source_corpora]))


def _build_study(choice: StudyChoice, model: ModelChoice, corpora: Mapping[str, Corpus]) -> Study:
    settings = choice.preset.settings_for(model.name)
    plan = plan_study if choice.search is None else partial(plan_search, choice.search)
    return plan(
        name=_find_free_name(
            f"{' '.join(choice.targets)[:MAX_NAME_LENGTH].strip(' .')} {choice.preset.name}"
        ),
        targets=[corpora[name] for name in choice.targets],
        sources=choice.sources,
        corpora=corpora,
        model=model,
        preset=choice.preset.name,
        sizes=choice.sizes or None,
        seeds=None if choice.n_seeds is None else range(choice.n_seeds),
        settings=replace(settings, **choice.settings),
        **choice.plan_options,
    )


def _find_free_name(name: str) -> str:
    existing_names = {other.casefold() for other in RunStore().names()}
    numbered_names = (f"{name} {number}" for number in numbers_from(2))
    return (
        name
        if name.casefold() not in existing_names
        else next(n for n in numbered_names if n.casefold() not in existing_names)
    )


def _show_findings(study: Study, corpora: Mapping[str, Corpus]) -> None:
    """Show the findings on the corpora and on leakage between them before training starts."""
    seed = study.jobs[0].split_seed
    splits = {name: split_corpus(corpus, seed=seed) for name, corpus in corpora.items()}
    findings: list[Finding] = []
    for target in study.targets:
        sources = {name for job in study.jobs if job.target == target for name in job.sources}
        findings += check_split(splits[target])
        findings += find_leakage(splits[target], [splits[name] for name in sorted(sources)])
    distinct_findings = list(dict.fromkeys(findings))
    with st.expander(f"Before you start: {count_findings(distinct_findings)}", key="odd"):
        show_findings(distinct_findings, name=study.name)
