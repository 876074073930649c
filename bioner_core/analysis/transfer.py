"""Table 3 of the paper: scores on each corpus of a model trained on each other one, and on itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import NONE, Method

Measure = Literal["precision", "recall", "f1"]


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One cell: trained on one corpus, tested on another (zero-shot) or on itself (in-corpus, full data)."""

    train: str  # corpus, or several: "A+B"
    test: str
    entity: str
    model: str
    method: Method
    size: SizePoint
    is_tested: bool  # the test part has a mention, so that there are scores

    @property
    def is_in_corpus(self) -> bool:
        """Tell whether training and test corpus are the same."""
        return self.train == self.test

    def score(self, measure: Measure) -> float | None:
        """Return a score, mean over seeds, in [0, 1]; None where it is unknown."""
        value: float | None = getattr(self.size, measure)
        return value if self.is_tested else None

    def record(self) -> dict[str, object]:
        """Return the row that ``bioner transfer`` and ``bioner zero-shot`` print."""
        return {
            "train": self.train,
            "test": self.test,
            "model": self.model,
            "method": self.method,
            "entity": self.entity,
            "precision": self.score("precision"),
            "recall": self.score("recall"),
            "f1": self.score("f1"),
            "seeds": self.size.n_seeds,
        }


def build_transfer(curve: Curve) -> Transfer | None:
    """Return a curve's cell: full data without a source, zero-shot with one; None where that is missing."""
    is_in_corpus = curve.source == NONE
    size = curve.full if is_in_corpus else curve.zero_shot
    if size is None:
        return None
    return Transfer(
        train=curve.target if is_in_corpus else curve.source,
        test=curve.target,
        entity=curve.entity,
        model=curve.model,
        method=curve.method,
        size=size,
        is_tested=curve.is_tested,
    )


def list_transfers(curves: Iterable[Curve]) -> list[Transfer]:
    """Return the cells of the curves, in their order."""
    return [cell for curve in curves if (cell := build_transfer(curve))]
