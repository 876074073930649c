"""What a plan needs before it starts: models, sentence passes, time and its basis, money and energy."""

from collections.abc import Mapping
from dataclasses import dataclass

from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.rates import Rates
from bioner_core.study.duration import estimate_seconds, estimate_seconds_elsewhere, explain_time
from bioner_core.study.executors.backend import Backend
from bioner_core.study.plan import Study
from bioner_core.study.store import RunStore

LONG_SECONDS = 86_400.0  # from which a plan comes with ways out


@dataclass(frozen=True, kw_only=True)
class PlannedWork:
    """The work of a plan on one place."""

    study: Study  # the jobs that are still to be trained
    place: str  # as ``Backend.place`` names it; "" is this machine
    seconds: float | None  # None where nothing similar was measured there
    seconds_elsewhere: float | None  # on the machine of the shipped runs, where nothing is known of this one
    basis: str  # what the time rests on, or why there is none
    money: float | None  # in ``currency``; None without a time or a price
    currency: str
    kwh: float | None  # None without a time or watts

    @property
    def is_long(self) -> bool:
        """Say whether it takes a day or more, as far as is known."""
        return (self.seconds or self.seconds_elsewhere or 0) >= LONG_SECONDS


def plan_work(
    study: Study, store: RunStore, corpora: Mapping[str, Corpus], *, backend: Backend, rates: Rates
) -> PlannedWork:
    """Return the work of a study in a place, at the prices of Settings.

    :param corpora: by name, as ``estimate_seconds`` takes them.
    """
    seconds = estimate_seconds(study, store, corpora, backend.place)
    is_unknown_here = seconds is None and not backend.place
    hours = None if seconds is None else seconds / 3600
    price, watts = rates.machine_price, rates.machine_watts
    return PlannedWork(
        study=study,
        place=backend.place,
        seconds=seconds,
        seconds_elsewhere=estimate_seconds_elsewhere(study, store)[0] if is_unknown_here else None,
        basis=explain_time(study, store, seconds, backend.place),
        money=None if hours is None or price is None else hours * price,
        currency=rates.currency,
        kwh=None if hours is None or watts is None else hours * watts / 1000,
    )
