"""The budgets of many curves: one row per curve, what it saves, and what all entity types need together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bioner_core.curves.budget import EVERY, Budget, Status, add_interval, compute_budget
from bioner_core.curves.curve import Curve, PlannedSeeds, SizeKey, build_curves
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.exclusion import (
    UNANSWERABLE,
    Exclusion,
    LeftOut,
    TypeChoice,
    choose_types,
    find_exclusion,
)
from bioner_core.curves.interval import combine_intervals, compute_difference_interval
from bioner_core.curves.points import AVERAGES, NONE, CurvePoint
from bioner_core.errors import BionerError


def compute_budgets(
    points: Iterable[CurvePoint],
    *,
    fraction: float = 0.99,
    goal_f1: float | None = None,
    planned: Mapping[SizeKey, PlannedSeeds] | None = None,
    noise: SamplingNoise | None = None,
) -> list[Budget]:
    """Return a row for each curve of two or more sizes, in the order of ``build_curves``.

    :param fraction: of the F1 of ``none`` at full data, in (0, 1].
    :param goal_f1: an F1 in (0, 1] to reach instead; then no full model is needed.
    :param noise: sampling noise of the test part; without it intervals cover seeds only.
    :raises BionerError: a goal out of range.
    """
    return compute_curve_budgets(
        build_curves(points, planned), fraction=fraction, goal_f1=goal_f1, noise=noise
    )


def compute_curve_budgets(
    curves: Iterable[Curve],
    *,
    fraction: float = 0.99,
    goal_f1: float | None = None,
    noise: SamplingNoise | None = None,
) -> list[Budget]:
    """Return the rows of ``compute_budgets`` for curves; savings need the curves of ``none`` among them."""
    if goal_f1 is not None and not 0 < goal_f1 <= 1:
        raise BionerError(
            f"the goal is an F1 of {goal_f1:g}; it must be above 0 and at most 1, such as 0.80."
        )
    if not 0 < fraction <= 1:
        raise BionerError(f"the fraction is {fraction:g}; it must be above 0 and at most 1, such as 0.99.")
    curves = list(curves)
    unpretrained = {curve.key: curve for curve in curves if curve.source == NONE}
    return add_savings(
        [
            compute_budget(
                curve,
                fraction=fraction,
                goal_f1=goal_f1,
                noise=noise,
                reference=unpretrained.get((curve.target, NONE, *curve.key[2:])),
            )
            for curve in curves
            if curve.has_enough_sizes
        ]
    )


def add_savings(rows: Sequence[Budget]) -> list[Budget]:
    """Add what each row saves against the row of ``none``, rule by rule."""
    none = {(r.target, r.entity, r.model, r.method): r for r in rows if r.source == NONE}
    return [_add_saving(row, none.get((row.target, row.entity, row.model, row.method))) for row in rows]


def _add_saving(budget: Budget, none: Budget | None) -> Budget:
    """Add savings of n_first and n_plan against the row of ``none``."""
    if none is None or budget.source == NONE:
        return budget
    first, first_is_bound = _subtract(budget.n_first, none.n_first, none.n_max)
    plan = compute_plan_saving(budget, none)
    return replace(
        budget,
        saved_first=first,
        saved_first_is_bound=first_is_bound,
        saved_plan=plan.n,
        saved_plan_is_bound=plan.is_bound,
        saved_low=plan.low,
        saved_high=plan.high,
    )


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Sentences that one plan takes fewer than another; None where that is unknown."""

    n: int | None
    is_bound: bool  # "more than": the other one does not reach the goal up to its n_max
    low: int | None  # 90 % interval; an end is None where unknown or unbounded
    high: int | None


def compute_plan_saving(budget: Budget, other: Budget) -> Saving:
    """Return what a row's plan saves against another's; plans of two methods are compared by n_isotonic."""
    is_same_method = budget.plan_method == other.plan_method
    plans = (budget.n_plan, other.n_plan) if is_same_method else (budget.n_isotonic, other.n_isotonic)
    n, is_bound = _subtract(*plans, other.n_max) if budget.n_plan is not None else (None, False)
    low, high = (
        compute_difference_interval(other.interval, budget.interval) if is_same_method else (None, None)
    )
    return Saving(n=n, is_bound=is_bound, low=low, high=high)


def _subtract(n: int | None, n_none: int | None, n_none_max: int | None) -> tuple[int | None, bool]:
    """Return the saving and whether it is a lower bound; (None, False) where the bound would be negative."""
    if n is None:
        return None, False
    if n_none is not None:
        return n_none - n, False
    if n_none_max is None or n_none_max < n:
        return None, False
    return n_none_max - n, True


def combine_types(rows: Iterable[Budget]) -> list[Budget]:
    """Return, for each target, source, model and method, what all of its types need together.

    Numbers are the largest over the types; the F1 fields are those of the type that decides, which is
    the one with the largest ``n_plan``, or the one furthest from its target where some do not reach it.
    Types that may not decide (``exclusion``) are left out; where no type has an answer, the row is that of
    one of them. A source that lacks a curve of a type has no row.
    """
    groups: dict[tuple[str, str, str], dict[str, list[Budget]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.entity not in (*AVERAGES, EVERY):
            groups[row.target, row.model, row.method][row.source].append(row)
    combined = []
    for by_source in groups.values():
        choice = _choose_types([row for type_rows in by_source.values() for row in type_rows])
        n_types = len(choice.deciding) + len(choice.left_out)
        combined += [
            _combine(
                [row for row in type_rows if row.entity in choice.deciding] or type_rows, choice.left_out
            )
            for type_rows in by_source.values()
            if len(type_rows) == n_types
        ]
    return add_savings(combined)


def _choose_types(rows: Sequence[Budget]) -> TypeChoice[str]:
    """Choose the types that decide for all sources alike: those that may decide for one of them.

    :param rows: of one target, model and method.
    """
    rows_of: dict[str, list[Budget]] = defaultdict(list)
    for row in rows:
        rows_of[row.entity].append(row)

    def explain(entity: str) -> Exclusion | None:
        reasons = [find_row_exclusion(row) for row in rows_of[entity]]
        return None if None in reasons else reasons[0]

    return choose_types([*rows_of], explain, lambda entity: (entity, rows_of[entity][0].support))


def find_row_exclusion(row: Budget) -> Exclusion | None:
    """Return why the type of a row may not decide for all types; None where it may."""
    obstacle = next((status for status in UNANSWERABLE if status == row.status), None)
    return find_exclusion(support=row.support, obstacle=obstacle)


def _combine(types: Sequence[Budget], left_out: Sequence[LeftOut]) -> Budget:
    """Combine the rows of the types of one source that decide to the row of every type."""
    decisive = max(types, key=_rank_need)
    order: tuple[Status, ...] = (*UNANSWERABLE, "no_full", "no_data", "not_reached", "reached")
    statuses = {row.status for row in types}
    methods = {row.plan_method for row in types}
    combined = replace(
        decisive,
        entity=EVERY,
        decided_by=decisive.entity,
        left_out=tuple(other for other in left_out if other.entity != decisive.entity),
        status=next(status for status in order if status in statuses),
        n_first=_find_largest([row.n_first for row in types]),
        n_stable=_find_largest([row.n_stable for row in types]),
        n_plan=_find_largest([row.n_plan for row in types]),
        n_isotonic=_find_largest([row.n_isotonic for row in types]),
        n_max=min((row.n_max for row in types if row.n_max is not None), default=None),
        plan_method=decisive.plan_method if len(methods) == 1 else None,
        saved_first=None,
        saved_first_is_bound=False,
        saved_plan=None,
        saved_plan_is_bound=False,
        saved_low=None,
        saved_high=None,
        n_low=None,
        n_high=None,
        n_high_beyond=None,
        n_sure=None,
        interval_of=None,
        chance_reached=None,
        chance_best=None,
        interval=None,
    )
    row = add_interval(combined, combine_intervals([row.interval for row in types]))
    if row.n_plan is not None:
        return row
    return replace(row, basis=None, n_below=None, n_above=None, share_of_train=None)


def _find_largest(numbers: Sequence[int | None]) -> int | None:
    """Return the largest number, None where one is None."""
    available = [number for number in numbers if number is not None]
    return max(available) if len(available) == len(numbers) else None


def _rank_need(budget: Budget) -> tuple[bool, float]:
    """Return a sort key: n_plan; types that do not reach their goal come last, by their distance from it."""
    if budget.n_plan is not None:
        return False, budget.n_plan
    short = 1 - budget.best_f1 / budget.target_f1 if budget.best_f1 is not None and budget.target_f1 else 1.0
    return True, short
