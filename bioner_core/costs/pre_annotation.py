"""What it takes to correct a system's annotations in place of annotating from nothing.

Part of the time marks mentions; the rest reads, which correcting does not spare. Each mention that the
system proposes is checked, right or wrong; each that it misses is marked as before:

    time with / time without = 1 - marking + marking * (1 - recall + checking * recall / precision)

recall / precision is the number of proposed mentions for each true one. The formula is our own count of
these steps, not a published law. ``marking`` is the team's own, or follows from two timed batches.
"""

from dataclasses import dataclass, replace

from bioner_core.costs.hours_and_money import Cost
from bioner_core.costs.rates import Rates, replace_seconds
from bioner_core.errors import BionerError


@dataclass(frozen=True, kw_only=True)
class Proposals:
    """Mentions that a system proposes in a text, against the true ones; all types together."""

    n_mentions: float  # true ones
    n_proposed: float
    n_right: float  # of the proposed ones

    def __post_init__(self) -> None:
        """Refuse counts that contradict each other."""
        if not 0 <= self.n_right <= min(self.n_mentions, self.n_proposed) + 1e-6 or self.n_mentions <= 0:
            raise BionerError(
                f"proposals: {self.n_right:g} right of {self.n_proposed:g} proposed and {self.n_mentions:g} "
                "true mentions. The right ones are at most the others, and one true mention is needed."
            )

    @property
    def precision(self) -> float:
        """Return the share of the proposed mentions that are right, in [0, 1]; 0 where there are none."""
        return self.n_right / self.n_proposed if self.n_proposed else 0.0

    @property
    def recall(self) -> float:
        """Return the share of the true mentions that are proposed, in [0, 1]."""
        return self.n_right / self.n_mentions

    @property
    def f1(self) -> float:
        """Return F1, in [0, 1]."""
        return 2 * self.n_right / (self.n_mentions + self.n_proposed)


@dataclass(frozen=True, kw_only=True)
class TimedBatch:
    """Sentences that a team annotated, and the time it took one person."""

    n_sentences: int
    minutes: float

    def __post_init__(self) -> None:
        """Refuse an empty batch and a time that is none."""
        if self.n_sentences < 1 or not 0 < self.minutes < float("inf"):
            raise BionerError(
                f"timed batch: {self.n_sentences} sentences in {self.minutes:g} minutes; allowed is more "
                "than 0 of both."
            )

    @property
    def seconds(self) -> float:
        """Return the seconds per sentence."""
        return 60 * self.minutes / self.n_sentences


def compute_correction_factor(proposals: Proposals, rates: Rates) -> float | None:
    """Return the time of correcting as a share of annotating from nothing; None where no saving is stated.

    >>> half = Proposals(n_mentions=100, n_proposed=80, n_right=60)
    >>> round(compute_correction_factor(half, Rates(marking=0.5, checking=0.5)), 3)
    0.9
    """
    if rates.marking is None:
        return None
    return 1 - rates.marking * _compute_spared_share(proposals, rates.checking)


def _compute_spared_share(proposals: Proposals, checking: float) -> float:
    """Return the share of marking that correcting spares; below 0 where too much is wrong."""
    return (proposals.n_right - checking * proposals.n_proposed) / proposals.n_mentions


def correct_cost(cost: Cost, factor: float) -> Cost:
    """Return the cost of correcting the same sentences, in a share ``factor`` of the annotation hours."""
    return replace(
        cost,
        annotation_hours_low=factor * cost.annotation_hours_low,
        annotation_hours_high=factor * cost.annotation_hours_high,
    )


def derive_marking(without: TimedBatch, corrected: TimedBatch, proposals: Proposals, rates: Rates) -> float:
    """Return the share of the time that marks mentions, from two batches of the same kind of sentences.

    :param without: annotated from nothing, and ``corrected``: with the system's proposals.
    :param proposals: of the system whose annotations were corrected.
    :raises BionerError: correcting took no less time, or less than checking the proposals allows.
    """
    ratio = corrected.seconds / without.seconds
    spared = _compute_spared_share(proposals, rates.checking)
    times = f"{corrected.seconds:.1f} s per sentence with correcting, {without.seconds:.1f} s without"
    if ratio >= 1:
        raise BionerError(
            f"two batches: {times}, so correcting saved no time. Annotate from nothing, or time "
            "larger batches."
        )
    if spared <= 0 or (marking := (1 - ratio) / spared) > 1:
        raise BionerError(
            f"two batches: {times}. If checking a mention takes {100 * rates.checking:g} % of marking it, "
            f"this system spares {max(0.0, 100 * spared):.0f} % of marking: too little for that saving. "
            "State a "
            "lower share for checking, or time larger batches."
        )
    return round(marking, 3)


def apply_timed_batches(
    without: TimedBatch, corrected: TimedBatch, proposals: Proposals, rates: Rates
) -> Rates:
    """Return rates with the speed of the batch from nothing, and the share of marking that both tell.

    :raises BionerError: as ``derive_marking``, or a speed that is not allowed.
    """
    marking = derive_marking(without, corrected, proposals, rates)
    return replace(replace_seconds(rates, seconds=round(without.seconds, 1)), marking=marking)
