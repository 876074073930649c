"""What ``bioner estimate`` prints: a table and sentences for people, records for programs."""

from collections.abc import Sequence
from dataclasses import asdict

from bioner_core.answers.corpus_estimate import CorpusEstimate
from bioner_core.answers.estimate import STEP, Estimate
from bioner_core.answers.first_batch import FirstEstimate
from bioner_core.answers.free_system import compare_estimate, describe_estimate_system
from bioner_core.answers.pool_needs import PoolNeeds
from bioner_core.answers.stopping import StopPoint, compute_stop_point
from bioner_core.answers.wording.estimates import format_gain, format_share
from bioner_core.answers.wording.forecasts import format_need
from bioner_core.answers.wording.numbers import format_f1_interval
from bioner_core.answers.wording.pools import build_pool_table
from bioner_core.answers.wording.stopping import (
    describe_first_batch,
    describe_first_estimate,
    describe_stop_point,
)
from bioner_core.cli.output import format_table, print_records
from bioner_core.costs.hours_and_money import NO_COST
from bioner_core.costs.rates import Rates
from bioner_core.forecast.forecast import Need
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

BASES = {"similar": "similar corpora", "probe": "probe", "partial": "upper layers", "trained": "fine-tuned"}


def print_estimate(answer: CorpusEstimate, run: Run | None, form: str) -> None:
    """Print a row for each basis and type, then one for each pool; then the verdict and the notes."""
    rows = [row for estimate in answer.estimates for row in (estimate, *estimate.by_type)]
    system = compare_estimate(answer, run, RunStore()) if run else None
    if form == "table":
        print(format_table([_build_row(row) for row in rows]) + "\n")
        print(format_table(build_pool_table(answer.pools, answer.best)) + "\n")
        stop = describe_stop_point(answer.stop) if answer.stop else ""
        texts = (answer.verdict, answer.newer, answer.questions, stop, *describe_estimate_system(system))
        print("\n".join(filter(None, (*texts, *answer.notes))))
        return
    name = answer.request.corpus.name
    records = [{"corpus": name, **_build_record(row)} for row in rows]
    if form == "csv":
        print_records(records, form="csv")
        return
    record: dict[str, object] = {
        "corpus": name,
        "run": run.name if run else None,
        "n_test_needed": answer.n_test,
        "advice": answer.advice,
        "cost": answer.cost.record() if answer.cost else NO_COST,
        "next_round": answer.next_round,
        "told": answer.verdict,
        "questions": answer.questions or None,
        "newer": answer.newer or None,
        "learned_from": asdict(answer.basis) if answer.basis else None,
        "pools": _build_pool_records(answer.pools),
        "stop_at": build_stop_record(answer.stop) if answer.stop else None,
        "free_system": system.record() if system else None,
        "left_out": [left_out.record() for left_out in answer.best.left_out],
        "estimates": records,
    }
    print_records(record, form="json")


def print_first_estimate(first: FirstEstimate, rates: Rates, form: str, *, stop_at: int | None) -> None:
    """Print what similar curves say of a corpus without annotation, and the first batch."""
    estimate = first.estimate
    stop = None if stop_at is None else compute_stop_point(estimate, stop_at, rates, n_test=0)
    rows = (estimate, *estimate.by_type)
    if form == "table":
        print(format_table([_build_row(row) for row in rows]) + "\n")
        texts = [describe_first_estimate(first, rates), describe_first_batch(first)]
        print("\n".join([*texts, *([describe_stop_point(stop)] if stop else [])]))
        return
    records = [_build_record(row) for row in rows]
    if form == "csv":
        print_records(records, form="csv")
        return
    record: dict[str, object] = {
        "first_batch": first.n_batch,
        "cost": first.cost.record(),
        "told": describe_first_estimate(first, rates),
        "stop_at": build_stop_record(stop) if stop else None,
        "estimates": records,
    }
    print_records(record, form="json")


def _build_row(estimate: Estimate) -> dict[str, object]:
    """Return the columns for people."""
    pool = estimate.pool
    return {
        "basis": BASES[estimate.basis],
        "entity": estimate.entity,
        "F1 now": format_f1_interval(estimate.now) if estimate.now else "–",
        "F1 at pool": format_f1_interval(estimate.full),
        f"next {min(STEP, pool.n_all - pool.n_train) or STEP}": format_gain(estimate.next)
        if estimate.next
        else "–",
        **{format_share(need): format_need(need, pool.n_all) for need in estimate.needs},
        "based on": estimate.rests_on,
    }


def _build_record(estimate: Estimate) -> dict[str, object]:
    """Return the JSON object of an estimate; ``n90`` is the need for 90 % of the F1 at the pool."""
    names = ("basis", "entity", "decided_by", "fraction", "lead", "n", "low", "high", "rests_on")
    points = ("full", "now", "next", "rest")
    return {
        **{name: getattr(estimate, name) or None for name in names},
        **_build_need_fields(estimate.needs),
        **{
            f"{name}_f1": None if (point := getattr(estimate, name)) is None else asdict(point)
            for name in points
        },
        **{name: value for name, value in asdict(estimate.pool).items() if name != "is_specified"},
        "support": estimate.support,
    }


def _build_need_fields(needs: Sequence[Need]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for need in needs:
        name = f"n{100 * (need.fraction or 1.0):.6g}"
        fields |= {name: need.n, f"{name}_low": need.low, f"{name}_high": need.high}
    return fields


def _build_pool_records(pools: Sequence[PoolNeeds]) -> list[dict[str, object]]:
    return [
        {"pool": row.n, "is_annotated": row.is_annotated, "is_chosen": row.is_chosen}
        | _build_need_fields(row.needs)
        for row in pools
    ]


def build_stop_record(stop: StopPoint) -> dict[str, object]:
    """Return the JSON object of a number to stop at; ``share`` is of the F1 at the pool."""
    low, middle, high = stop.share
    return {
        "n": stop.n,
        "f1": stop.f1.f1,
        "f1_low": stop.f1.low,
        "f1_high": stop.f1.high,
        "share": middle,
        "share_low": low,
        "share_high": high,
        "fraction": stop.fraction,
        "chance": stop.chance,
        "n_missing": stop.n_missing,
        "cost": stop.cost.record() if stop.cost else NO_COST,
    }
