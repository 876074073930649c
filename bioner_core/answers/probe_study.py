"""The probe of a corpus: a small search that takes minutes, planned once for the same sentences."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import Study
from bioner_core.study.run import Run
from bioner_core.study.search import Search
from bioner_core.study.search_plan import plan_search
from bioner_core.study.store import RunStore

PRESET = "probe"
MAX_SECONDS = 180.0  # after which the search of a probe adds no model


def plan_probe(corpus: Corpus, model: ModelChoice) -> Study:
    """Return the probe study of a corpus: the first models of a search of three minutes.

    :raises BionerError: the corpus cannot be split.
    """
    return plan_search(
        Search(max_seconds=MAX_SECONDS),
        name=f"{corpus.name[:66].strip(' .')} {PRESET}",
        targets=[corpus],
        model=model,
        preset=PRESET,
    )


def find_run(study: Study, store: RunStore) -> Run | None:
    """Return the run that trains the jobs of a study, and perhaps more sizes; None where there is none."""
    existing_names = {name.casefold() for name in store.names()}
    for name in _iterate_names(study):
        if name.casefold() not in existing_names:
            return None
        with suppress(BionerError):  # a damaged run keeps its name
            run = store.open(name)
            if run.study.job_ids.keys() >= study.job_ids.keys() and run.study.sources == study.sources:
                return run
    return None


def open_or_create_run(study: Study, corpus: Corpus, store: RunStore) -> Run:
    """Return the run of a study: the existing one, else a new one under the next free name."""
    if run := find_run(study, store):
        return run
    existing_names = {name.casefold() for name in store.names()}
    name = next(name for name in _iterate_names(study) if name.casefold() not in existing_names)
    return store.create(replace(study, name=name), {corpus.name: corpus})


def _iterate_names(study: Study) -> Iterator[str]:
    """Yield the study's name, then the same name with the numbers from 2."""
    yield study.name
    yield from (f"{study.name} {number}" for number in count(2))
