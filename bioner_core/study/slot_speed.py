"""How fast a slot trains of late, and when models that are trained side by side are done."""

from collections import deque
from collections.abc import Iterable
from heapq import heapreplace
from math import ceil

RECENT_SHARE = 1 / 3  # of the training: other programs come and go, so what was measured first is no guide
GAP_SECONDS = 5.0  # between two models of a slot, which count as its training
MIN_SECONDS = 20.0  # a speed measured over less time depends on which models happen to be trained


class SlotSpeed:
    """Measures how long a slot takes for a unit of workload, and how many slots train, of late."""

    def __init__(self) -> None:
        self._seconds = self._slot_seconds = 0.0  # of training; the slots' added up
        self._busy = deque[tuple[float, int]]()  # seconds, and the models that were trained side by side then
        self._marks = deque([(0.0, 0.0, 0.0)])  # seconds, slot seconds, and units that were done by then

    def note(self, seconds: float, n_busy: int) -> None:
        """Note that so many models were trained side by side until now.

        :param seconds: of training so far; a pause does not count.
        """
        self._busy.append((seconds, n_busy))
        while self._busy[0][0] < seconds - GAP_SECONDS:
            self._busy.popleft()
        n_slots = max(1, *(n for _, n in self._busy))
        self._slot_seconds += max(0.0, seconds - self._seconds) * n_slots
        self._seconds = max(self._seconds, seconds)

    def measure(self, done: float) -> tuple[float, int] | None:
        """Return a slot's seconds per unit, and the number of slots; None before the first unit.

        :param done: units of workload so far.
        """
        if not done or not self._seconds:
            return None
        begin = self._seconds - max(MIN_SECONDS, RECENT_SHARE * self._seconds)
        while len(self._marks) > 1 and (self._marks[1][0] <= begin or self._marks[0][2] >= done):
            self._marks.popleft()
        if self._seconds > self._marks[-1][0]:
            self._marks.append((self._seconds, self._slot_seconds, done))
        began, slots_began, before = self._marks[0]
        if done <= before:
            began = slots_began = before = 0.0  # nothing is done of late: all of it counts
        seconds, slot_seconds = self._seconds - began, self._slot_seconds - slots_began
        return slot_seconds / (done - before), max(1, ceil(slot_seconds / seconds - 0.25))


def compute_end(running: Iterable[float], waiting: Iterable[float], n_slots: int) -> float:
    """Return when the last model is done, where the longest of those that wait begins first.

    >>> compute_end([], [2, 2, 2], n_slots=2), compute_end([1, 1], [2], n_slots=2), compute_end([], [], 2)
    (4.0, 3.0, 0.0)
    """
    ends = [0.0] * n_slots
    for length in (*sorted(running, reverse=True), *sorted(waiting, reverse=True)):
        heapreplace(ends, ends[0] + length)
    return max(ends)
