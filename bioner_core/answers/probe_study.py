"""The probe of a corpus: a small study of it that takes minutes, made once for the same sentences."""

from contextlib import suppress
from dataclasses import replace
from itertools import count

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import Study, plan
from bioner_core.study.presets import PRESETS
from bioner_core.study.run import Run
from bioner_core.study.sizes import Size, parse_sizes
from bioner_core.study.store import RunStore

PRESET = "probe"
FEWEST = 3  # sizes below full; a corpus too small for the preset's gets its own
_WIDE = 1.6  # between the last size and full: one more is trained between them


def sizes(n_train: int) -> tuple[Size, ...]:
    """Return sizes that fit a training part: the preset's below full, else halves of it.

    >>> sizes(300), sizes(60), sizes(4116)
    ((50, 100, 200, 'full'), (3, 7, 15, 30, 'full'), (50, 100, 200, 400, 800, 1600, 2880, 'full'))
    """
    usual = [n for n in parse_sizes(PRESETS[PRESET].sizes) if n != "full" and n < n_train]
    if len(usual) < FEWEST:
        return (*sorted({n_train // 2**k for k in range(1, 5)} - {0}), "full")
    if n_train > _WIDE * usual[-1]:
        usual.append(round(0.7 * n_train / 10) * 10)
    return (*usual, "full")


def probe_of(corpus: Corpus, model: ModelChoice) -> Study:
    """Return the probe study of a corpus. :raises BionerError: it cannot be parted."""
    n_train = len(split_corpus(corpus).train)
    return plan(name=_run_name(corpus), targets=[corpus], model=model, preset=PRESET, sizes=sizes(n_train))


def run_of(study: Study, corpus: Corpus, store: RunStore) -> Run:
    """Return the run of a study: the one that is there, else a new one under the next free name."""
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
