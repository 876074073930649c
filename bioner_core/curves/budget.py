"""The answer: how many sentences must be annotated to reach a share of full performance."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from bioner_core.curves.curve import Curve, Planned, SizeKey, SizePoint, curves
from bioner_core.curves.points import ALL, NONE, CurvePoint
from bioner_core.errors import BionerError

Status = Literal["reached", "not_reached", "no_full", "no_data"]
EVERY = "every"  # the entity name of the row that all types must reach
TOUCH = 1e-9  # so that 0.8415 reaches 99 % of 0.85 whatever the binary rounding
_LARGE_GAP = 0.10  # of the answer, between it and the next smaller size


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Sentences needed by one curve. None where unknown or not reached."""

    target: str
    entity: str
    source: str
    model: str
    method: str
    fraction: float | None  # of full_f1, in (0, 1]; None where the goal is an F1
    full_f1: float | None  # ``none`` at full data
    target_f1: float | None  # what is to be reached, in [0, 1]
    n_first: int | None = None  # smallest size whose mean F1 reaches the target (the paper's rule)
    n_stable: int | None = None  # smallest size from which the mean never falls below it again
    n_plan: int | None = None  # smallest size whose isotonic fit reaches the target
    n_low: int | None = None  # 90 % interval of n_plan
    n_high: int | None = None
    n_high_beyond: bool | None = None  # the interval ends beyond n_max
    n_max: int | None = None  # largest size that may be the answer
    n_seeds: int | None = None  # fewest seeds behind a size
    status: Status  # "reached" where n_first is known; n_plan may still be beyond n_max
    best_f1: float | None = None  # highest mean F1 of a size
    best_n: int | None = None
    share_of_train: float | None = None  # n_plan of the whole training part
    saved_first: int | None = None  # sentences fewer than ``none`` by the same rule; may be negative
    saved_first_is_bound: bool = False  # "more than": ``none`` does not reach it up to its n_max
    saved_plan: int | None = None
    saved_plan_is_bound: bool = False
    n_below: int | None = None  # next size below n_plan
    decided_by: str | None = None  # in the row of every type: the one that needs most

    def record(self) -> dict[str, object]:
        """Return the JSON row; ``decided_by`` only in rows of every type."""
        hidden = {"n_below"} | ({"decided_by"} if self.entity != EVERY else set())
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in hidden}

    @property
    def gap(self) -> tuple[int, int] | None:
        """Return the sizes the answer lies between, where they are more than 10 % apart."""
        if self.n_plan and self.n_below is not None and self.n_plan - self.n_below > _LARGE_GAP * self.n_plan:
            return self.n_below, self.n_plan
        return None


def budgets(
    points: Iterable[CurvePoint],
    *,
    fraction: float = 0.99,
    goal_f1: float | None = None,
    planned: Mapping[SizeKey, Planned] | None = None,
) -> list[Budget]:
    """Return a row for each curve of two or more sizes, in the order of ``curves``.

    :param fraction: of the F1 of ``none`` at full data, in (0, 1].
    :param goal_f1: an F1 in (0, 1] to reach instead; then no full model is needed.
    :raises BionerError: a goal out of range, or a full F1 of 0.
    """
    return curve_budgets(curves(points, planned), fraction=fraction, goal_f1=goal_f1)


def curve_budgets(
    found: Iterable[Curve], *, fraction: float = 0.99, goal_f1: float | None = None
) -> list[Budget]:
    """Return the rows of ``budgets`` for curves at hand; ``none`` must be among them to tell savings."""
    if goal_f1 is not None and not 0 < goal_f1 <= 1:
        raise BionerError(
            f"the goal is an F1 of {goal_f1:g}; it must be above 0 and at most 1, such as 0.80."
        )
    if not 0 < fraction <= 1:
        raise BionerError(f"the fraction is {fraction:g}; it must be above 0 and at most 1, such as 0.99.")
    return _with_savings([_budget(c, fraction=fraction, goal_f1=goal_f1) for c in found if c.is_curve])


def every_type(rows: Iterable[Budget]) -> list[Budget]:
    """Return, for each target, source, model and method with two or more types, what all of them need.

    Numbers are the largest over the types; the F1 fields are those of the type that decides, which is
    the one with the largest ``n_plan``, or the one furthest from its target where some do not reach it.
    """
    groups: dict[tuple[str, str, str, str], list[Budget]] = defaultdict(list)
    for row in rows:
        if row.entity not in (ALL, EVERY):
            groups[row.target, row.source, row.model, row.method].append(row)
    return _with_savings([_every(types) for types in groups.values() if len(types) > 1])


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the never-falling values nearest to ``values`` by weighted least squares.

    Pool adjacent violators (Barlow et al. 1972, Statistical inference under order restrictions).

    >>> isotonic([1, 3, 2, 4], [1, 1, 1, 1])
    [1.0, 2.5, 2.5, 4.0]
    """
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many values
    for value, weight in zip(values, weights, strict=True):
        mean, total, n = float(value), float(weight), 1
        while blocks and blocks[-1][0] >= mean:
            before, its_weight, its_n = blocks.pop()
            mean = (before * its_weight + mean * total) / (its_weight + total)
            total, n = total + its_weight, n + its_n
        blocks.append((mean, total, n))
    return [mean for mean, _, n in blocks for _ in range(n)]


def _budget(curve: Curve, *, fraction: float, goal_f1: float | None) -> Budget:
    full_f1 = curve.full_f1
    if goal_f1 is None and full_f1 == 0:
        raise BionerError(
            f"{curve.target}, {curve.entity} ({curve.model}): the F1 of full data without pretraining is 0, "
            f"so every model would reach {100 * fraction:.4g} % of it. "
            "Choose another entity type, or set an F1 as goal."
        )
    goal = goal_f1 if goal_f1 is not None else None if full_f1 is None else fraction * full_f1
    base = Budget(
        target=curve.target,
        entity=curve.entity,
        source=curve.source,
        model=curve.model,
        method=curve.method,
        fraction=None if goal_f1 is not None else fraction,
        full_f1=full_f1,
        target_f1=goal,
        status="no_full" if goal is None else "no_data",
    )
    sizes = curve.candidates
    if not sizes:
        return base
    best = max(sizes, key=lambda size: (size.f1, -size.n))
    known = replace(
        base,
        n_max=sizes[-1].n,
        n_seeds=min(size.n_seeds for size in sizes),
        best_f1=best.f1,
        best_n=best.n,
    )
    return known if goal is None else _with_numbers(known, sizes, goal, curve.train_size)


def _with_numbers(row: Budget, sizes: Sequence[SizePoint], goal: float, train_size: int | None) -> Budget:
    """Add the three numbers."""
    means = [size.f1 for size in sizes]
    fit = isotonic(means, [size.n_seeds for size in sizes])
    first = _from(means, goal)
    plan = _from(fit, goal)
    below = [i for i, f1 in enumerate(means) if f1 < goal - TOUCH]
    stable = below[-1] + 1 if below else 0
    n_plan = None if plan is None else sizes[plan].n
    return replace(
        row,
        n_first=None if first is None else sizes[first].n,
        n_stable=sizes[stable].n if stable < len(sizes) else None,
        n_plan=n_plan,
        n_below=sizes[plan - 1].n if plan else None,
        share_of_train=n_plan / train_size if n_plan is not None and train_size else None,
        status="not_reached" if first is None else "reached",
    )


def _from(values: Sequence[float], goal: float) -> int | None:
    """Return the index of the first value that reaches the goal."""
    return next((i for i, value in enumerate(values) if value >= goal - TOUCH), None)


def _with_savings(rows: Sequence[Budget]) -> list[Budget]:
    """Add what each row saves against the row of ``none`` by the same rule."""
    none = {(r.target, r.entity, r.model, r.method): r for r in rows if r.source == NONE}
    return [_with_saving(row, none.get((row.target, row.entity, row.model, row.method))) for row in rows]


def _with_saving(row: Budget, none: Budget | None) -> Budget:
    if none is None or row.source == NONE:
        return row
    first, first_is_bound = _saved(row.n_first, none.n_first, none.n_max)
    plan, plan_is_bound = _saved(row.n_plan, none.n_plan, none.n_max)
    return replace(
        row,
        saved_first=first,
        saved_first_is_bound=first_is_bound,
        saved_plan=plan,
        saved_plan_is_bound=plan_is_bound,
    )


def _saved(n: int | None, n_none: int | None, n_none_max: int | None) -> tuple[int | None, bool]:
    """Return the saving and whether it is a bound; a bound below 0 says nothing."""
    if n is None:
        return None, False
    if n_none is not None:
        return n_none - n, False
    if n_none_max is None or n_none_max < n:
        return None, False
    return n_none_max - n, True


def _every(types: Sequence[Budget]) -> Budget:
    """Return the row that all types must reach."""
    statuses = [row.status for row in types]
    order: tuple[Status, ...] = ("no_full", "no_data", "not_reached", "reached")
    decides = max(types, key=_need)
    return replace(
        decides,
        entity=EVERY,
        decided_by=decides.entity,
        status=next(status for status in order if status in statuses),
        n_first=_largest([row.n_first for row in types]),
        n_stable=_largest([row.n_stable for row in types]),
        n_plan=_largest([row.n_plan for row in types]),
        n_max=min((row.n_max for row in types if row.n_max is not None), default=None),
        saved_first=None,
        saved_first_is_bound=False,
        saved_plan=None,
        saved_plan_is_bound=False,
    )


def _largest(numbers: Sequence[int | None]) -> int | None:
    """Return the largest number, None where one is None."""
    known = [number for number in numbers if number is not None]
    return max(known) if len(known) == len(numbers) else None


def _need(row: Budget) -> tuple[bool, float]:
    """Order types by need: those not reached by how far they stay below, the others by n_plan."""
    if row.n_plan is not None:
        return False, row.n_plan
    short = 1 - row.best_f1 / row.target_f1 if row.best_f1 is not None and row.target_f1 else 1.0
    return True, short
