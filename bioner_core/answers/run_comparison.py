"""Several runs against each other on one curve: their plans, and their F1 at full data against the first."""

from collections.abc import Sequence
from dataclasses import dataclass

from bioner_core.analysis.comparison import ModelComparison, ModelSpec, compare_models
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.study.plan import SHARED_FIELDS, Study
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

CurveName = tuple[str, str, str]  # target, entity, source


@dataclass(frozen=True, kw_only=True)
class ComparedRun:
    """One run of a comparison."""

    run: Run
    curves: tuple[Curve, ...]  # the one compared; before it, where it has a source, that without pretraining
    budget: Budget
    noise: SamplingNoise
    against_first: ModelComparison | None  # at full data; None for the first run, or where a model is missing

    @property
    def curve(self) -> Curve:
        """Return the curve that is compared."""
        return self.curves[-1]


def list_common_curves(runs: Sequence[Run]) -> list[CurveName]:
    """List the curves that all runs have."""
    common = set.intersection(*(set(_select_curves(run)) for run in runs)) if runs else set()
    return sorted(common)


def compare_runs(
    runs: Sequence[Run], name: CurveName, store: RunStore, *, fraction: float = 0.99
) -> tuple[ComparedRun, ...]:
    """Compare runs on a curve that all of them have, each with the first at full data.

    :param fraction: of each run's own full F1, in (0, 1].
    """
    return tuple(_build_compared_run(run, runs[0], name, store, fraction) for run in runs)


def list_differences(planned: Study, other: Study) -> list[str]:
    """List the differences between two plans that make single points incomparable."""
    differences = []
    for name in SHARED_FIELDS:
        value, other_value = (
            getattr(study.jobs[0], name) if study.jobs else None for study in (planned, other)
        )
        if value != other_value and name != "settings":
            differences.append(
                f"{name.replace('_', ' ')}: {value if value is not None else 'not known'} here, "
                f"{other_value if other_value is not None else 'not known'} there"
            )
    for corpus in sorted(planned.corpora.keys() & other.corpora.keys()):
        if planned.corpora[corpus] != other.corpora[corpus]:
            differences.append(f"corpus {corpus}: has changed between the two")
    return differences


def _build_compared_run(
    run: Run, first: Run, name: CurveName, store: RunStore, fraction: float
) -> ComparedRun:
    curve = _select_curves(run)[name]
    unpretrained = (curve.target, NONE, *curve.key[2:])
    goal_curves = [other for other in run.curves() if other.key == unpretrained and other != curve]
    curves, noise = (*goal_curves, curve), estimate_sampling_noise(run, store)
    rows = compute_curve_budgets(curves, fraction=fraction, noise=noise)
    return ComparedRun(
        run=run,
        curves=curves,
        budget=next(row for row in rows if row.source == curve.source),
        noise=noise,
        against_first=None if run == first else _compare_with_first(run, first, name),
    )


def _compare_with_first(run: Run, first: Run, name: CurveName) -> ModelComparison | None:
    target, entity, source = name
    full = ModelSpec(source, None)
    try:
        return compare_models(run, target, entity, full, full, other_run=first)
    except BionerError:
        return None


def _select_curves(run: Run) -> dict[CurveName, Curve]:
    """Return the curves of a run by name; of several models, the one with most sizes."""
    by_size = sorted(run.curves(), key=lambda curve: len(curve.sizes))
    return {(c.target, c.entity, c.source): c for c in by_size if c.has_enough_sizes}
