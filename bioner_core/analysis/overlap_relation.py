"""Do shared word pieces predict which corpus helps? Overlap and zero-shot F1 of each pair of corpora."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from bioner_core.analysis.overlap import Overlap, compute_shares
from bioner_core.analysis.transfer import Transfer
from bioner_core.curves.points import ALL
from bioner_core.scoring.correlation import Correlation, compute_spearman


@dataclass(frozen=True, kw_only=True)
class CorpusPair:
    """A source and a target corpus: the word pieces their entities share, and zero-shot F1 between them."""

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
class OverlapCorrelation:
    """The rank correlation of the pairs of one run; None where they are too few."""

    run: str
    entity: str  # a type, or "all": the pairs of every type together
    n: int
    correlation: Correlation | None


def build_corpus_pairs(run: str, rows: Iterable[Overlap], cells: Iterable[Transfer]) -> list[CorpusPair]:
    """Pair each zero-shot score with the overlap of its corpora, where that is known.

    :param cells: transfer scores of one model.
    """
    rows, pairs = list(rows), []
    for cell in cells:
        share = compute_shares(rows, cell.entity).get((cell.train, cell.test))
        f1 = cell.score("f1")
        if not cell.is_in_corpus and share is not None and f1 is not None:
            pairs.append(
                CorpusPair(
                    run=run,
                    train=cell.train,
                    test=cell.test,
                    entity=cell.entity,
                    share=share,
                    f1=f1,
                )
            )
    return pairs


def correlate_overlap(pairs: Sequence[CorpusPair]) -> list[OverlapCorrelation]:
    """Return, for each run, the correlation over all its pairs, then over those of each type."""
    runs = dict.fromkeys(pair.run for pair in pairs)
    correlations = []
    for run in runs:
        run_pairs = [pair for pair in pairs if pair.run == run]
        types = sorted({pair.entity for pair in run_pairs})
        for entity in (ALL, *types) if len(types) > 1 else types:
            entity_pairs = [pair for pair in run_pairs if entity in (ALL, pair.entity)]
            shares, scores = [pair.share for pair in entity_pairs], [pair.f1 for pair in entity_pairs]
            correlation = compute_spearman(shares, scores)
            correlations.append(
                OverlapCorrelation(run=run, entity=entity, n=len(entity_pairs), correlation=correlation)
            )
    return correlations
