"""The time that a frozen encoder takes to read the corpora of a run, before heads are trained."""

import time
from collections.abc import Mapping

from bioner_core.study.jobs import JobProgress, format_reading

MIN_SECONDS = 2.0  # a speed measured over less time is too noisy


class ReadingClock:
    """Measures how fast words are read, and how long the rest takes.

    :param words: to be read, by corpus.
    """

    def __init__(self, words: Mapping[str, int]) -> None:
        self._names = {format_reading(name): name for name in words}
        self._left = dict(words)
        self._corpus = ""
        self._start = (0.0, 0)  # time and words of a corpus when its measurement began
        self._now = (0.0, 0)
        self._words, self._seconds = 0, 0.0  # measured before ``_start``
        self._is_tried = False  # a trial of the training was made

    def observe(self, progress: JobProgress) -> bool:
        """Note a report; return whether it is one of reading."""
        if progress.phase not in self._names:
            return False
        name, now = self._names[progress.phase], time.monotonic()
        if name == self._corpus and progress.done < self._now[1]:
            return True  # a node of a cluster that began later
        self._left[name] = max(0, progress.total - progress.done)
        is_first_trial, self._is_tried = not self._is_tried, self._is_tried or bool(progress.seconds_per_pass)
        if name != self._corpus or not self._start[1] or (is_first_trial and self._is_tried):
            # An encoder is loaded before the first words, and a trial of the training stops the reading.
            self._words, self._seconds = self._sum_measured()
            self._corpus, self._start = name, (now, progress.done)
        self._now = (now, progress.done)
        return True

    def end(self) -> None:
        """Note that nothing is left to read: models are trained."""
        self._left = dict.fromkeys(self._left, 0)

    @property
    def words_per_second(self) -> float | None:
        """Return the speed measured so far; None before it is measured."""
        words, seconds = self._sum_measured()
        return words / seconds if words and seconds >= MIN_SECONDS else None

    def estimate_seconds_left(self, words_per_second: float | None) -> float | None:
        """Return the time for the words that are left; None where no speed is known.

        :param words_per_second: of earlier runs, which counts until the speed is measured.
        """
        n_left, speed = sum(self._left.values()), self.words_per_second or words_per_second
        return 0.0 if not n_left else None if not speed else n_left / speed

    def _sum_measured(self) -> tuple[int, float]:
        """Return the words read and the seconds taken in all measurements."""
        (began, first), (now, last) = self._start, self._now
        return self._words + last - first, self._seconds + now - began
