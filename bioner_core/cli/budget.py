"""``bioner budget``, ``report``, ``export``, and the tables that training ends with."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bioner_core.analysis.resampling import chance
from bioner_core.answers.wording import SHORTLY_UNTOLD
from bioner_core.cli.output import (
    Commands,
    add_format,
    add_goal,
    note_synthetic,
    only,
    refuse_taken,
    show,
    table,
    write_new,
)
from bioner_core.cli.rates import add_rates, cost_cells, cost_columns, rates_asked
from bioner_core.cli.report import add_report
from bioner_core.curves.budget import EVERY, Budget, curve_budgets, every_type
from bioner_core.curves.points import points_csv
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

_STATUSES = {  # of a budget that is no answer
    "no_full": "the model on full data without pretraining, which sets the goal, is not trained; "
    "`bioner budget --f1` sets another goal",
    "no_data": "no size has all its seeds yet",
    "no_test": f"{SHORTLY_UNTOLD['no_test']}, so there is no F1",
    "no_training": f"{SHORTLY_UNTOLD['no_training']}, so no model can learn it",
    "no_f1": f"{SHORTLY_UNTOLD['no_f1']}, even on full data, so there is no share of its F1 to reach; "
    "`bioner budget --f1` sets another goal",
}


def add_commands(commands: Commands) -> None:
    """Add ``budget``, ``report`` and ``export``."""
    budget = commands.add_parser("budget", help="sentences that reach 99 %% of full performance")
    budget.add_argument("run", help="such as ecir2020")
    budget.add_argument("--target", help="only this target corpus")
    budget.add_argument("--entity", help="only this entity type; `every` for what all types need")
    budget.add_argument("--source", help="only this source; `none` for without pretraining")
    add_goal(budget)
    add_rates(budget)
    add_format(budget)
    budget.set_defaults(call=show_budget)

    add_report(commands)

    export = commands.add_parser("export", help="all points of a run as CSV")
    export.add_argument("run")
    export.add_argument("--out", type=Path, help="new file to write (default: print)")
    export.set_defaults(call=export_points)


def show_budget(args: argparse.Namespace) -> None:
    """Print a row for each curve."""
    store = RunStore()
    run = store.open(args.run)
    found = run.curves(macro=True)
    rows = curve_budgets(found, fraction=args.fraction, goal_f1=args.f1, chance=chance(run, store))
    show_budgets(rows, run=run, args=args)


def show_budgets(rows: Sequence[Budget], *, run: Run, args: argparse.Namespace) -> None:
    """Print those rows that the options choose; an option that fits none is an error."""
    chosen = every_type(rows) if args.entity == EVERY else list(rows)
    chosen = only(chosen, args, ("target", "entity", "source"), run=run.name)
    if not chosen:
        lacking = "entity type, only averages" if rows else "curve of two or more sizes yet"
        print(f"run {run.name}: no {lacking}", file=sys.stderr)
    if not chosen and args.format == "table":
        return
    note_synthetic(run, {row.target for row in chosen})
    rates, n_test = rates_asked(args), vars(args).get("test_sentences") or 0
    if args.format == "table":
        costs = [cost_cells(row, rates, n_test=n_test) if rates else {} for row in chosen]
        is_sure = any(row.interval for row in chosen)
        has_support = any(row.support is not None for row in chosen)
        told = [_told(row, is_sure=is_sure, has_support=has_support) for row in chosen]
        if args.entity == EVERY:
            told = [{**line, **_of_types(row)} for line, row in zip(told, chosen, strict=True)]
        print(table([{**row, **cost} for row, cost in zip(told, costs, strict=True)]))
        _explain(chosen)
        return
    added = [cost_columns(row, rates, n_test=n_test) if rates else {} for row in chosen]
    show([{**row.record(), **added[i]} for i, row in enumerate(chosen)], form=args.format)


def _explain(rows: Sequence[Budget]) -> None:
    """Print what each status means that is no answer."""
    for status in dict.fromkeys(row.status for row in rows):
        if status in _STATUSES:
            print(f"{status}: {_STATUSES[status]}")


def _told(row: Budget, *, is_sure: bool, has_support: bool) -> dict[str, object]:
    """Return the columns for people: F1 in percent, ">" before what is only a bound.

    :param is_sure: with the interval of the plan.
    :param has_support: with the test mentions that F1 rests on.
    """
    percent = {
        name: None if value is None else f"{100 * value:.1f}"
        for name, value in (("goal F1", row.target_f1), ("full F1", row.full_f1), ("best F1", row.best_f1))
    }
    bound = ">" if row.saved_plan_is_bound else ""
    return {
        "target": row.target,
        "entity": row.entity,
        "source": row.source,
        **({"test mentions": row.support} if has_support else {}),
        "plan": row.n_plan,
        **({"90 %": _ends(row)} if is_sure else {}),
        "first": row.n_first,
        "stays": row.n_stable,
        "saves": None if row.saved_plan is None else f"{bound}{row.saved_plan}",
        **percent,
        "status": row.status,
    }


def _of_types(row: Budget) -> dict[str, object]:
    """Return the columns of what all types need together."""
    return {"decided by": row.decided_by, "left out": ", ".join(row.left_out) or None}


def _ends(row: Budget) -> str | None:
    """Return the interval of the plan, such as "600–1300" or ">1600"; None where there is none.

    >>> from types import SimpleNamespace as Row
    >>> _ends(Row(n_low=600, n_high=None, n_high_beyond=True, n_max=1600))
    '600–>1600'
    """
    if row.n_high_beyond is None:
        return None
    high = f">{row.n_max}" if row.n_high is None else str(row.n_high)
    return high if row.n_low is None else f"{row.n_low}–{high}"


def export_points(args: argparse.Namespace) -> None:
    """Write all points, one row each, with the columns of the CSV export; never over a file that is there."""
    if args.out:
        refuse_taken(args.out)
    text = points_csv(RunStore().open(args.run).points())
    if args.out:
        write_new(args.out, text)
    else:
        sys.stdout.write(text)
