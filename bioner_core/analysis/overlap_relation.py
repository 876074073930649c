"""Do shared word pieces tell which corpus helps? Overlap beside zero-shot F1, pair by pair."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from bioner_core.analysis.overlap import Overlap, shares
from bioner_core.analysis.transfer import Transfer
from bioner_core.curves.points import ALL
from bioner_core.scoring.correlation import Correlation, compute_spearman


@dataclass(frozen=True, kw_only=True)
class CorpusPair:
    """One corpus trained on and one tested on: what their entities share, and what a model brings across."""

    run: str
    train: str
    test: str
    entity: str
    share: float  # of the tested corpus's unique entity pieces, those the other has, too, in [0, 1]
    f1: float  # zero-shot, in [0, 1]

    def record(self) -> dict[str, object]:
        """Return the row of the CSV file."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Relation:
    """The rank correlation of the pairs of one run; None where they are too few."""

    run: str
    entity: str  # a type, or "all": the pairs of every type together
    n: int
    found: Correlation | None


def pairs(run: str, rows: Iterable[Overlap], cells: Iterable[Transfer]) -> list[CorpusPair]:
    """Return the zero-shot cells whose overlap is known.

    :param cells: of one model.
    """
    rows, found = list(rows), []
    for cell in cells:
        share = shares(rows, cell.entity).get((cell.train, cell.test))
        f1 = cell.score("f1")
        if not cell.is_inside and share is not None and f1 is not None:
            found.append(
                CorpusPair(
                    run=run,
                    train=cell.train,
                    test=cell.test,
                    entity=cell.entity,
                    share=share,
                    f1=f1,
                )
            )
    return found


def relations(found: Sequence[CorpusPair]) -> list[Relation]:
    """Return, for each run, the correlation over all its pairs, then over those of each type."""
    runs = dict.fromkeys(pair.run for pair in found)
    told = []
    for run in runs:
        own = [pair for pair in found if pair.run == run]
        types = sorted({pair.entity for pair in own})
        for entity in (ALL, *types) if len(types) > 1 else types:
            of = [pair for pair in own if entity in (ALL, pair.entity)]
            rho = compute_spearman([pair.share for pair in of], [pair.f1 for pair in of])
            told.append(Relation(run=run, entity=entity, n=len(of), found=rho))
    return told
