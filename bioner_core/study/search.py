"""A search: a study that grows by the models that tell most, round by round, until its number is exact."""

from dataclasses import dataclass, replace
from typing import Literal

from bioner_core.errors import BionerError

UNTIL = 1.5  # high / low of the 90 % interval at which a search ends

SearchEnd = Literal["", "reached", "floor", "models", "time", "failures", "exhausted"]


@dataclass(frozen=True, kw_only=True)
class SearchRound:
    """One decision of a search: the models it added, or why it ended, and what was known then."""

    at: str  # UTC, ISO 8601
    seconds: float  # that workers have spent on the search so far
    jobs: tuple[str, ...] = ()  # ids of the jobs added
    target: str = ""  # of the widest row, which decides; "" where no row has an interval
    source: str = ""
    entity: str = ""
    low: int | None = None  # 90 % interval of its plan, in sentences; None where unknown
    high: int | None = None
    ratio: float | None = None  # high / low; None without two ends
    floor: float | None = None  # the ratio if every size were trained very often; None where unknown
    n_more: int | None = None  # models that are expected to reach the goal, these included; None: unknown
    seconds_more: float | None = None  # that they are expected to take; None: more models are needed
    reason: str = ""  # in plain words
    end: SearchEnd = ""  # why the search ended; "" while it goes on


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search is for, how far it may go, and its rounds."""

    target: str | None = None  # whose number is searched for, as for source and entity; None: all of them
    source: str | None = None
    entity: str | None = None
    fraction: float = 0.99  # of full F1, in (0, 1]; unused where ``goal_f1`` is given
    goal_f1: float | None = None
    until: float = UNTIL  # high / low of the 90 % interval of every searched row
    max_models: int | None = None  # that may be added to the first ones; None: no limit
    max_seconds: float | None = None  # after which no model is added; None: no limit
    rounds: tuple[SearchRound, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        if self.until <= 1:
            raise BionerError(f"until is {self.until:g}; it must be above 1, such as 1.5: high / low.")
        if not 0 < self.fraction <= 1:
            raise BionerError(f"the fraction is {self.fraction:g}; it must be above 0 and at most 1.")
        if self.goal_f1 is not None and not 0 < self.goal_f1 <= 1:
            raise BionerError(f"the goal is an F1 of {self.goal_f1:g}; it must be above 0 and at most 1.")
        if self.max_models is not None and self.max_models < 0:
            raise BionerError(f"the most models are {self.max_models}; allowed is 0 or more.")
        if self.max_seconds is not None and self.max_seconds <= 0:
            raise BionerError(f"the most minutes are {self.max_seconds / 60:g}; allowed is more than 0.")

    @property
    def is_open(self) -> bool:
        """Say whether the search may add models."""
        return not (self.rounds and self.rounds[-1].end)

    @property
    def last_round(self) -> SearchRound | None:
        """Return the latest decision; None before the first."""
        return self.rounds[-1] if self.rounds else None

    @property
    def n_models(self) -> int:
        """Return the number of models added so far."""
        return sum(len(step.jobs) for step in self.rounds)

    @property
    def seconds(self) -> float:
        """Return the seconds that workers have spent on the search up to its last round."""
        return self.rounds[-1].seconds if self.rounds else 0.0

    def add_round(self, step: SearchRound) -> "Search":
        """Return the search with one more round."""
        return replace(self, rounds=(*self.rounds, step))


def merge_searches(old: tuple[Search, ...], new: tuple[Search, ...]) -> tuple[Search, ...]:
    """Return the searches of two plans of one run; of the same search, the one with more rounds."""
    merged = list(old)
    for search in new:
        plans = [replace(other, rounds=()) for other in merged]
        same = [i for i, plan in enumerate(plans) if plan == replace(search, rounds=())]
        if not same:
            merged.append(search)
        elif len(search.rounds) > len(merged[same[-1]].rounds):
            merged[same[-1]] = search
    return tuple(merged)
