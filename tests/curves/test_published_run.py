"""The published run has exactly the paper's values, and its budgets are the expected numbers."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import parse_point_record
from bioner_core.reproduce.table5 import compute_table5

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "runs" / "ecir2020"
TRAIN_SIZES = {"EN UGT": 5369, "EN EHR": 49672, "RU UGT": 2961, "RU EHR": 11784}


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def points():
    records = [json.loads(line) for line in (RUN / "points.jsonl").read_text().splitlines()]
    assert {record.pop("job") for record in records} == {None}
    return [parse_point_record(record, where="points.jsonl") for record in records]


@pytest.fixture(scope="module")
def published(points):
    return {(row.target, row.entity, row.source): row for row in compute_budgets(points)}


@pytest.fixture(scope="module")
def cells(published):
    return compute_table5(published.values(), read_rows(RUN / "table5.csv"))


def convert_to_percent(value):
    return None if value is None else round(100 * value, 2)


def test_full_points_have_exactly_the_values_of_table_2(points, shared):
    actual = {
        (p.target, p.model, p.entity): (
            convert_to_percent(p.precision),
            convert_to_percent(p.recall),
            convert_to_percent(p.f1),
            p.n_sentences,
        )
        for p in points
        if p.is_full
    }
    assert actual == {
        (r["corpus"], r["model"], r["entity"]): (
            float(r["precision"]),
            float(r["recall"]),
            float(r["f1"]),
            TRAIN_SIZES[r["corpus"]],
        )
        for r in read_rows(shared / "paper/table2.csv")
    }


def test_zero_shot_points_have_exactly_the_values_of_table_3(points, shared):
    actual = {
        (p.source, p.target, p.entity): (
            convert_to_percent(p.precision),
            convert_to_percent(p.recall),
            convert_to_percent(p.f1),
        )
        for p in points
        if p.n_sentences == 0
    }
    assert actual == {
        (r["train"], r["test"], r["entity"]): (float(r["precision"]), float(r["recall"]), float(r["f1"]))
        for r in read_rows(shared / "paper/table3.csv")
    }


def test_few_shot_points_have_exactly_the_values_of_figure_1(points, shared):
    names = {"No pretrain": "none", "EN UGT; RU EHR": "EN UGT+RU EHR"}
    actual = Counter(
        (p.target, p.entity, p.source, p.n_sentences, convert_to_percent(p.f1), p.is_interpolated)
        for p in points
        if p.n_sentences and not p.is_full
    )
    assert actual == Counter(
        (
            r["target"],
            r["entity"],
            names.get(r["source"], r["source"]),
            int(r["n_sentences"]),
            float(r["f1"]),
            r["vertex"] == "0",
        )
        for r in read_rows(shared / "paper/figure1.csv")
    )
    assert (len(actual), sum(key[-1] for key in actual)) == (34 * 39, 96)


def test_tables_1_4_and_5_equal_the_printed_ones(shared):
    for name in ("table1.csv", "table4.csv"):
        assert read_rows(RUN / name) == read_rows(shared / "paper" / name)
    replicated = {
        (r["target"], r["entity"], r["pretrain"]): r["printed"] for r in read_rows(RUN / "table5.csv")
    }
    printed_rows = read_rows(shared / "paper/table5.csv")
    targets = [name for name in printed_rows[0] if name in TRAIN_SIZES]
    assert replicated == {(t, r["entity"], r["pretrain"]): r[t] for r in printed_rows for t in targets}


def test_train_sizes_are_derived_from_table_1_and_recorded_as_derived(points, shared):
    study = json.loads((RUN / "study.json").read_text())
    sizes = {r["corpus"]: int(0.7 * int(r["sentences"])) for r in read_rows(shared / "paper/table1.csv")}
    assert sizes == TRAIN_SIZES
    assert {p.target: p.train_size for p in points} == sizes
    assert {name: corpus["train_size"] for name, corpus in study["published_corpora"].items()} == sizes
    assert study["derived"]["train_size"].startswith("70 % of the sentences of Table 1")
    assert (study["published"], study["jobs"]) == (True, [])


def test_fields_that_the_paper_does_not_state_are_null(points):
    unknown = {(p.seed, p.support, p.seconds, p.n_mentions, p.method) for p in points}
    assert unknown == {(None, None, None, None, "finetune")}


def test_the_script_reproduces_the_shipped_files(shared, tmp_path):
    script = "import sys, runpy; from pathlib import Path; m = runpy.run_path(sys.argv[1]);"
    script += "m['write_run'].__globals__['RUN'] = Path(sys.argv[3]); m['write_run'](Path(sys.argv[2]))"
    output_folder = tmp_path / "ecir2020"
    tool = ROOT / "tools" / "make_ecir2020.py"
    subprocess.run([sys.executable, "-c", script, tool, shared / "paper", output_folder], check=True)
    assert {p.name: p.read_bytes() for p in output_folder.iterdir()} == {
        p.name: p.read_bytes() for p in RUN.iterdir()
    }


def test_the_published_run_has_34_budgets(published):
    assert len(published) == 34
    assert Counter(target for target, _, _ in published) == {
        "EN UGT": 8,
        "EN EHR": 8,
        "RU UGT": 10,
        "RU EHR": 8,
    }


def test_en_ugt_drug_from_en_ehr_is_500_first_never_stable_490_planned(published):
    row = published["EN UGT", "Drug", "EN EHR"]
    assert (row.n_first, row.n_stable, row.n_plan) == (500, None, 490)
    assert (row.saved_first, row.saved_first_is_bound, row.saved_plan, row.saved_plan_is_bound) == (
        500,
        False,
        480,
        False,
    )
    assert (convert_to_percent(row.full_f1), convert_to_percent(row.target_f1), row.n_max, row.n_seeds) == (
        84.88,
        84.03,
        5369,
        1,
    )
    assert row.share_of_train == pytest.approx(490 / 5369)
    assert (row.n_isotonic, row.plan_method, row.basis) == (700, "averaged", "measured")
    assert (row.n_low, row.n_high, row.n_high_beyond) == (350, 870, False)
    assert (row.interval_of, row.n_sure) == ("models", None)  # one run, no counts: from the scatter
    assert row.chance_reached == pytest.approx(0.998)


def test_published_plans_lie_between_two_ends_and_may_exceed_the_trained_sizes(published):
    planned = [row for row in published.values() if row.n_plan is not None]
    assert len(planned) == 30
    assert all(row.n_low <= row.n_plan <= row.n_high <= row.n_max for row in planned)
    assert Counter(row.basis for row in planned) == {"measured": 11, "to_full": 4, "borrowed": 15}
    assert {row.basis for row in planned if row.n_plan > 1950} == {"to_full", "borrowed"}
    assert {row.n_max for row in planned} == set(TRAIN_SIZES.values())


def test_published_curves_that_stay_below_the_goal_have_no_plan(published):
    without = {key: row.chance_reached for key, row in published.items() if row.n_plan is None}
    assert without.keys() == {
        ("RU UGT", "Disease", "EN EHR"),
        ("RU UGT", "Drug", "EN EHR"),
        ("RU UGT", "Drug", "RU EHR"),
        ("RU UGT", "Drug", "EN UGT+RU EHR"),
    }
    assert all(chance < 0.5 for chance in without.values())
    assert {published[key].n_high for key in without} == {TRAIN_SIZES["RU UGT"]}


def test_the_expected_curves_never_reach_the_target(published):
    assert {key for key, row in published.items() if row.status == "not_reached"} == {
        ("EN UGT", "Drug", "RU UGT"),
        ("EN UGT", "Disease", "EN EHR"),
        ("RU UGT", "Drug", "EN EHR"),
        ("RU UGT", "Disease", "EN EHR"),
        ("RU EHR", "Disease", "EN UGT"),
        ("RU EHR", "Disease", "EN EHR"),
        *(key for key in published if key[0] == "EN EHR"),
    }
    assert {row.status for row in published.values()} == {"reached", "not_reached"}


def test_twelve_cells_of_table_5_are_as_printed_and_six_are_not(cells):
    assert len(cells) == 18
    differing = {(c.target, c.entity, c.pretrain): (c.printed, c.n_first) for c in cells if not c.is_equal}
    assert differing == {
        ("RU UGT", "Drug", "best"): (700, 650),
        ("RU UGT", "Drug", "worst"): (650, 700),
        ("EN UGT", "Disease", "worst"): (1050, 1250),
        ("EN UGT", "Drug", "none"): (1050, 1000),
        ("EN UGT", "Disease", "none"): (1300, 1000),
        ("RU EHR", "Drug", "none"): (1500, 1350),
    }


def test_only_differing_cells_have_an_explanation_of_one_sentence(cells):
    for cell in cells:
        assert bool(cell.why) == (not cell.is_equal)
        assert not cell.why or (cell.why.endswith(".") and not re.search(r"[.?!] [A-Z]", cell.why))


def test_the_numbers_in_the_explanations_are_those_of_the_curves(points, published):
    f1 = {
        (p.target, p.entity, p.source, p.n_sentences): convert_to_percent(p.f1)
        for p in points
        if p.model == "Multi-BERT"
    }
    drug, disease, ehr = ("EN UGT", "Drug", "none"), ("EN UGT", "Disease", "none"), ("RU EHR", "Drug", "none")
    assert (f1[*drug, 1000], convert_to_percent(published[drug].target_f1), f1[*drug, 1050]) == (
        85.74,
        84.03,
        83.12,
    )
    assert (f1[*disease, 1000], convert_to_percent(published[disease].target_f1)) == (66.71, 66.58)
    at_full = [n for n in range(50, 2000, 50) if f1[*disease, n] >= 67.25]
    assert (at_full[0], convert_to_percent(published[disease].full_f1)) == (1300, 67.25)
    assert (f1[*ehr, 1350], convert_to_percent(published[ehr].target_f1)) == (86.75, 84.15)
    assert f1[*ehr, 1500] == convert_to_percent(published[ehr].full_f1) == 85.0
    first = {key: row.n_first for key, row in published.items()}
    assert [first["RU UGT", "Drug", s] for s in ("EN UGT", "EN UGT+RU EHR", "RU EHR")] == [650, 700, 700]
    assert [first["RU UGT", "Disease", s] for s in ("EN UGT", "EN UGT+RU EHR", "RU EHR")] == [900, 700, 750]
    assert [first["EN UGT", "Disease", s] for s in ("RU EHR", "RU UGT")] == [1050, 1250]
    assert [first["EN UGT", "Drug", s] for s in ("RU EHR", "EN EHR")] == [900, 500]


def test_combined_types_of_the_published_run_have_the_expected_budgets(published):
    every = {(row.target, row.source): row for row in combine_types(published.values())}
    assert len(every) == 17
    row = every["RU UGT", "EN UGT+RU EHR"]
    assert (row.n_first, row.n_stable, row.n_plan, row.decided_by) == (700, 1850, None, "Drug")
    row = every["RU UGT", "none"]
    assert (row.n_first, row.n_plan, row.decided_by) == (1100, 1910, "Drug")


def test_baselines_have_full_points_but_no_curve(points):
    actual = [c for c in build_curves(points) if c.model in ("BioBERT", "LSTM-CRF")]
    assert len(actual) == 12
    assert all(c.full and not c.sizes and not c.has_enough_sizes for c in actual)
