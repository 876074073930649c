"""How many sentences a second each device reads in training, over the last minute."""

import time
from collections import deque

WINDOW_SECONDS = 60.0  # over which passes are counted
MIN_SECONDS = 3.0  # a speed measured over less time is too noisy


class Throughput:
    """Counts the sentence passes of each device, from what its jobs have read by now."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], float] = {}  # passes by job id and phase
        self._read: deque[tuple[float, str, float]] = deque()  # monotonic time, device, passes
        self._began: dict[str, float] = {}  # first report of each device, monotonic
        self._latest = ""  # the device that reported last

    def note(self, job_id: str, phase: str, passes: float, *, device: str) -> None:
        """Note the passes that a phase of a job has read since its start.

        :param device: "" where only the result of the job says that it is done.
        """
        now, device = time.monotonic(), device or self._latest
        self._latest = device
        self._began.setdefault(device, now)
        read = passes - self._counts.get((job_id, phase), 0.0)
        self._counts[job_id, phase] = passes
        if read > 0:  # less: the job was begun anew
            self._read.append((now, device, read))
        while self._read and self._read[0][0] < now - WINDOW_SECONDS:
            self._read.popleft()

    def forget(self, job_id: str) -> None:
        """Drop the counts of a job that is over."""
        for key in [key for key in self._counts if key[0] == job_id]:
            del self._counts[key]

    def measure(self, device: str) -> float | None:
        """Return sentence passes per second; None before they are measured."""
        now = time.monotonic()
        seconds = min(WINDOW_SECONDS, now - self._began.get(device, now))
        passes = sum(n for at, name, n in self._read if name == device and at >= now - WINDOW_SECONDS)
        return passes / seconds if seconds >= MIN_SECONDS and passes else None
