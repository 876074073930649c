"""Table 2 for any runs: the best model first, the others tested against it where possible."""

import shutil
from dataclasses import replace

import fake_runner
import pytest
from simulated_runs import build_corpus, build_result, create_simulated_run

from bioner_core.analysis.in_corpus import NO_SPREAD, ONE_RUN_EACH, OTHER_PART, SEEDS, compare_in_corpus
from bioner_core.scoring.significance import compute_welch_p
from bioner_core.study.jobs import Settings
from bioner_core.study.plan import plan_study
from bioner_core.study.store import RunStore


def create_other_run(name="other", *, seeds=(0, 1, 2), per_document=6, worse=0):
    """Return a run on the same test part by another training, whose models lose ``worse`` true positives."""
    target = build_corpus(per_document=per_document)
    study = plan_study(
        name=name,
        targets=[target],
        model=fake_runner.MODEL,
        sizes="full",
        seeds=seeds,
        settings=Settings(epochs=2),
    )
    run = RunStore().create(study, {"target": target})
    with run.lock() as writer:
        for job in study.jobs:
            writer.append_result(_lose_true_positives(build_result(job), worse))
    return run


def _lose_true_positives(done, n):
    """Miss all mentions of Drug in the first ``n`` sentences."""
    counts = done.counts.counts
    counts[:n, 1, 2] += counts[:n, 1, 0]
    counts[:n, 1, 0] = 0
    points = tuple(
        replace(p, f1=f1)
        for p, rows in zip(done.points, ([0], [1], [0, 1]), strict=True)
        for tp, fp, fn in [counts[:, rows].sum(axis=(0, 1)).tolist()]
        for f1 in [2 * tp / (2 * tp + fp + fn)]
    )
    return replace(done, points=points)


def compare_runs(*runs, entity="Drug"):
    return [row for row in compare_in_corpus(runs, trials=999) if row.entity == entity]


def test_published_table_2_marks_the_best_models_and_tests_nothing():
    rows = compare_in_corpus([RunStore().open("ecir2020")])
    assert len(rows) == 20
    best = {(row.corpus, row.entity): (row.model, round(100 * row.f1, 2)) for row in rows if row.is_best}
    assert best["EN UGT", "Drug"] == ("BioBERT", 89.44)
    assert best["RU UGT", "Disease"] == ("Multi-BERT", 49.35)
    assert {row.test for row in rows if not row.is_best} == {ONE_RUN_EACH}
    assert {row.differs for row in rows} == {None}


def test_runs_of_several_seeds_are_compared_by_the_t_test_of_the_paper():
    run, other_run = create_simulated_run(sizes="full"), create_other_run(worse=200)
    best, second = compare_runs(run, other_run)
    assert (best.run, best.is_best, best.test, best.p) == ("study", True, "", None)
    assert (second.test, second.differs) == (SEEDS, True)
    f1 = [[p.f1 for p in run.points() if p.entity == "Drug"] for run in (other_run, run)]
    assert second.p == pytest.approx(compute_welch_p(*f1))


def test_runs_of_one_seed_are_compared_by_the_documents_of_the_test_part():
    _, second = compare_runs(create_simulated_run(sizes="full", seeds=(0,)), create_other_run(worse=200))
    assert second.test == "approximate randomisation over documents"
    assert (second.p, second.differs) == (1 / 1000, True)
    _, close = compare_runs(
        create_simulated_run("again", sizes="full", seeds=(0,)), create_other_run("alike", seeds=(0,))
    )
    assert close.differs is False


def test_runs_of_one_seed_without_counts_are_not_testable():
    run, other_run = create_simulated_run(sizes="full", seeds=(0,)), create_other_run(seeds=(0,))
    shutil.rmtree(other_run.folder / "counts")
    _, second = compare_runs(run, other_run)
    assert (second.test, second.p, second.differs) == (ONE_RUN_EACH, None, None)


def test_runs_with_different_test_parts_are_not_compared():
    _, second = compare_runs(create_simulated_run(sizes="full"), create_other_run(per_document=5))
    assert second.test == OTHER_PART


def test_seeds_without_spread_are_not_testable():
    runs = create_simulated_run(sizes="full"), create_other_run()
    for run in runs:
        with run.lock() as writer:
            same = [replace(row, point=replace(row.point, f1=0.5)) for row in run.rows()]
            (run.folder / "points.jsonl").unlink()
            writer.append_rows(same)
    assert compare_runs(*runs)[1].test == NO_SPREAD


def test_the_row_of_all_types_comes_last_and_runs_without_full_data_have_no_rows():
    assert [row.entity for row in compare_in_corpus([create_simulated_run(sizes="full")])] == [
        "Disease",
        "Drug",
        "all",
    ]
    assert compare_in_corpus([create_simulated_run("part", sizes="50,100")]) == []
