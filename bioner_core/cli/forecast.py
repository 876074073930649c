"""``bioner forecast``: curves continued beyond their last point."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.analysis.reference_curves import select_other_corpora
from bioner_core.cli.output import Commands, add_format, format_table, print_records, warn_of_synthetic
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import DEFAULT_POOL, Forecast, forecast_curve
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``forecast``."""
    command = commands.add_parser(
        "forecast", help="continue curves: F1 and sentences needed beyond the last point"
    )
    command.add_argument("run", help="name of the run, such as ecir2020")
    command.add_argument("--target", help="only this target corpus")
    command.add_argument("--entity", help="only this entity type")
    command.add_argument("--source", help="only this source; `none`: without pretraining")
    command.add_argument(
        "--observed", type=int, metavar="N", help="use only sizes up to N sentences (default: all)"
    )
    command.add_argument(
        "--at",
        type=int,
        nargs="+",
        metavar="M",
        default=[],
        help="sizes to forecast F1 at (default: the pool)",
    )
    command.add_argument(
        "--pool",
        type=int,
        metavar="N",
        help=f"all sentences that could be annotated, including those that are (default: {DEFAULT_POOL}, "
        "or the training part if that is larger)",
    )
    add_format(command)
    command.set_defaults(call=show_forecast)


def show_forecast(args: argparse.Namespace) -> None:
    """Print a row for each curve and size asked for."""
    store = RunStore()
    run = store.open(args.run)
    chosen = _select_curves(run, args)
    warn_of_synthetic(run, {curve.target for curve in chosen})
    digests = run.study.corpora
    references = load_references(run, store).curves
    forecasts = []
    for curve in chosen:
        forecasts.append(
            _forecast_from_options(curve, select_other_corpora(references, digests.get(curve.target)), args)
        )
    if args.format == "table":
        print(format_table([row for forecast in forecasts for row in _format_rows(forecast)]))
        print(f"\nBrackets: 90 % intervals. {_format_basis(forecasts)}")
        return
    print_records([record for forecast in forecasts for record in forecast.records()], form=args.format)


def _forecast_from_options(curve: Curve, others: Sequence[Curve], args: argparse.Namespace) -> Forecast:
    """Return one curve's forecast, at the pool where no size is asked for."""
    pool = args.pool or max(DEFAULT_POOL, *_observed_sizes(curve, args.observed))
    sizes = args.at or [pool]
    # As in ``forecast_to_pool``, so that the needs are to the digit those of an estimate.
    forecast = forecast_curve(
        curve, n_observed=args.observed, sizes=[*sizes, 2 * pool], pool=pool, others=others
    )
    return replace(forecast, points=forecast.points[: len(sizes)])


def _select_curves(run: Run, args: argparse.Namespace) -> list[Curve]:
    """Return the curves that the options choose and that have a size to go on from."""
    curves = [curve for curve in run.curves(macro=True) if any(s.n for s in curve.settled_sizes)]
    if not curves:
        raise BionerError(f"run {run.name}: no size is trained yet, so there is nothing to forecast from.")
    for option in ("target", "entity", "source"):
        wanted = getattr(args, option)
        available = sorted({str(getattr(curve, option)) for curve in curves})
        if wanted is not None and wanted not in available:
            raise BionerError(f"run {run.name}: no {option} {wanted!r}. Available: {', '.join(available)}.")
        curves = [curve for curve in curves if wanted in (None, getattr(curve, option))]
    seen = [curve for curve in curves if _observed_sizes(curve, args.observed)]
    if not seen:
        fewest = min(size.n for curve in curves for size in curve.settled_sizes if size.n)
        raise BionerError(
            f"run {run.name}: nothing was trained on {args.observed} sentences or fewer. "
            f"Use --observed {fewest} or more."
        )
    return _drop_untested(seen)


def _drop_untested(curves: list[Curve]) -> list[Curve]:
    """Leave types without a test mention out, and say so: what has no F1 has no forecast."""
    lacking = sorted({curve.entity for curve in curves if not curve.is_tested})
    if lacking:
        problem = f"no test mention, so no F1 to forecast: {', '.join(lacking)}"
        if not any(curve.is_tested for curve in curves):
            raise BionerError(f"{curves[0].target}: {problem}. Choose another entity type.")
        print(f"note: {problem}", file=sys.stderr)
    return [curve for curve in curves if curve.is_tested]


def _observed_sizes(curve: Curve, n_observed: int | None) -> list[int]:
    """Return the sizes that a forecast rests on, full among them."""
    sizes = [size.n for size in curve.settled_sizes if size.n] + ([curve.full.n] if curve.full else [])
    return [n for n in sizes if n_observed is None or n <= n_observed]


def _format_rows(forecast: Forecast) -> list[dict[str, object]]:
    """Return the columns for people: F1 in percent, intervals in brackets."""
    needs = {
        f"{100 * (need.fraction or 0):.6g} % needs": f"{need.n} [{need.low}–{need.high}]"
        for need in forecast.needs
    }
    return [
        {
            "target": forecast.target,
            "entity": forecast.entity,
            "source": forecast.source,
            "from": forecast.n_observed,
            "at": point.n,
            "F1": f"{100 * point.f1:.1f} [{100 * point.low:.1f}–{100 * point.high:.1f}]",
            "pool": forecast.pool,
            **needs,
        }
        for point in forecast.points
    ]


def _format_basis(forecasts: Sequence[Forecast]) -> str:
    """Return what the forecasts rest on, where it is one thing for all."""
    used = {forecast.method_used for forecast in forecasts}
    return f"Based on: {used.pop()}." if len(used) == 1 else "--format json shows what each is based on."
