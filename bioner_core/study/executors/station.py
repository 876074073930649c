"""A station: a slot of a worker with its helper process, and its turn in the machine's queue."""

from dataclasses import dataclass

from bioner_core.study.executors.helper import Helper
from bioner_core.study.executors.queue import Turn
from bioner_core.study.executors.slots import Slot


@dataclass(kw_only=True)
class Station:
    """A slot with its helper, which starts with its first batch, and its turn in the queue."""

    number: int
    slot: Slot
    helper: Helper | None = None
    turn: Turn | None = None
    n_deaths: int = 0  # of helpers since the last finished job
    is_left_out: bool = False  # lost, or full
    idle_since: float = 0.0  # monotonic

    @property
    def is_training(self) -> bool:
        """Return whether its helper has a batch, and has reported before."""
        return self.helper is not None and self.helper.is_busy and not self.helper.is_silent

    @property
    def is_busy(self) -> bool:
        """Return whether its helper has a batch."""
        return self.helper is not None and self.helper.is_busy

    def stop_helper(self) -> None:
        """End its helper, if it has one."""
        if self.helper:
            self.helper.stop()
        self.helper = None
