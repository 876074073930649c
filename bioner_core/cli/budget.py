"""``bioner budget``, ``report``, ``export``, and the tables that training ends with."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.goal_plans import add_goal_plans, build_goal_record
from bioner_core.answers.search_offer import build_search, describe_search_offer
from bioner_core.answers.wording.budgets import BASIS_LABELS, describe_answer, explain_status, format_share
from bioner_core.answers.wording.exclusions import format_left_out
from bioner_core.answers.wording.stopping import describe_stop_point
from bioner_core.cli.budget_stop import find_stop
from bioner_core.cli.budget_systems import compare_with_systems, describe_systems
from bioner_core.cli.estimate_output import build_stop_record
from bioner_core.cli.output import (
    Commands,
    add_format,
    add_goal,
    check_writable,
    filter_by_options,
    format_table,
    note_agreement,
    print_records,
    warn_of_synthetic,
    write_new_file,
)
from bioner_core.cli.rates import add_rates, build_cost_record, format_cost_cells, read_rates
from bioner_core.cli.report import add_report
from bioner_core.curves.best_source import BEST, add_chances, list_best
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.study.external_results import write_all_points
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

_OTHER_GOAL = "`bioner budget --f1` sets another goal"


def add_commands(commands: Commands) -> None:
    """Add ``budget``, ``report`` and ``export``."""
    budget = commands.add_parser("budget", help="show how many sentences reach 99 %% of full F1")
    budget.add_argument("run", help="name of the run, such as ecir2020")
    budget.add_argument("--target", help="only this target corpus")
    budget.add_argument("--entity", help="only this entity type; `every`: the number that all types need")
    budget.add_argument(
        "--source",
        help="only this source; `none`: without pretraining; `best`: most likely to need fewest sentences",
    )
    add_goal(budget)
    budget.add_argument(
        "--stop-at", type=int, metavar="N", help="say what stopping at N training sentences gives"
    )
    add_rates(budget)
    add_format(budget)
    budget.set_defaults(call=show_budget)

    add_report(commands)

    export = commands.add_parser("export", help="write all points of a run as CSV")
    export.add_argument("run", help="name of the run")
    export.add_argument("--out", type=Path, help="new file to write (default: print)")
    export.set_defaults(call=export_points)


def show_budget(args: argparse.Namespace) -> None:
    """Print a row for each curve."""
    store = RunStore()
    show_budgets(store.open(args.run), args=args, store=store)


def show_budgets(run: Run, *, args: argparse.Namespace, store: RunStore) -> None:
    """Print the rows that the options choose; an option that fits none is an error."""
    curves, noise = run.curves(macro=True), estimate_sampling_noise(run, store)
    rows = compute_curve_budgets(curves, fraction=args.fraction, goal_f1=args.f1, noise=noise)
    chosen = _choose_rows(rows, args, run=run)
    if not chosen:
        lacking = "entity type, only averages" if rows else "curve of two or more sizes yet"
        print(f"run {run.name}: no {lacking}", file=sys.stderr)
    if not chosen and args.format == "table":
        return
    targets = {row.target for row in chosen}
    warn_of_synthetic(run, targets)
    note_agreement(run, targets)
    others = add_goal_plans(chosen, curves, noise)
    systems = compare_with_systems(run, chosen, curves, noise)
    stop = find_stop(run, chosen, curves, args)
    rates, n_test = read_rates(args), vars(args).get("test_sentences") or 0
    if args.format == "table":
        costs = [format_cost_cells(row, rates, n_test=n_test) if rates else {} for row in chosen]
        _print_table(chosen, others, costs, is_every=args.entity == EVERY)
        if len(chosen) == 1 and (offer := describe_search_offer(run, build_search(chosen[0]))):
            print(offer)
        if stop:
            print(describe_stop_point(stop))
        print("".join(f"{line}\n" for line in describe_systems(systems, others, rates)), end="")
        return
    costs = [build_cost_record(row, rates, n_test=n_test) if rates else {} for row in chosen]
    records = [
        {
            **row.record(),
            **build_goal_record(row, goals),
            **system.record(rates),
            **({"stop_at": build_stop_record(stop)} if stop else {}),
            **cost,
        }
        for row, goals, system, cost in zip(chosen, others, systems, costs, strict=True)
    ]
    print_records(records, form=args.format)


def _choose_rows(rows: Sequence[Budget], args: argparse.Namespace, *, run: Run) -> list[Budget]:
    """Return the rows that the options choose, with the chance of each source to need fewest sentences."""
    is_best = args.source == BEST
    options = argparse.Namespace(
        target=args.target, entity=args.entity, source=None if is_best else args.source
    )
    chosen = add_chances(combine_types(rows) if args.entity == EVERY else rows)
    chosen = filter_by_options(chosen, options, ("target", "entity", "source"), run=run.name)
    return list_best(chosen) if is_best else chosen


def _print_table(
    rows: Sequence[Budget],
    others: Sequence[Sequence[Budget]],
    costs: Sequence[Mapping[str, object]],
    *,
    is_every: bool,
) -> None:
    """Print a row for each budget, below them what their words mean; a single answer also as a sentence."""
    has_interval = any(row.interval for row in rows)
    has_support = any(row.support is not None for row in rows)
    bases = {row.basis for row in rows if row.basis}
    lines = [
        {
            **_format_row(row, goals, has_interval=has_interval, has_support=has_support),
            **({"basis": row.basis} if len(bases) > 1 else {}),
            **(_format_types(row) if is_every else {}),
            **cost,
        }
        for row, goals, cost in zip(rows, others, costs, strict=True)
    ]
    print(format_table(lines))
    if len(bases) > 1:
        print("basis:", "; ".join(f"{k}: {v}" for k, v in BASIS_LABELS.items() if k in bases))
    for status in dict.fromkeys(row.status for row in rows):
        if reason := explain_status(status):
            print(f"{status}: {reason}{f'; {_OTHER_GOAL}' if status == 'no_full' else ''}")
    if len(rows) == 1:
        print(describe_answer(rows[0], others[0]))


def _format_row(
    budget: Budget, others: Sequence[Budget], *, has_interval: bool, has_support: bool
) -> dict[str, object]:
    """Return the columns for people: F1 in percent, ">" before what is only a bound.

    :param others: rows at other goals.
    :param has_interval: with the interval of the plan.
    :param has_support: with the test mentions that F1 rests on.
    """
    percent = {
        name: None if value is None else f"{100 * value:.1f}"
        for name, value in (
            ("goal F1", budget.target_f1),
            ("full F1", budget.full_f1),
            ("best F1", budget.best_f1),
        )
    }
    bound = ">" if budget.saved_plan_is_bound else ""
    return {
        "target": budget.target,
        "entity": budget.entity,
        "source": budget.source,
        **({"test mentions": budget.support} if has_support else {}),
        "plan": budget.n_plan,
        **({"likely": _format_interval(budget)} if has_interval else {}),
        **{f"for {format_share(other)}": other.n_plan for other in reversed(others)},
        "first": budget.n_first,
        "stays": budget.n_stable,
        "saves": None if budget.saved_plan is None else f"{bound}{budget.saved_plan}",
        **percent,
        "status": budget.status,
    }


def _format_types(budget: Budget) -> dict[str, object]:
    """Return the columns of what all types need together."""
    return {"decided by": budget.decided_by, "left out": format_left_out(budget.left_out) or None}


def _format_interval(budget: Budget) -> str | None:
    """Return the 90 % interval of the plan, such as "600–1300" or "600–>1600"; None where there is none."""
    if budget.n_high_beyond is None:
        return None
    high = f"{'>' * budget.n_high_beyond}{budget.n_high}"
    return high if budget.n_low is None else f"{budget.n_low}–{high}"


def export_points(args: argparse.Namespace) -> None:
    """Write all points, one row each, with the columns of the CSV export; never over a file that is there."""
    if args.out:
        check_writable(args.out)
    run = RunStore().open(args.run)
    text = write_all_points(run)
    if args.out:
        write_new_file(args.out, text)
    else:
        sys.stdout.write(text)
