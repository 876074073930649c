"""Reference curves: curves of finished runs, with descriptions of their corpora, to learn from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.curve import Curve, build_curves
from bioner_core.errors import BionerError
from bioner_core.study.journal import FileStamp
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.store import SHIPPED, RunStore


@dataclass(frozen=True, kw_only=True)
class ReferenceCurve:
    """A curve and the description of its target corpus; "" and None where unknown."""

    curve: Curve
    run: str
    digest: str = ""  # of the target
    n_points: int = 0  # of the whole run
    description: CorpusDescription

    @property
    def density(self) -> float | None:
        """Return the mean number of mentions of the entity in a training sentence."""
        densities = [(size.n_mentions, size.n) for size in self.curve.sizes if size.n_mentions and size.n]
        return densities[-1][0] / densities[-1][1] if densities else None


MAX_RUNS = 200  # the newest; the published one among them


def list_reference_runs(store: RunStore, *, without: str = "") -> list[Run]:
    """Return the newest runs of the store and the shipped ones.

    :param without: the name of a run to exclude.
    """
    names = [name for name in store.names() if name != without]
    selected = [*names[:MAX_RUNS], *(name for name in names[MAX_RUNS:] if name in SHIPPED)]
    return [store.open(name) for name in selected]


def load_reference_curves(
    runs: Iterable[Run], *, n_points: Mapping[str, int] | None = None
) -> tuple[ReferenceCurve, ...]:
    """Load the curves of runs that have two sizes or more.

    Left out are damaged runs, synthetic corpora, rare types, and curves whose F1 is 0 throughout.

    :param n_points: by the name of a run, the first points that count; all of a run that is not named.
    """
    limits = n_points or {}
    return tuple(
        reference for run in runs for reference in _load_run_references(run, run.stamps, limits.get(run.name))
    )


def select_other_corpora(references: Iterable[ReferenceCurve], digest: str | None) -> list[Curve]:
    """Return the curves of all corpora but one, recognized by its digest: names differ between runs.

    :param digest: of the corpus to exclude; None or "" excludes nothing.
    """
    return [reference.curve for reference in references if not digest or reference.digest != digest]


@lru_cache(maxsize=4096)
def _load_run_references(
    run: Run, _: tuple[FileStamp, ...], n_points: int | None
) -> tuple[ReferenceCurve, ...]:
    try:
        descriptions, digests, points = describe_run_corpora(run), run.study.corpora, run.points()
        is_cut = n_points is not None and n_points < len(points)
        curves = build_curves(points[:n_points], run.planned_seeds()) if is_cut else run.curves()
    except BionerError:  # the page of that run shows the error
        return ()
    return tuple(
        ReferenceCurve(
            curve=curve,
            run=run.name,
            digest=digests.get(curve.target, ""),
            n_points=len(points),
            description=descriptions.get(curve.target, CorpusDescription()),
        )
        for curve in curves
        if _is_usable(curve) and not descriptions.get(curve.target, CorpusDescription()).is_synthetic
    )


def _is_usable(curve: Curve) -> bool:
    """Tell whether a curve is fit to learn from."""
    has_f1 = curve.full_f1 != 0 and any(size.f1 for size in curve.sizes)
    return curve.has_enough_sizes and not curve.is_rare and has_f1
