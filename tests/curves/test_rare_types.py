"""Entity types without an answer have a status of their own and do not decide for other types."""

from dataclasses import replace

from bioner_core.answers.wording.budgets import describe_answer
from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.points import CurvePoint


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


def test_an_absolute_goal_counts_a_type_with_an_f1_of_zero_as_not_reached():
    points = [
        *build_points("Drug", GOOD),
        *build_points("Age", NEVER, support=2),
        *build_points("Race", NEVER, support=0),
    ]
    rows = compute_budgets(points, goal_f1=0.7)
    assert {row.entity: row.status for row in rows} == {
        "Drug": "reached",
        "Age": "not_reached",
        "Race": "no_test",
    }
    (every,) = combine_types(rows)
    assert (every.decided_by, every.left_out) == ("Age", ("Race",))


def test_combined_types_without_any_answer_give_the_reason():
    (every,) = combine_types(
        compute_budgets([*build_points("A", NEVER, support=0), *build_points("B", NEVER, support=0)])
    )
    assert (every.status, every.n_plan, every.decided_by, every.left_out) == ("no_test", None, "A", ("B",))
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
