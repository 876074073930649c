"""The table of points: everything the program knows about performance."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Literal

from bioner_core.errors import BionerError

Method = Literal["finetune", "probe"]
ALL = "all"  # the entity name of the micro average over the kept types


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """The outcome of one trained model for one entity type. None where unknown (published runs)."""

    target: str  # corpus trained and tested on
    source: str  # corpus pretrained on: "none", "A", "A+B" (together), "A:B" (one after the other)
    model: str  # encoder, "Multi-BERT" …
    method: Method
    entity: str  # entity type, or "all"
    n_sentences: int  # target sentences trained on; 0 is zero-shot
    n_mentions: int | None = None  # training mentions of this entity in them
    train_size: int | None = None  # sentences of the whole training part
    is_full: bool = False  # trained on the whole training part
    seed: int | None = None
    precision: float | None = None  # in [0, 1]
    recall: float | None = None  # in [0, 1]
    f1: float  # exact span and type, micro-averaged over the test part, in [0, 1]
    support: int | None = None  # test mentions of this entity
    seconds: float | None = None  # wall time of the whole job
    is_interpolated: bool = False  # read off the line between two neighbours, not measured itself

    def __post_init__(self) -> None:
        """Refuse scores outside [0, 1] and negative sizes."""
        for name in ("precision", "recall", "f1"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise BionerError(f"point {self.label}: {name} is {value}; it must lie in 0 to 1.")
        if self.n_sentences < 0:
            raise BionerError(f"point {self.label}: n_sentences is {self.n_sentences}; 0 or more.")

    @property
    def label(self) -> str:
        """Return target, entity, source and size in words, for messages."""
        return f"{self.target} {self.entity} from {self.source} at {self.n_sentences}"


COLUMNS = tuple(f.name for f in fields(CurvePoint) if f.name != "is_interpolated")


def points_csv(points: Iterable[CurvePoint]) -> str:
    """Return the CSV export: one row a point, the columns of ``COLUMNS``, empty where unknown."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for point in points:
        writer.writerow(asdict(point))
    return text.getvalue()
