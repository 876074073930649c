"""``bioner forecast``: curves continued beyond their last point."""

import argparse
import sys
from collections.abc import Sequence

from bioner_core.analysis.reference_curves import known_curves, of_others, runs_to_learn_from
from bioner_core.cli.output import Commands, add_format, note_synthetic, show, table
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import POOL, Forecast, forecast
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``forecast``."""
    command = commands.add_parser("forecast", help="F1 and sentences needed beyond the last point of a curve")
    command.add_argument("run", help="such as ecir2020")
    command.add_argument("--target", help="only this target corpus")
    command.add_argument("--entity", help="only this entity type")
    command.add_argument("--source", help="only this source; `none` for without pretraining")
    command.add_argument(
        "--observed", type=int, metavar="N", help="rest on sizes of at most N sentences (default: all)"
    )
    command.add_argument(
        "--at", type=int, nargs="+", metavar="M", default=[], help="sizes to tell F1 at (default: the pool)"
    )
    command.add_argument(
        "--pool",
        type=int,
        metavar="N",
        help=f"all sentences that could be annotated, those included that are (default: {POOL}, "
        "or what is trained on where that is more)",
    )
    add_format(command)
    command.set_defaults(call=show_forecast)


def show_forecast(args: argparse.Namespace) -> None:
    """Print a row for each curve and size asked for."""
    store = RunStore()
    run = store.open(args.run)
    chosen = _chosen(run, args)
    note_synthetic(run, {curve.target for curve in chosen})
    digests = run.study.corpora
    known = known_curves(runs_to_learn_from(store))
    found = []
    for curve in chosen:
        found.append(_forecast(curve, of_others(known, digests.get(curve.target)), args))
    if args.format == "table":
        print(table([row for one in found for row in _told(one)]))
        print(f"\n90 % intervals in brackets. {_rests_on(found)}")
        return
    show([record for one in found for record in one.records()], form=args.format)


def _forecast(curve: Curve, others: Sequence[Curve], args: argparse.Namespace) -> Forecast:
    """Return one curve's forecast, at the pool where no size is asked for."""
    at = args.at or [args.pool or max(POOL, *_sizes(curve, args.observed))]
    return forecast(curve, n_observed=args.observed, at=at, pool=args.pool, others=others)


def _chosen(run: Run, args: argparse.Namespace) -> list[Curve]:
    """Return the curves that the options choose and that have a size to go on from."""
    found = [curve for curve in run.curves(macro=True) if any(s.n for s in curve.candidates)]
    if not found:
        raise BionerError(f"run {run.name}: no size is trained yet that a forecast could go on from.")
    for option in ("target", "entity", "source"):
        wanted = getattr(args, option)
        there = sorted({str(getattr(curve, option)) for curve in found})
        if wanted is not None and wanted not in there:
            raise BionerError(f"run {run.name}: no {option} {wanted!r}. There are: {', '.join(there)}.")
        found = [curve for curve in found if wanted in (None, getattr(curve, option))]
    seen = [curve for curve in found if _sizes(curve, args.observed)]
    if not seen:
        fewest = min(size.n for curve in found for size in curve.candidates if size.n)
        raise BionerError(
            f"run {run.name}: nothing was trained on {args.observed} sentences or fewer. "
            f"Say --observed {fewest} or more."
        )
    return _with_f1(seen)


def _with_f1(found: list[Curve]) -> list[Curve]:
    """Leave types without a test mention out, and say so: what has no F1 has no forecast."""
    lacking = sorted({curve.entity for curve in found if not curve.is_tested})
    if lacking:
        told = f"no test mention, so no F1 to forecast: {', '.join(lacking)}"
        if not any(curve.is_tested for curve in found):
            raise BionerError(f"{found[0].target}: {told}. Choose another entity type.")
        print(f"note: {told}", file=sys.stderr)
    return [curve for curve in found if curve.is_tested]


def _sizes(curve: Curve, n_observed: int | None) -> list[int]:
    """Return the sizes that a forecast rests on, full among them."""
    sizes = [size.n for size in curve.candidates if size.n] + ([curve.full.n] if curve.full else [])
    return [n for n in sizes if n_observed is None or n <= n_observed]


def _told(one: Forecast) -> list[dict[str, object]]:
    """Return the columns for people: F1 in percent, intervals in brackets."""
    needs = {
        f"{100 * (need.fraction or 0):.6g} % needs": f"{need.n} [{need.low}–{need.high}]"
        for need in one.needs
    }
    return [
        {
            "target": one.target,
            "entity": one.entity,
            "source": one.source,
            "from": one.n_observed,
            "at": point.n,
            "F1": f"{100 * point.f1:.1f} [{100 * point.low:.1f}–{100 * point.high:.1f}]",
            "pool": one.pool,
            **needs,
        }
        for point in one.at
    ]


def _rests_on(found: Sequence[Forecast]) -> str:
    """Return what the forecasts rest on, where it is one thing for all."""
    used = {one.method_used for one in found}
    return f"Rests on: {used.pop()}." if len(used) == 1 else "--format json says what each rests on."
