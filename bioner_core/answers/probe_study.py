"""The probe of a corpus: a small study that takes minutes, planned once for the same sentences."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import Study, plan_study
from bioner_core.study.presets import PRESETS
from bioner_core.study.run import Run
from bioner_core.study.sizes import Size, parse_sizes
from bioner_core.study.store import RunStore

PRESET = "probe"
MIN_SIZES = 3  # below full; smaller corpora get sizes of their own
_MAX_STEP = 1.6  # full divided by the last size; above it, one more size is trained between them


def choose_sizes(n_train: int) -> tuple[Size, ...]:
    """Return sizes that fit a training part: the preset's below full, or halves of a small part.

    >>> choose_sizes(300), choose_sizes(60), choose_sizes(4116)
    ((50, 100, 200, 'full'), (3, 7, 15, 30, 'full'), (50, 100, 200, 400, 800, 1600, 2880, 'full'))
    """
    sizes = [n for n in parse_sizes(PRESETS[PRESET].sizes) if n != "full" and n < n_train]
    if len(sizes) < MIN_SIZES:
        return (*sorted({n_train // 2**k for k in range(1, 5)} - {0}), "full")
    if n_train > _MAX_STEP * sizes[-1]:
        sizes.append(round(0.7 * n_train / 10) * 10)
    return (*sizes, "full")


def plan_probe(corpus: Corpus, model: ModelChoice) -> Study:
    """Return the probe study of a corpus. :raises BionerError: the corpus cannot be split."""
    n_train = len(split_corpus(corpus).train)
    name = f"{corpus.name[:66].strip(' .')} {PRESET}"
    return plan_study(name=name, targets=[corpus], model=model, preset=PRESET, sizes=choose_sizes(n_train))


def find_run(study: Study, store: RunStore) -> Run | None:
    """Return the run that trains the jobs of a study; None where there is none yet."""
    existing_names = {name.casefold() for name in store.names()}
    for name in _iterate_names(study):
        if name.casefold() not in existing_names:
            return None
        with suppress(BionerError):  # a damaged run keeps its name
            run = store.open(name)
            if run.study.job_ids.keys() == study.job_ids.keys():
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
