"""The goals of an estimate as a table of pools, and the questions of the pool and of the annotated part."""

from collections.abc import Sequence

from bioner_core.answers.combined_estimate import is_bound_to_pool
from bioner_core.answers.estimate import Estimate
from bioner_core.answers.pool_needs import PoolNeeds, find_annotated
from bioner_core.answers.wording.estimates import format_share
from bioner_core.answers.wording.forecasts import format_need
from bioner_core.answers.wording.numbers import format_count, join_names
from bioner_core.forecast.forecast import Need


def build_pool_table(rows: Sequence[PoolNeeds], estimate: Estimate) -> list[dict[str, str]]:
    """Return a row for each pool: the sentences for each share of its F1, with their 90 % intervals."""
    return [
        {
            "Sentences that set the goal": _name_pool(row, estimate),
            **{f"For {format_share(need)}": format_need(need, row.n) for need in row.needs},
        }
        for row in rows
    ]


def _name_pool(row: PoolNeeds, estimate: Estimate) -> str:
    n = format_count(row.n)
    if row.is_annotated:
        return f"the {n} annotated"
    if row.is_chosen:
        return f"your pool of {n}" if estimate.pool.is_specified else f"a pool of {n} (a default)"
    return f"a pool of {n}"


def describe_questions(rows: Sequence[PoolNeeds], fraction: float) -> str:
    """Name what is annotated and the pool as two questions, each with its answer; "" where they are one."""
    annotated = find_annotated(rows)
    chosen = next((row for row in rows if row.is_chosen), None)
    if annotated is None or chosen is None:
        return ""
    needs = [next(of for of in row.needs if of.fraction == fraction) for row in (annotated, chosen)]
    return format_questions(needs[0], annotated.n, needs[1], chosen.n)


def format_questions(annotated: Need, n_annotated: int, pooled: Need, n_pool: int) -> str:
    """Return the two questions and answers; all pages, commands and reports word them so."""
    return f"{format_annotated(annotated, n_annotated)} {format_pooled(pooled, n_pool)}"


def format_annotated(need: Need, n: int) -> str:
    """Return the question of Budget with its answer."""
    return (
        f"To reach {format_share(need)} of what the {format_count(n)} annotated sentences give: "
        f"{format_need(need, n)}."
    )


def format_pooled(need: Need, n: int) -> str:
    """Return the question of a pool with its answer."""
    pool = f"a pool of {format_count(n)}"
    return f"To reach {format_share(need)} of what {pool} would give: {format_need(need, n)}."


def describe_pool_bound(rows: Sequence[PoolNeeds], estimate: Estimate) -> str:
    """Say that a goal mostly measures the pool, and how it moves with it; "" where it does not."""
    if not is_bound_to_pool(estimate):
        return ""
    needs = [(row.n, next(of for of in row.needs if of.fraction == estimate.fraction)) for row in rows]
    pools = [row.n for row in rows if not row.is_annotated]
    texts = [
        f"{format_count(need.n)} for a pool of {format_count(n)}"
        for n, need in needs
        if n in pools and need.n is not None
    ]
    bound = (
        f"{format_share(needs[0][1])} of all there could be mostly measures the pool: {join_names(texts)}."
    )
    if estimate.lead == estimate.fraction:
        return bound
    return f"{bound} So {100 * estimate.lead:.4g} % leads this answer, beside what the next sentences bring."
