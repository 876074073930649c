"""A small part of PHEE with all its labels: from the file to budgets, by both methods."""

from dataclasses import replace

import pytest
from tiny_encoders import save_tiny

from bioner_core.corpus.labels import KEEP
from bioner_core.corpus.opening import open_corpus
from bioner_core.curves.budget_table import combine_types, compute_budgets, find_row_exclusion
from bioner_core.curves.macro import add_macro_average
from bioner_core.curves.points import AVERAGES
from bioner_core.study.jobs import JobFailure, JobResult, Settings, TrainJob
from bioner_core.tagging.run import run_jobs

SETTINGS = Settings(epochs=1, min_steps=30, batch_size=8, learning_rate=1e-2, max_pieces=64)


@pytest.fixture(scope="module")
def phee(shared):
    """Return the first 120 training and 60 test sentences, with all labels unmapped."""
    whole = open_corpus(str(shared / "corpora/phee/phee-brat.zip"), label_map={KEEP: KEEP}).corpus
    assert len(whole.types) == 21
    parts = {part: [s for s in whole.sentences if s.part == part] for part in ("train", "test")}
    return replace(whole, sentences=(*parts["train"][:120], *parts["test"][:60]))


@pytest.mark.parametrize("method", ["finetune", "probe"])
def test_each_of_21_types_has_points_a_budget_and_a_state(method, phee, tmp_path):
    model = str(save_tiny("bert", tmp_path / "bert", positions=128))
    jobs = [
        TrainJob(
            target=phee.name,
            target_digest=phee.digest,
            source="none",
            source_digests=(),
            model=model,
            model_revision="",
            method=method,
            n_sentences=n,
            is_full=n == 120,
            seed=0,
            settings=SETTINGS,
        )
        for n in (20, 60, 120)
    ]
    outcomes = list(run_jobs(jobs, corpora={phee.name: phee}, device="cpu", cache=tmp_path / "cache"))
    assert not [outcome for outcome in outcomes if isinstance(outcome, JobFailure)]
    points = [point for outcome in outcomes if isinstance(outcome, JobResult) for point in outcome.points]
    assert {point.entity for point in points} == {*phee.types, "all"}
    full = {point.entity: point for point in points if point.is_full}
    test = [span.label for s in phee.sentences if s.part == "test" for span in s.spans]
    assert {entity: full[entity].support for entity in phee.types} == {t: test.count(t) for t in phee.types}
    assert full["all"].support == len(test)
    rows = {row.entity: row for row in compute_budgets(add_macro_average(points), goal_f1=0.5)}
    assert set(rows) == {*phee.types, *AVERAGES}
    lacking = {entity for entity in phee.types if not test.count(entity)}
    assert lacking
    assert {entity for entity, row in rows.items() if row.status == "no_test"} == lacking
    (every,) = combine_types(rows.values())
    left_out = {every.decided_by, *(of.entity for of in every.left_out)}
    assert left_out >= {entity for entity in phee.types if find_row_exclusion(rows[entity])} >= lacking
    assert every.decided_by not in {of.entity for of in every.left_out}
