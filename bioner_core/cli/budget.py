"""``bioner budget``, ``report``, ``export``, and the tables that training ends with."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.wording.budgets import NO_ANSWER_LABELS
from bioner_core.cli.output import (
    Commands,
    add_format,
    add_goal,
    check_writable,
    filter_by_options,
    format_table,
    print_records,
    warn_of_synthetic,
    write_new_file,
)
from bioner_core.cli.rates import add_rates, build_cost_record, format_cost_cells, read_rates
from bioner_core.cli.report import add_report
from bioner_core.curves.budget import EVERY, Basis, Budget
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.curves.points import write_points_csv
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

_STATUS_EXPLANATIONS = {  # of a budget that is no answer
    "no_full": "the model on full data without pretraining, which sets the goal, is not trained; "
    "`bioner budget --f1` sets another goal",
    "no_data": "no size is trained with all its seeds yet",
    "no_test": f"{NO_ANSWER_LABELS['no_test']}, so there is no F1",
    "no_training": f"{NO_ANSWER_LABELS['no_training']}, so no model can learn it",
    "no_f1": f"{NO_ANSWER_LABELS['no_f1']}, even on full data: full F1 is 0, so there is no goal to reach; "
    "`bioner budget --f1` sets another goal",
}
_BASIS_EXPLANATIONS: dict[Basis, str] = {  # what a plan lies between
    "measured": "within the sizes trained",
    "to_full": "between the largest size trained and full data",
    "borrowed": "between the largest size trained and full data, which has the F1 of `none`",
}


def add_commands(commands: Commands) -> None:
    """Add ``budget``, ``report`` and ``export``."""
    budget = commands.add_parser("budget", help="show how many sentences reach 99 %% of full F1")
    budget.add_argument("run", help="name of the run, such as ecir2020")
    budget.add_argument("--target", help="only this target corpus")
    budget.add_argument("--entity", help="only this entity type; `every`: the number that all types need")
    budget.add_argument("--source", help="only this source; `none`: without pretraining")
    add_goal(budget)
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
    run = store.open(args.run)
    curves = run.curves(macro=True)
    rows = compute_curve_budgets(
        curves, fraction=args.fraction, goal_f1=args.f1, noise=estimate_sampling_noise(run, store)
    )
    show_budgets(rows, run=run, args=args)


def show_budgets(rows: Sequence[Budget], *, run: Run, args: argparse.Namespace) -> None:
    """Print those rows that the options choose; an option that fits none is an error."""
    chosen = combine_types(rows) if args.entity == EVERY else list(rows)
    chosen = filter_by_options(chosen, args, ("target", "entity", "source"), run=run.name)
    if not chosen:
        lacking = "entity type, only averages" if rows else "curve of two or more sizes yet"
        print(f"run {run.name}: no {lacking}", file=sys.stderr)
    if not chosen and args.format == "table":
        return
    warn_of_synthetic(run, {row.target for row in chosen})
    rates, n_test = read_rates(args), vars(args).get("test_sentences") or 0
    if args.format == "table":
        costs = [format_cost_cells(row, rates, n_test=n_test) if rates else {} for row in chosen]
        has_interval = any(row.interval for row in chosen)
        has_support = any(row.support is not None for row in chosen)
        bases = {row.basis for row in chosen if row.basis}
        lines = [
            {
                **_format_row(row, has_interval=has_interval, has_support=has_support),
                **({"basis": row.basis} if len(bases) > 1 else {}),
            }
            for row in chosen
        ]
        if args.entity == EVERY:
            lines = [{**line, **_format_types(row)} for line, row in zip(lines, chosen, strict=True)]
        print(format_table([{**row, **cost} for row, cost in zip(lines, costs, strict=True)]))
        if len(bases) > 1:
            print("basis:", "; ".join(f"{k}: {v}" for k, v in _BASIS_EXPLANATIONS.items() if k in bases))
        _explain_statuses(chosen)
        return
    added = [build_cost_record(row, rates, n_test=n_test) if rates else {} for row in chosen]
    print_records([{**row.record(), **added[i]} for i, row in enumerate(chosen)], form=args.format)


def _explain_statuses(rows: Sequence[Budget]) -> None:
    """Print what each status means that is no answer."""
    for status in dict.fromkeys(row.status for row in rows):
        if status in _STATUS_EXPLANATIONS:
            print(f"{status}: {_STATUS_EXPLANATIONS[status]}")


def _format_row(budget: Budget, *, has_interval: bool, has_support: bool) -> dict[str, object]:
    """Return the columns for people: F1 in percent, ">" before what is only a bound.

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
        **({"90 %": _format_interval(budget)} if has_interval else {}),
        "first": budget.n_first,
        "stays": budget.n_stable,
        "saves": None if budget.saved_plan is None else f"{bound}{budget.saved_plan}",
        **percent,
        "status": budget.status,
    }


def _format_types(budget: Budget) -> dict[str, object]:
    """Return the columns of what all types need together."""
    return {"decided by": budget.decided_by, "left out": ", ".join(budget.left_out) or None}


def _format_interval(budget: Budget) -> str | None:
    """Return the interval of the plan, such as "600–1300" or ">1600"; None where there is none.

    >>> from types import SimpleNamespace as Row
    >>> _format_interval(Row(n_low=600, n_high=1600, n_high_beyond=True))
    '600–>1600'
    >>> _format_interval(Row(n_low=600, n_high=1600, n_high_beyond=False))
    '600–1600'
    """
    if budget.n_high_beyond is None:
        return None
    high = f"{'>' * budget.n_high_beyond}{budget.n_high}"
    return high if budget.n_low is None else f"{budget.n_low}–{high}"


def export_points(args: argparse.Namespace) -> None:
    """Write all points, one row each, with the columns of the CSV export; never over a file that is there."""
    if args.out:
        check_writable(args.out)
    text = write_points_csv(RunStore().open(args.run).points())
    if args.out:
        write_new_file(args.out, text)
    else:
        sys.stdout.write(text)
