"""Curves that are known here, with what is known of the corpora they are of."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.study.journal import FileStamp
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.store import SHIPPED, RunStore


@dataclass(frozen=True, kw_only=True)
class Known:
    """A curve and its target corpus; "" and None where unknown."""

    curve: Curve
    run: str
    digest: str = ""  # of the target
    about: CorpusDescription

    @property
    def density(self) -> float | None:
        """Return the mentions of the entity in a sentence of training, on average."""
        told = [(size.n_mentions, size.n) for size in self.curve.sizes if size.n_mentions and size.n]
        return told[-1][0] / told[-1][1] if told else None


MOST_RUNS = 200  # the newest; the published one among them


def runs_to_learn_from(store: RunStore, *, without: str = "") -> list[Run]:
    """Return the newest runs of the store and the shipped ones.

    :param without: the run that is not wanted.
    """
    names = [name for name in store.names() if name != without]
    kept = [*names[:MOST_RUNS], *(name for name in names[MOST_RUNS:] if name in SHIPPED)]
    return [store.open(name) for name in kept]


def known_curves(runs: Iterable[Run]) -> tuple[Known, ...]:
    """Return the curves of runs that have two sizes.

    Left out are broken runs, synthetic corpora, rare types, and curves of models that found nothing at all.
    """
    return tuple(known for run in runs for known in _of(run, run.stamps))


def of_others(known: Iterable[Known], digest: str | None) -> list[Curve]:
    """Return the curves of other corpora than one: the same one may have another name elsewhere.

    :param digest: of that corpus; all curves are of others where it is not known
    """
    return [one.curve for one in known if not digest or one.digest != digest]


@lru_cache(maxsize=4096)
def _of(run: Run, _: tuple[FileStamp, ...]) -> tuple[Known, ...]:
    try:
        about, digests = describe_run_corpora(run), run.study.corpora
        found = run.curves()
    except BionerError:  # its own page says why
        return ()
    return tuple(
        Known(
            curve=curve,
            run=run.name,
            digest=digests.get(curve.target, ""),
            about=about.get(curve.target, CorpusDescription()),
        )
        for curve in found
        if _tells(curve) and not about.get(curve.target, CorpusDescription()).is_synthetic
    )


def _tells(curve: Curve) -> bool:
    """Say whether a curve is fit to learn from."""
    finds = curve.full_f1 != 0 and any(size.f1 for size in curve.sizes)
    return curve.has_enough_sizes and not curve.is_rare and finds
