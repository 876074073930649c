"""Table 3 of the paper: what each corpus brings to each other one, and to itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import NONE, Method


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One cell: trained on one corpus, tested on another (zero-shot) or on itself (in-corpus, full data)."""

    train: str  # corpus, or several: "A+B"
    test: str
    entity: str
    model: str
    method: Method
    size: SizePoint  # scores, means over seeds

    @property
    def is_inside(self) -> bool:
        """Say whether the corpus tested on is the one trained on."""
        return self.train == self.test

    def record(self) -> dict[str, object]:
        """Return the row that ``bioner transfer`` and ``bioner zero-shot`` print."""
        return {
            "train": self.train,
            "test": self.test,
            "model": self.model,
            "method": self.method,
            "entity": self.entity,
            "precision": self.size.precision,
            "recall": self.size.recall,
            "f1": self.size.f1,
            "seeds": self.size.n_seeds,
        }


def transfer_of(curve: Curve) -> Transfer | None:
    """Return a curve's cell: full data without a source, no data with one; None where that is missing."""
    is_inside = curve.source == NONE
    size = curve.full if is_inside else next((size for size in curve.sizes if size.n == 0), None)
    if size is None:
        return None
    return Transfer(
        train=curve.target if is_inside else curve.source,
        test=curve.target,
        entity=curve.entity,
        model=curve.model,
        method=curve.method,
        size=size,
    )


def transfers(found: Iterable[Curve]) -> list[Transfer]:
    """Return the cells that the curves have, in their order."""
    return [cell for curve in found if (cell := transfer_of(curve))]
