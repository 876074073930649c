"""A project and its rounds: what was sent to annotators, and what they had done when it was fetched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bioner_core.connections.tool import ToolSettings
from bioner_core.corpus.library import validate_name
from bioner_core.costs.rates import Rates
from bioner_core.errors import BionerError

TaskPart = Literal["train", "test"]


@dataclass(frozen=True, kw_only=True)
class Project:
    """What a team annotates, where, at what rates, and up to which goal."""

    name: str
    settings: ToolSettings
    language: str = ""  # ISO 639-1, "" unknown
    domain: str = ""
    fraction: float | None = (
        None  # of the F1 that all texts would give, in (0, 1]; None: as an estimate has it
    )
    rates: Rates | None = None  # None: those of Settings
    label_map: Mapping[str, str] = field(default_factory=dict)  # raw label → type, beside the defaults
    created: str = ""  # UTC, ISO 8601

    def __post_init__(self) -> None:
        """Refuse a name that is no folder, and a goal that is no share."""
        validate_name(self.name, what="project")
        if self.fraction is not None and not 0 < self.fraction <= 1:
            raise BionerError(f"goal {self.fraction:g}: allowed is more than 0, up to 1, such as 0.99.")


@dataclass(frozen=True, kw_only=True)
class SentTask:
    """A text that annotators have got; the text itself stands in the pool."""

    key: str  # of the text
    part: TaskPart  # of the corpus that its sentences join
    at: str  # UTC, ISO 8601
    chosen_by: str = "random"  # or a strategy, or "file"
    batch: str = ""  # id of the push; "" of an older program


@dataclass(frozen=True, kw_only=True)
class Round:
    """What was annotated at a moment. Forecasts, plans and F1 are read off its run."""

    number: int  # 0 is the corpus that the project began with
    at: str  # UTC, ISO 8601
    digest: str  # of the annotated corpus
    run: str  # that estimates it; "" where nothing is trained yet
    n_train: int  # annotated sentences to train on
    n_test: int  # and to test on
    n_pool: int  # sentences to train on, annotated or not
    n_texts: int = 0  # annotated in the tool
    n_strange: int = 0  # of these, texts that this project has not sent
    n_sentences: int = 0  # in these texts
    days: Mapping[str, int] = field(default_factory=dict)  # texts by the day of their first annotation (UTC)
    agreement_f1: float | None = None  # of annotators of the same texts, in [0, 1]
    seconds_per_sentence: float | None = None  # mean, as the tool measured it
    seconds_source: str = ""
