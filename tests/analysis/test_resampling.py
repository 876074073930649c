"""Sampling noise from a run's counts: documents are resampled, the same ones for all models of a target."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from simulated_runs import N_TEST, build_corpus, build_study, create_simulated_run

from bioner_core.analysis import resampling as evidence
from bioner_core.analysis.resampling import _draw_weights, assign_test_units, estimate_sampling_noise
from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.draws import N_DRAWS
from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore


def compute_drug_budget(run, **options):
    rows = compute_budgets(run.points(), planned=run.planned_seeds(), fraction=0.95, **options)
    (row,) = [row for row in rows if row.entity == "Drug"]
    return row


def test_every_size_has_f1_shifts_from_resampled_documents():
    run = create_simulated_run()
    noise = estimate_sampling_noise(run)
    assert len(noise.shifts) == 6 * 4  # sizes, two types, all and macro
    assert noise.units == {"target": "documents"}
    key = ("target", "none", "fake", "finetune", "Drug", 400)
    assert noise.shifts[key].shape == (N_DRAWS,)
    assert abs(noise.shifts[key].mean()) < 0.005
    assert 0.005 < noise.shifts[key].std() < 0.05


def test_whole_documents_are_resampled_once_for_all_sizes():
    run = create_simulated_run()
    units = assign_test_units(run.study.descriptions["target"], N_TEST)
    assert np.bincount(units).tolist()[1:-1] == [6] * 49  # 1,000 is no multiple of 6
    shifts = estimate_sampling_noise(run).shifts
    drug = [shifts["target", "none", "fake", "finetune", "Drug", n] for n in (50, 100, 200, 400, 800, 1000)]
    correlations = np.corrcoef(drug)[np.triu_indices(len(drug), 1)]
    assert correlations.mean() > 0.2  # hard documents are hard for models of all sizes


def test_a_shift_equals_the_score_change_on_the_resampled_documents():
    run = create_simulated_run(seeds=(0,))
    job = run.study.jobs[0]
    counts = run.counts(job.id).counts[:, 1]
    weights = _draw_weights("target", 51)[3]
    resampled = (counts * weights[assign_test_units(run.study.descriptions["target"], N_TEST)][:, None]).sum(
        axis=0
    )
    f1 = [2 * tp / (2 * tp + fp + fn) for tp, fp, fn in (resampled, counts.sum(axis=0))]
    key = ("target", "none", "fake", "finetune", "Drug", job.n_sentences)
    assert estimate_sampling_noise(run).shifts[key][3] == pytest.approx(f1[0] - f1[1], abs=1e-6)


def test_the_macro_average_shifts_as_the_mean_of_its_types():
    shifts = estimate_sampling_noise(create_simulated_run()).shifts
    shift_by_type = {key[4]: shift for key, shift in shifts.items() if key[5] == 100}
    assert shift_by_type["macro"] == pytest.approx(
        (shift_by_type["Disease"] + shift_by_type["Drug"]) / 2, abs=1e-6
    )


def test_the_noise_is_cached_until_the_run_changes():
    run = create_simulated_run(seeds=(0,))
    assert estimate_sampling_noise(run) is estimate_sampling_noise(run)
    before = estimate_sampling_noise(run)
    with run.lock() as writer:
        writer.append_rows([])
        (run.folder / "points.jsonl").touch()
    assert estimate_sampling_noise(run) is not before


@pytest.mark.parametrize("options", [{"per_document": 0}, {"per_document": 100}])
def test_sentences_are_resampled_where_documents_are_unknown_or_few(options):
    run = create_simulated_run(seeds=(0,), **options)
    assert estimate_sampling_noise(run).units == {"target": "sentences"}
    assert compute_drug_budget(run, noise=estimate_sampling_noise(run)).interval_of == "sentences"


def test_a_run_imported_without_text_resamples_the_same_documents(tmp_path):
    run = create_simulated_run()
    row_before = compute_drug_budget(run, noise=estimate_sampling_noise(run))
    export_run(run, tmp_path / "out.zip")
    RunStore().delete(run.name)
    import_run(RunStore(), tmp_path / "out.zip")
    imported = RunStore().open("study")
    assert not list((imported.folder / "corpora").glob("*.jsonl"))
    row = compute_drug_budget(imported, noise=estimate_sampling_noise(imported))
    assert row.interval_of == "seeds and documents"
    assert row == row_before


def test_a_run_of_an_older_version_resamples_sentences_until_it_is_planned_again():
    run = create_simulated_run()
    with run.lock() as writer:
        writer.replace_study(replace(run.study, descriptions={}), "planned earlier")
    assert "about" not in (run.folder / "study.json").read_text()
    assert compute_drug_budget(run, noise=estimate_sampling_noise(run)).interval_of == "seeds and sentences"
    RunStore().extend("study", build_study(), {"target": build_corpus()})
    assert compute_drug_budget(run, noise=estimate_sampling_noise(run)).interval_of == "seeds and documents"


def test_without_counts_the_interval_covers_seeds_only():
    run = create_simulated_run()
    shutil.rmtree(run.folder / "counts")
    assert estimate_sampling_noise(run).shifts == {}
    assert compute_drug_budget(run, noise=estimate_sampling_noise(run)).interval_of == "seeds"


def test_a_study_of_one_seed_borrows_the_spread_of_another_with_the_same_model():
    alone = create_simulated_run("alone", seeds=(0,))
    assert (
        compute_drug_budget(alone, noise=estimate_sampling_noise(alone, RunStore())).interval_of
        == "documents"
    )
    create_simulated_run("lender", seeds=(0, 1, 2, 3))
    noise = estimate_sampling_noise(alone, RunStore())
    assert 0.005 < noise.borrowed["fake", "finetune"] < 0.05
    lent = compute_drug_budget(alone, noise=noise)
    assert lent.interval_of == "borrowed seeds and documents"
    row_before = compute_drug_budget(alone, noise=estimate_sampling_noise(alone))
    assert (lent.n_low, row_before.n_low) != (row_before.n_low, None)


def test_a_curve_of_one_seed_borrows_the_spread_of_its_study_s_other_curves():
    run = create_simulated_run(seeds=(0, 1, 2), sources=("A",))
    points = [point for point in run.points() if point.source == "none" or point.seed == 0]
    noise = estimate_sampling_noise(run)
    rows = [row for row in compute_budgets(points, fraction=0.95, noise=noise) if row.entity == "Drug"]
    covers = {row.source: row.interval_of for row in rows}
    assert covers == {"none": "seeds and documents", "A": "borrowed seeds and documents"}
    assert noise.borrowed == estimate_sampling_noise(run, RunStore()).borrowed


def test_the_spread_of_a_synthetic_corpus_is_not_borrowed_for_a_real_one():
    alone = create_simulated_run("alone", seeds=(0,))
    create_simulated_run("lender", seeds=(0, 1, 2), is_synthetic=True)
    assert estimate_sampling_noise(alone, RunStore()).borrowed == {}


def test_spread_is_borrowed_from_the_latest_runs_of_the_same_model(monkeypatch):
    monkeypatch.setattr(evidence, "MAX_LENDERS", 1)
    alone = create_simulated_run("alone", seeds=(0,))
    older, lender = (
        create_simulated_run("older", seeds=(0, 1), sizes="50,full"),
        create_simulated_run("lender"),
    )
    other = create_simulated_run("other")
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


def test_a_published_run_has_no_sampling_noise_and_its_intervals_are_those_of_the_scatter():
    run = RunStore().open("ecir2020")
    noise = estimate_sampling_noise(run, RunStore())
    assert (noise.shifts, noise.borrowed) == ({}, {})
    assert {row.interval_of for row in compute_budgets(run.points(), noise=noise)} == {"models"}


def test_the_row_of_every_type_has_an_interval_if_each_type_has():
    run = create_simulated_run(sources=("source",))
    rows = compute_budgets(run.points(), fraction=0.95, noise=estimate_sampling_noise(run))
    for row in combine_types(rows):
        types = [r for r in rows if r.source == row.source and r.entity != "all"]
        assert row.n_low >= max(r.n_low for r in types)
        assert row.interval_of == "seeds and documents"
