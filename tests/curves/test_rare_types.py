"""Types that no number can be told of have a state of their own and do not decide for the others."""

from dataclasses import replace

from bioner_core.answers.wording import answer
from bioner_core.curves.budget import budgets, every_type
from bioner_core.curves.points import CurvePoint


def curve(entity, scores, *, support=60, n_mentions=40):
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


def test_each_state_is_told_beside_rows_that_have_an_answer():
    points = [
        *curve("Drug", GOOD),
        *curve("Race", NEVER, support=0),
        *curve("Freq", NEVER, n_mentions=0),
        *curve("Age", NEVER, support=2),
    ]
    rows = {row.entity: row for row in budgets(points)}
    assert {entity: row.status for entity, row in rows.items()} == {
        "Drug": "reached",
        "Race": "no_test",
        "Freq": "no_training",
        "Age": "no_f1",
    }
    assert {row.n_plan for entity, row in rows.items() if entity != "Drug"} == {None}
    assert [(rows[e].full_f1, rows[e].target_f1) for e in ("Race", "Age")] == [(None, None), (0.0, None)]
    (every,) = every_type(rows.values())
    assert (every.status, every.decided_by, every.n_first) == ("reached", "Drug", 100)
    assert every.record()["left_out"] == ["Age", "Freq", "Race"]


def test_an_absolute_goal_counts_a_type_that_is_never_found_as_not_reached():
    points = [*curve("Drug", GOOD), *curve("Age", NEVER, support=2), *curve("Race", NEVER, support=0)]
    rows = budgets(points, goal_f1=0.7)
    assert {row.entity: row.status for row in rows} == {
        "Drug": "reached",
        "Age": "not_reached",
        "Race": "no_test",
    }
    (every,) = every_type(rows)
    assert (every.decided_by, every.left_out) == ("Age", ("Race",))


def test_where_no_type_has_an_answer_every_type_says_why():
    (every,) = every_type(budgets([*curve("A", NEVER, support=0), *curve("B", NEVER, support=0)]))
    assert (every.status, every.n_plan, every.decided_by, every.left_out) == ("no_test", None, "A", ("B",))
    rows = budgets([*curve("A", NEVER, support=0), *curve("B", NEVER)])
    assert [row.status for row in rows] == ["no_test", "no_f1"]
    (every,) = every_type(rows)
    assert answer(every) == (
        "There is no answer for A (nor for B) in t: the test part has no mention of it, so it has no F1."
    )


def test_a_source_that_lacks_a_curve_of_a_type_does_not_answer_for_every_type():
    drug, both = curve("Drug", GOOD), [*curve("Drug", GOOD), *curve("Disease", GOOD)]
    rows = budgets([*both, *(replace(point, source="s") for point in drug)])
    assert [row.source for row in every_type(rows)] == ["none"]
