"""The interface of what decides the next models of a search; the command line passes it to the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bioner_core.study.jobs import TrainJob
from bioner_core.study.run import Run
from bioner_core.study.search import SearchRound


@dataclass(frozen=True, kw_only=True)
class SearchStep:
    """A decision: jobs to add, or none where the search ends."""

    round: SearchRound
    jobs: tuple[TrainJob, ...] = ()


class Chooser(Protocol):
    """Decides what an open search trains next."""

    def __call__(self, run: Run, *, under_way: Sequence[TrainJob], seconds: float) -> SearchStep | None:
        """Return the next step; None to wait for the jobs under way.

        :param under_way: jobs in training or about to be trained
        :param seconds: that workers have spent on the search so far
        """
        ...
