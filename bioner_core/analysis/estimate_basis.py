"""The curves of other corpora that an estimate rests on: kept when it is first made, so links stay true.

Every page and command that forecasts a curve of a run takes the curves to learn from here.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from bioner_core.analysis.reference_curves import (
    ReferenceCurve,
    list_reference_runs,
    load_reference_curves,
    select_other_corpora,
)
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import Forecast, forecast_curve
from bioner_core.study.estimate_file import EstimateBasis, load_estimate_basis, save_estimate_basis
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


@dataclass(frozen=True, kw_only=True)
class References:
    """The curves that an estimate learns from, and what has changed since they were chosen."""

    basis: EstimateBasis = field(compare=False)
    curves: tuple[ReferenceCurve, ...] = field(compare=False, repr=False)
    is_frozen: bool = False  # kept with the run; else all that the store holds now
    n_newer: int = 0  # studies that came or grew since
    missing: tuple[str, ...] = ()  # runs of the basis that are gone
    stamps: tuple[object, ...] = ()  # of the files; where these are equal the curves are


def load_references(run: Run | None, store: RunStore, *, is_newest: bool = False) -> References:
    """Return the curves that estimates of a run learn from: those kept with it, else all of the store.

    :param is_newest: all of the store, even where others are kept.
    """
    runs = list_reference_runs(store)
    newest = load_reference_curves(runs)
    kept = None if run is None or is_newest else _load_basis(run)
    if kept is None or run is None:
        stamps = tuple(other.stamps for other in runs)
        return References(basis=_build_basis(newest), curves=newest, stamps=stamps)
    current = _build_basis(newest).n_points
    limits = {name: n for name, n in kept.n_points.items() if name != run.name}
    used = [other for other in runs if other.name in kept.n_points]
    return References(
        basis=kept,
        curves=load_reference_curves(used, n_points=limits),
        is_frozen=True,
        n_newer=sum(n > limits.get(name, 0) for name, n in current.items() if name != run.name),
        missing=tuple(name for name, n in limits.items() if current.get(name, 0) < n),
        stamps=tuple((other.stamps, limits.get(other.name)) for other in used),
    )


def freeze_references(run: Run, store: RunStore, *, is_renewed: bool = False) -> None:
    """Keep the runs that the first estimate of a run learns from; a run that cannot be written keeps none.

    :param is_renewed: replace those that are kept by the runs of today.
    """
    if run.is_read_only or (not is_renewed and _load_basis(run) is not None):
        return
    with suppress(BionerError):  # on a read-only disk the answer follows the store, as before
        save_estimate_basis(run, _build_basis(load_reference_curves(list_reference_runs(store))))


def forecast_to_pool(
    curve: Curve, references: References, *, digest: str | None, n_pool: int, sizes: tuple[int, ...] = ()
) -> Forecast:
    """Forecast a curve to a pool and, for comparison, to twice as many sentences.

    :param digest: of the curve's corpus, whose curves in other runs are left out.
    :param sizes: sizes to forecast, at most twice the pool.
    """
    others = select_other_corpora(references.curves, digest)
    # One set of sizes for all callers: draws depend on the largest one, and so do their last digits.
    return forecast_curve(curve, sizes=(*sizes, 2 * n_pool), pool=n_pool, others=others)


def _load_basis(run: Run) -> EstimateBasis | None:
    """Return the basis kept with a run; None where there is none or it is damaged."""
    with suppress(BionerError):
        return load_estimate_basis(run)
    return None


def _build_basis(curves: tuple[ReferenceCurve, ...]) -> EstimateBasis:
    """Return the runs of curves to learn from, with their number of points."""
    return EstimateBasis(n_points={reference.run: reference.n_points for reference in curves})
