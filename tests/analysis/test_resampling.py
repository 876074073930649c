"""What a run's counts tell of chance: documents drawn anew, the same ones for all models of a target."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from counted_runs import N_TEST, corpus, counted, planned

from bioner_core.analysis import resampling as evidence
from bioner_core.analysis.resampling import _draw_weights, estimate_sampling_noise, assign_test_units
from bioner_core.curves.budget_table import compute_budgets, combine_types
from bioner_core.curves.interval import N_DRAWS
from bioner_core.study.archive import export_run, import_run
from bioner_core.study.store import RunStore


def drug(run, **options):
    rows = compute_budgets(run.points(), planned=run.planned_seeds(), fraction=0.95, **options)
    (row,) = [row for row in rows if row.entity == "Drug"]
    return row


def test_every_size_moves_with_the_documents_that_are_drawn():
    run = counted()
    found = estimate_sampling_noise(run)
    assert len(found.shifts) == 6 * 4  # sizes, two types, all and macro
    assert found.units == {"target": "documents"}
    key = ("target", "none", "fair", "finetune", "Drug", 400)
    assert found.shifts[key].shape == (N_DRAWS,)
    assert abs(found.shifts[key].mean()) < 0.005
    assert 0.005 < found.shifts[key].std() < 0.05


def test_documents_are_drawn_whole_and_once_for_all_sizes():
    run = counted()
    places = assign_test_units(run.study.descriptions["target"], N_TEST)
    assert np.bincount(places).tolist()[1:-1] == [6] * 49  # 1,000 is no multiple of 6
    found = estimate_sampling_noise(run).shifts
    near = found["target", "none", "fair", "finetune", "Drug", 400]
    full = found["target", "none", "fair", "finetune", "Drug", 1000]
    assert np.corrcoef(near, full)[0, 1] > 0.2  # hard documents are hard for both


def test_a_shift_is_what_scoring_the_drawn_documents_gives():
    run = counted(seeds=(0,))
    job = run.study.jobs[0]
    counts = run.counts(job.id).counts[:, 1]
    weights = _draw_weights("target", 51)[3]
    drawn = (counts * weights[assign_test_units(run.study.descriptions["target"], N_TEST)][:, None]).sum(axis=0)
    f1 = [2 * tp / (2 * tp + fp + fn) for tp, fp, fn in (drawn, counts.sum(axis=0))]
    key = ("target", "none", "fair", "finetune", "Drug", job.n_sentences)
    assert estimate_sampling_noise(run).shifts[key][3] == pytest.approx(f1[0] - f1[1], abs=1e-6)


def test_the_macro_average_moves_as_the_mean_of_its_types():
    shifts = estimate_sampling_noise(counted()).shifts
    at = {key[4]: moved for key, moved in shifts.items() if key[5] == 100}
    assert at["macro"] == pytest.approx((at["Disease"] + at["Drug"]) / 2, abs=1e-6)


def test_the_evidence_is_the_same_object_until_the_run_changes():
    run = counted(seeds=(0,))
    assert estimate_sampling_noise(run) is estimate_sampling_noise(run)
    before = estimate_sampling_noise(run)
    with run.lock() as writer:
        writer.append_rows([])
        (run.folder / "points.jsonl").touch()
    assert estimate_sampling_noise(run) is not before


@pytest.mark.parametrize("options", [{"per_document": 0}, {"per_document": 100}])
def test_sentences_are_drawn_where_documents_are_unknown_or_few(options):
    run = counted(seeds=(0,), **options)
    assert estimate_sampling_noise(run).units == {"target": "sentences"}
    assert drug(run, noise=estimate_sampling_noise(run)).interval_of == "sentences"


def test_a_run_that_came_without_its_text_draws_the_same_documents(tmp_path):
    run = counted()
    own = drug(run, noise=estimate_sampling_noise(run))
    export_run(run, tmp_path / "out.zip")
    RunStore().delete(run.name)
    import_run(RunStore(), tmp_path / "out.zip")
    come = RunStore().open("study")
    assert not list((come.folder / "corpora").glob("*.jsonl"))
    row = drug(come, noise=estimate_sampling_noise(come))
    assert row.interval_of == "seeds and documents"
    assert row == own


def test_a_run_planned_by_an_earlier_program_draws_sentences_until_it_is_planned_again():
    run = counted()
    with run.lock() as writer:
        writer.replace_study(replace(run.study, descriptions={}), "planned earlier")
    assert "about" not in (run.folder / "study.json").read_text()
    assert drug(run, noise=estimate_sampling_noise(run)).interval_of == "seeds and sentences"
    RunStore().extend("study", planned(), {"target": corpus()})
    assert drug(run, noise=estimate_sampling_noise(run)).interval_of == "seeds and documents"


def test_without_counts_only_seeds_are_drawn():
    run = counted()
    shutil.rmtree(run.folder / "counts")
    assert estimate_sampling_noise(run).shifts == {}
    assert drug(run, noise=estimate_sampling_noise(run)).interval_of == "seeds"


def test_a_study_of_one_seed_borrows_the_spread_of_another_with_the_same_model():
    alone = counted("alone", seeds=(0,))
    assert drug(alone, noise=estimate_sampling_noise(alone, RunStore())).interval_of == "documents"
    counted("lender", seeds=(0, 1, 2, 3))
    found = estimate_sampling_noise(alone, RunStore())
    assert 0.005 < found.borrowed["fair", "finetune"] < 0.05
    lent = drug(alone, noise=found)
    assert lent.interval_of == "borrowed seeds and documents"
    own = drug(alone, noise=estimate_sampling_noise(alone))
    assert (lent.n_low, own.n_low) != (own.n_low, None)


def test_a_curve_of_one_seed_borrows_the_spread_of_its_study_s_other_curves():
    run = counted(seeds=(0, 1, 2), sources=("A",))
    points = [point for point in run.points() if point.source == "none" or point.seed == 0]
    known = estimate_sampling_noise(run)
    rows = [row for row in compute_budgets(points, fraction=0.95, noise=known) if row.entity == "Drug"]
    covers = {row.source: row.interval_of for row in rows}
    assert covers == {"none": "seeds and documents", "A": "borrowed seeds and documents"}
    assert known.borrowed == estimate_sampling_noise(run, RunStore()).borrowed


def test_a_synthetic_corpus_lends_nothing_to_a_real_one():
    alone = counted("alone", seeds=(0,))
    counted("lender", seeds=(0, 1, 2), is_synthetic=True)
    assert estimate_sampling_noise(alone, RunStore()).borrowed == {}


def test_the_lenders_are_those_of_the_same_model_that_changed_last(monkeypatch):
    monkeypatch.setattr(evidence, "MAX_LENDERS", 1)
    alone = counted("alone", seeds=(0,))
    older, lender = counted("older", seeds=(0, 1), sizes="50,full"), counted("lender")
    other = counted("other")
    for place, run in enumerate((older, lender, other)):
        os.utime(run.folder / "study.json", ns=(place * 10**9, place * 10**9))
    with other.lock() as writer:
        jobs = tuple(replace(job, model="another") for job in other.study.jobs)
        writer.replace_study(replace(other.study, jobs=jobs), "another model")
    assert RunStore().names()[0] == "other"
    borrowed = estimate_sampling_noise(alone, RunStore()).borrowed
    RunStore().delete("older")
    assert borrowed and estimate_sampling_noise(alone, RunStore()).borrowed == borrowed
    RunStore().delete("other")
    assert estimate_sampling_noise(alone, RunStore()).borrowed == borrowed


def test_a_published_run_has_no_evidence():
    run = RunStore().open("ecir2020")
    assert estimate_sampling_noise(run, RunStore()).shifts == {}
    assert {row.n_high_beyond for row in compute_budgets(run.points(), noise=estimate_sampling_noise(run, RunStore()))} == {None}


def test_every_type_has_an_interval_where_each_type_has():
    run = counted(sources=("source",))
    rows = compute_budgets(run.points(), fraction=0.95, noise=estimate_sampling_noise(run))
    for row in combine_types(rows):
        types = [r for r in rows if r.source == row.source and r.entity != "all"]
        assert row.n_low >= max(r.n_low for r in types)
        assert row.interval_of == "seeds and documents"
