"""Entity types without an answer have a status of their own and do not decide for other types."""

from dataclasses import replace

from bioner_core.answers.wording.budgets import describe_answer
from bioner_core.answers.wording.exclusions import describe_left_out, format_left_out
from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.curve import build_curves
from bioner_core.curves.exclusion import LeftOut
from bioner_core.curves.points import CurvePoint
from bioner_core.curves.searched_rows import group_rows


def build_points(entity, scores, *, support=60, n_mentions=40):
    """Return points of one type; 400 sentences are full data."""
    return [
        CurvePoint(
            target="t",
            source="none",
            model="m",
            method="probe",
            entity=entity,
            n_sentences=n,
            n_mentions=n_mentions,
            train_size=400,
            is_full=n == 400,
            seed=0,
            f1=f1,
            support=support,
        )
        for n, f1 in scores.items()
    ]


GOOD = {50: 0.5, 100: 0.8, 400: 0.8}
NEVER = dict.fromkeys((50, 100, 400), 0.0)


def test_a_type_without_an_answer_has_a_status_that_gives_the_reason():
    points = [
        *build_points("Drug", GOOD),
        *build_points("Race", NEVER, support=0),
        *build_points("Freq", NEVER, n_mentions=0),
        *build_points("Age", NEVER, support=2),
    ]
    rows = {row.entity: row for row in compute_budgets(points)}
    assert {entity: row.status for entity, row in rows.items()} == {
        "Drug": "reached",
        "Race": "no_test",
        "Freq": "no_training",
        "Age": "no_f1",
    }
    assert {row.n_plan for entity, row in rows.items() if entity != "Drug"} == {None}
    assert [(rows[e].full_f1, rows[e].target_f1) for e in ("Race", "Age")] == [(None, None), (0.0, None)]
    (every,) = combine_types(rows.values())
    assert (every.status, every.decided_by, every.n_first) == ("reached", "Drug", 100)
    assert every.record()["left_out"] == ["Age", "Freq", "Race"]
    assert every.record()["left_out_reasons"] == {"Age": "no_f1", "Freq": "no_training", "Race": "no_test"}
    assert describe_left_out(every.left_out) == (
        "These types do not count for the answer: Age (never found, 2 test mentions), Freq (no training "
        "mention) and Race (no test mention)."
    )


def test_a_type_with_too_few_test_mentions_does_not_decide_unless_all_have_too_few():
    slow = {50: 0.1, 100: 0.2, 400: 0.8}
    rows = compute_budgets([*build_points("Drug", GOOD), *build_points("Age", slow, support=9)])
    (every,) = combine_types(rows)
    assert (every.decided_by, every.left_out) == (
        "Drug",
        (LeftOut(entity="Age", reason="few_test", support=9),),
    )
    assert format_left_out(every.left_out) == "Age (only 9 test mentions)"
    rows = compute_budgets([*build_points("Drug", GOOD), *build_points("Age", slow, support=10)])
    assert [(row.decided_by, row.left_out) for row in combine_types(rows)] == [("Age", ())]
    rows = compute_budgets([*build_points("Drug", GOOD, support=3), *build_points("Age", slow, support=2)])
    assert [(row.decided_by, row.left_out) for row in combine_types(rows)] == [("Age", ())]


def test_the_types_that_decide_are_the_same_for_all_sources():
    drug = build_points("Drug", GOOD)
    age, better = build_points("Age", NEVER), build_points("Age", GOOD)
    points = [*drug, *age, *(replace(point, source="s") for point in (*drug, *better))]
    rows = compute_budgets([point for point in points if not point.is_full], goal_f1=0.7)
    assert {(row.source, row.entity): row.status for row in rows} == {
        ("none", "Drug"): "reached",
        ("none", "Age"): "no_f1",
        ("s", "Drug"): "reached",
        ("s", "Age"): "reached",
    }
    assert {row.source: (row.decided_by, row.status, row.left_out) for row in combine_types(rows)} == {
        "none": ("Age", "no_f1", ()),
        "s": ("Age", "reached", ()),
    }


def test_a_search_leaves_the_same_types_out():
    curves = build_curves(
        [*build_points("Drug", GOOD), *build_points("Age", NEVER), *build_points("Few", GOOD, support=4)]
    )
    (row,) = group_rows(curves, ())
    assert [curve.entity for curve, _ in row.curves] == ["Drug"]
    assert group_rows(curves, ("Age",)) == []
    (row,) = group_rows(curves, ("Few",))
    assert [curve.entity for curve, _ in row.curves] == ["Few"]


def test_a_type_that_no_model_finds_does_not_decide_beside_an_absolute_goal_either():
    points = [
        *build_points("Drug", GOOD),
        *build_points("Age", NEVER, support=2),
        *build_points("Race", NEVER, support=0),
    ]
    rows = compute_budgets(points, goal_f1=0.7)
    assert {row.entity: row.status for row in rows} == {
        "Drug": "reached",
        "Age": "no_f1",
        "Race": "no_test",
    }
    (every,) = combine_types(rows)
    assert (every.decided_by, every.n_first, [of.entity for of in every.left_out]) == (
        "Drug",
        100,
        ["Age", "Race"],
    )


def test_combined_types_without_any_answer_give_the_reason():
    (every,) = combine_types(
        compute_budgets([*build_points("A", NEVER, support=0), *build_points("B", NEVER, support=0)])
    )
    assert (every.status, every.n_plan, every.decided_by) == ("no_test", None, "A")
    assert [(of.entity, of.reason) for of in every.left_out] == [("B", "no_test")]
    rows = compute_budgets([*build_points("A", NEVER, support=0), *build_points("B", NEVER)])
    assert [row.status for row in rows] == ["no_test", "no_f1"]
    (every,) = combine_types(rows)
    assert str(describe_answer(every)) == (
        "There is no answer for A (nor for B) in t: the test part has no mention of it, so it has no F1."
    )


def test_a_source_that_lacks_the_curve_of_a_type_has_no_combined_row():
    drug, both = build_points("Drug", GOOD), [*build_points("Drug", GOOD), *build_points("Disease", GOOD)]
    rows = compute_budgets([*both, *(replace(point, source="s") for point in drug)])
    assert [row.source for row in combine_types(rows)] == ["none"]
