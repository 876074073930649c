"""The plans of one curve for several goals, so that a reader sees what a lower goal would save."""

from collections.abc import Iterable, Sequence

from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import AVERAGES, NONE

GOALS = (0.99, 0.95, 0.90)  # shares of full F1, in the order in which an answer lists them


def compute_goal_plans(
    curves: Iterable[Curve],
    *,
    entity: str,
    source: str = NONE,
    goals: Sequence[float] = GOALS,
    noise: SamplingNoise | None = None,
) -> tuple[Budget, ...]:
    """Return the row of one source at each goal; the draws of its curves are shared by all goals.

    :param curves: of one target, model and method; those of ``none`` are needed beside the source's own.
    :param entity: a type, an average or "every".
    :param goals: shares of full F1, in (0, 1].
    :returns: in the order of ``goals``; empty where the source has no curve of two or more sizes for it.
    """
    selected = [
        curve
        for curve in curves
        if curve.source in (source, NONE)
        and (curve.entity not in AVERAGES if entity == EVERY else curve.entity == entity)
    ]
    plans = []
    for goal in goals:
        rows = compute_curve_budgets(selected, fraction=goal, noise=noise)
        combined = combine_types(rows) if entity == EVERY else rows
        plans += [row for row in combined if row.source == source]
    return tuple(plans)


def add_goal_plans(
    rows: Sequence[Budget], curves: Iterable[Curve], noise: SamplingNoise | None
) -> list[tuple[Budget, ...]]:
    """Return, for each row, its rows at the other goals that an answer lists; none beside an F1.

    :param rows: of one goal, for any targets, types and sources.
    :param curves: that the rows were computed from, those of ``none`` among them.
    """
    goals = list_other_goals(rows[0].fraction) if rows else ()
    targets = {row.target for row in rows}
    selected = [curve for curve in curves if curve.target in targets]
    plans: list[dict[tuple[str, ...], Budget]] = []
    for goal in goals:
        typed = compute_curve_budgets(selected, fraction=goal, noise=noise)
        combined = combine_types(typed) if any(row.entity == EVERY for row in rows) else []
        plans.append({_build_key(row): row for row in (*typed, *combined)})
    return [tuple(plan[_build_key(row)] for plan in plans if _build_key(row) in plan) for row in rows]


def map_goal_plans(
    rows: Sequence[Budget], curves: Iterable[Curve], noise: SamplingNoise | None
) -> dict[tuple[str, str], tuple[Budget, ...]]:
    """Return the rows at the other goals by type and source.

    :param rows: of one target, model and method.
    """
    plans = add_goal_plans(rows, curves, noise)
    return {(row.entity, row.source): others for row, others in zip(rows, plans, strict=True)}


def _build_key(row: Budget) -> tuple[str, ...]:
    return row.target, row.entity, row.source, row.model, row.method


def build_goal_record(budget: Budget, others: Sequence[Budget]) -> dict[str, object]:
    """Return the plans for 99, 95 and 90 % of full F1 for programs: ``n99``, ``n99_low``, ``n99_high`` etc.

    :param others: rows of the same source at the other goals; null where the goal is an F1.
    """
    plans = {row.fraction: row for row in (*others, budget)}
    record: dict[str, object] = {}
    for goal in GOALS:
        row, name = plans.get(goal), f"n{100 * goal:.0f}"
        record |= {
            name: row.n_plan if row else None,
            f"{name}_low": row.n_low if row else None,
            f"{name}_high": row.n_high if row else None,
        }
    return record


def list_other_goals(fraction: float | None) -> tuple[float, ...]:
    """List the goals to show beside a chosen one; none beside an F1 (``fraction`` None).

    >>> list_other_goals(0.99), list_other_goals(0.9), list_other_goals(None)
    ((0.95, 0.9), (0.99, 0.95), ())
    """
    return () if fraction is None else tuple(goal for goal in GOALS if abs(goal - fraction) > 1e-9)
