"""From what is chosen to a study: its plan in words, what is odd about it, and its start."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count as numbers_from

import streamlit as st

from bioner_core.corpus.reading.passages import Finding
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import shared_with_test, split_corpus
from bioner_core.curves.sources import parts
from bioner_core.errors import BionerError
from bioner_core.study.duration import describe_here, expected_seconds, time_elsewhere
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import Study, plan, unanswerable
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.findings import show_findings, told
from bioner_core.ui.shared.library import corpus
from bioner_core.ui.shared.shell import md
from bioner_core.ui.train.choices import Choice

NAME = 60  # characters of a proposed name
UNDER_WAY = 20  # newest runs looked through for those that are worked on
TEACH = "Choose a target, and the plan stands here: how many models, how long, what is odd."


def show_plan(choice: Choice) -> None:
    """Tell the plan in a sentence that changes with the choice, and start it when asked to."""
    with st.container(border=True, key="plan"):
        st.markdown("**The plan**")
        if not choice.targets:
            st.caption(TEACH)
            return
        model = choice.model
        if model is None:
            raise BionerError(choice.problem)
        corpora = {name: corpus(name) for name in _named(choice)}
        study = _study(choice, model, corpora)
        seconds = expected_seconds(study, RunStore())
        st.subheader(describe_here(study, seconds), anchor=False)
        notes = [model.note, *study.notes, *(unanswerable(study, target) for target in study.targets)]
        if seconds is None:
            notes.append(time_elsewhere(study, RunStore()))
        for note in filter(None, notes):
            st.caption(md(note))
        _odd(study, corpora)
        name = st.text_input("Name of the run", key="run name", placeholder=study.name, max_chars=80)
        if st.button("Start", key="start", type="primary", icon=":material/play_arrow:"):
            run = RunStore().create(replace(study, name=name.strip() or study.name), corpora)
            start_detached(run.name)
            st.query_params.from_dict({"run": run.name})
            st.rerun()


def _named(choice: Choice) -> list[str]:
    """Return the corpora that targets and sources name."""
    named = [name for source in choice.sources for name in parts(source)]
    return list(dict.fromkeys([*choice.targets, *named]))


def _study(choice: Choice, model: ModelChoice, corpora: Mapping[str, Corpus]) -> Study:
    settings = choice.preset.settings_for(model.name)
    return plan(
        name=_free_name(f"{' '.join(choice.targets)[:NAME].strip(' .')} {choice.preset.name}"),
        targets=[corpora[name] for name in choice.targets],
        sources=choice.sources,
        corpora=corpora,
        model=model,
        preset=choice.preset.name,
        sizes=choice.sizes or None,
        seeds=None if choice.n_seeds is None else range(choice.n_seeds),
        settings=replace(settings, **choice.settings),
        **choice.rules,
    )


def _free_name(name: str) -> str:
    taken = {other.casefold() for other in RunStore().names()}
    numbered = (f"{name} {number}" for number in numbers_from(2))
    return name if name.casefold() not in taken else next(n for n in numbered if n.casefold() not in taken)


def _odd(study: Study, corpora: Mapping[str, Corpus]) -> None:
    """Show what may make the scores doubtful, before time is spent on them."""
    seed = study.jobs[0].split_seed
    splits = {name: split_corpus(found, seed=seed) for name, found in corpora.items()}
    seen: list[Finding] = []
    for target in study.targets:
        own = {name for job in study.jobs if job.target == target for name in job.sources}
        seen += splits[target].findings + shared_with_test(
            splits[target], [splits[name] for name in sorted(own)]
        )
    odd = list(dict.fromkeys(seen))
    with st.expander(f"Before you start: {told(odd)}", key="odd"):
        show_findings(odd, name=study.name)


def under_way() -> None:
    """Name the runs that are worked on now, each with the way to it."""
    store = RunStore()
    for name in store.names()[:UNDER_WAY]:
        if store.open(name).is_locked():
            st.page_link(
                "pages/train.py",
                label=f"{md(name)} is being trained",
                icon=":material/autorenew:",
                query_params={"run": name},
            )
