"""Names and addresses of all kinds: each page answers with a sentence, never with a fault or a slip."""

import os
import shutil
from itertools import cycle, islice

import pytest
from page_texts import find_slips
from stored_runs import add_to_library, build_corpus, plan_run, record_failures, record_outcomes

from bioner_core.study.store import SHIPPED, RunStore

HOSTILE = {
    "a path": "../../etc/passwd",
    "markup": "<script>alert(1)</script>",
    "emoji": "🤕",
    "right to left": "a\u202eb\u200f",
    "long": "x" * 300,
    "control characters": "a\x00b\nc",
    "a huge number": "9" * 400,
    "not a number": "NAN",
    "infinity": "-inf",
    "blank": " ",
    "empty": "",
    "markdown": "[a](http://b.c) **d** $e$ :red[f]",
    "a shared run": "anna/x",
}
PARAMETERS = {
    "budget": ("run", "target", "source", "model", "entity", "reach", "f1", "axis", "unit", "fan"),
    "upload": ("run", "upload", "sample", "start", "pool", "reach", "stop", "language", "types"),
    "train": ("run", "targets", "sources", "preset", "encoder", "seeds", "sizes", "reach", "subsets", "f1"),
    "transfer": ("run", "target", "entity", "metric", "source", "model", "n", "view"),
    "corpora": ("corpus", "search", "with", "sheet"),
    "runs": ("run", "other", "compare"),
    "settings": ("run", "place"),
}


@pytest.fixture
def stored():
    """Store two corpora, a good run, one with failures, and broken ones."""
    add_to_library("reviews", "notes")
    good = plan_run("good", sources=[build_corpus("notes")])
    record_outcomes(good)
    half = plan_run("half")
    record_outcomes(half, half.study.jobs[:2])
    record_failures(half, half.study.jobs[2:3], "out of memory")
    folder = RunStore().folder
    for name in ("broken plan", "broken points", "loop"):
        shutil.copytree(good.folder, folder / name)
    (folder / "broken plan/study.json").write_text("{")
    (folder / "broken points/points.jsonl").write_text("[]\n")
    (folder / "loop/study.json").unlink()
    os.symlink("study.json", folder / "loop/study.json")


def check(open_page, page, **address):
    app = open_page(page, **address)
    assert not app.exception, (page, address)
    assert find_slips(app) == [], (page, address)
    return app


@pytest.mark.parametrize("page", PARAMETERS)
@pytest.mark.parametrize("shift", range(2))
def test_an_address_with_hostile_values_in_all_parameters_is_answered(stored, open_page, page, shift):
    values = cycle(HOSTILE.values())
    check(open_page, page, **dict(zip(PARAMETERS[page], islice(values, 7 * shift, None), strict=False)))


@pytest.mark.long
@pytest.mark.parametrize("page", PARAMETERS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_value_in_each_parameter_is_answered(stored, open_page, page, kind):
    check(open_page, page, **dict.fromkeys(PARAMETERS[page], HOSTILE[kind]))
    for name in PARAMETERS[page]:
        check(open_page, page, **{"run": "good", name: HOSTILE[kind]})


RUNS = ("half", "broken plan", "loop", SHIPPED[0])
LONG_RUNS = ("good", "broken points", *SHIPPED[1:])


@pytest.mark.parametrize("run", [*RUNS, *(pytest.param(name, marks=pytest.mark.long) for name in LONG_RUNS)])
def test_no_page_says_none_or_nan_about_a_run(stored, open_page, run):
    for page in ("budget", "upload", "train", "transfer", "runs"):
        check(open_page, page, run=run)
