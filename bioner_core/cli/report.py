"""``bioner report``: one answer as a page that prints well, or as CSV."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.cli.output import Commands, add_goal, check_writable, write_new_file
from bioner_core.cli.rates import add_rates, read_rates
from bioner_core.costs.hours_and_money import compute_budget_cost
from bioner_core.costs.rates import load_rates
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import Forecast, forecast_curve
from bioner_core.study.store import RunStore

if TYPE_CHECKING:
    from bioner_core.answers.report.context import ReportContext


def add_report(commands: Commands) -> None:
    """Add ``report``."""
    report = commands.add_parser("report", help="write one answer as a page for printing, or as CSV")
    report.add_argument("run", help="name of the run, such as ecir2020")
    report.add_argument("--target", help="target corpus; needed if the run has several")
    report.add_argument("--entity", help="one entity type (default: every type, or the only one)")
    report.add_argument(
        "--source", help="source; `none`: without pretraining (default: the source that needs least)"
    )
    report.add_argument("--model", help="model; needed if the run has several")
    add_goal(report)
    report.add_argument(
        "--pool", type=int, metavar="N", help="add a forecast of what a pool of N sentences would reach"
    )
    report.add_argument("--out", type=Path, required=True, help="new file to write: .html or .csv")
    add_rates(report)
    report.set_defaults(call=write_report)


def _forecast_context(context: "ReportContext", pool: int | None, store: RunStore) -> Forecast | None:
    """Return how the answer's curve goes on, where a pool is given."""
    if pool is None:
        return None
    from bioner_core.analysis.reference_curves import (
        list_reference_runs,
        load_reference_curves,
        select_other_corpora,
    )

    references = load_reference_curves(list_reference_runs(store))
    others = select_other_corpora(references, context.run.study.corpora.get(context.row.target))
    return forecast_curve(context.curve, sizes=[pool], pool=pool, others=others)


def write_report(args: argparse.Namespace) -> None:
    """Write the report of the answer that the options choose, in a new file; hours are always in it."""
    from bioner_core.answers.report.context import choose_answer
    from bioner_core.answers.report.report import render_report, render_report_csv

    renderers = {".html": render_report, ".htm": render_report, ".csv": render_report_csv}
    render = renderers.get(args.out.suffix.lower())
    if render is None:
        raise BionerError(
            f"{args.out}: a report is a page or a table. Name a file that ends in .html or .csv."
        )
    check_writable(args.out)
    store = RunStore()
    run = store.open(args.run)
    curves = run.curves(macro=True)
    rows = compute_curve_budgets(
        curves, fraction=args.fraction, goal_f1=args.f1, noise=estimate_sampling_noise(run, store)
    )
    context = choose_answer(
        curves,
        rows,
        run=run,
        target=args.target,
        entity=args.entity,
        source=args.source,
        model=args.model,
    )
    rates = read_rates(args) or load_rates()
    cost = compute_budget_cost(context.row, rates, n_test=args.test_sentences or 0)
    text = render(
        replace(context, rates=rates, cost=cost, forecast=_forecast_context(context, args.pool, store))
    )
    write_new_file(args.out, text)
    print(f"report written to {args.out}", file=sys.stderr)
