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
        "--source",
        help="source; `none`: without pretraining; `best` (default): most likely to need fewest sentences",
    )
    report.add_argument("--model", help="model; needed if the run has several")
    add_goal(report)
    report.add_argument(
        "--pool", type=int, metavar="N", help="add a forecast of what a pool of N sentences would reach"
    )
    report.add_argument("--out", type=Path, required=True, help="new file to write: .html or .csv")
    add_rates(report)
    report.set_defaults(call=write_report)


def _add_forecast(context: "ReportContext", pool: int | None, store: RunStore) -> "ReportContext":
    """Add how the answer's curve goes on, where a pool is given, and what that learned from."""
    if pool is None:
        return context
    from bioner_core.analysis.estimate_basis import forecast_to_pool, load_references
    from bioner_core.answers.wording.basis import describe_basis

    digest = context.run.study.corpora.get(context.row.target)
    references = load_references(context.run, store)
    forecast = forecast_to_pool(context.curve, references, digest=digest, n_pool=pool)
    return replace(context, forecast=forecast, basis=describe_basis(references))


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
    noise = estimate_sampling_noise(run, store)
    rows = compute_curve_budgets(curves, fraction=args.fraction, goal_f1=args.f1, noise=noise)
    context = choose_answer(
        curves,
        rows,
        run=run,
        target=args.target,
        entity=args.entity,
        source=args.source,
        model=args.model,
        noise=noise,
    )
    rates = read_rates(args) or load_rates()
    cost = compute_budget_cost(context.row, rates, n_test=args.test_sentences or 0)
    text = render(_add_forecast(replace(context, rates=rates, cost=cost), args.pool, store))
    write_new_file(args.out, text)
    print(f"report written to {args.out}", file=sys.stderr)
