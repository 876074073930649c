"""How far a run in training is: lines on the terminal, which it writes over, or in a log, a few."""

import sys
import time

from bioner_core.study.duration import duration
from bioner_core.study.jobs import Done, Failed, Outcome
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState

POLL_SECONDS = 1.0  # between looks at a run that another process works on
QUIET_SECONDS = 30.0  # without a finished model, after which a log hears how far it is


class Line:
    """The last line of a terminal, written over again and again; nothing where stderr is none."""

    def __init__(self) -> None:
        self.is_terminal = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Write it over."""
        if self.is_terminal:
            print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room for what stays."""
        self.show("")


class Bar:
    """One line a finished model; on a terminal also one on the model in training."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.line = Line()

    def show(self, outcome: Outcome) -> None:
        """Tell what came of a job, or how far it is."""
        job = outcome.job
        what = f"{job.target} from {job.source}, {job.n_sentences:,} sentences, seed {job.seed}"
        if isinstance(outcome, Done | Failed):
            state = self.run.state()
            told = _scores(outcome) if isinstance(outcome, Done) else outcome.reason
            self.line.clear()
            n_ended = state.n_done + state.n_failed
            print(f"[{n_ended}/{state.n_jobs}{_left(state)}] {what}: {told}", file=sys.stderr)
        else:
            self.line.show(f"{what}: {outcome.phase} {outcome.done}/{outcome.total}")


def _scores(done: Done) -> str:
    """Return the F1 of each type in percent, "–" where the test part has no mention of it."""
    known = [(point.entity, point.known_f1) for point in done.points]
    return ", ".join(f"{entity} F1 {'–' if f1 is None else f'{100 * f1:.1f}'}" for entity, f1 in known)


def _left(state: RunState) -> str:
    return "" if state.seconds_left is None else f", {duration(state.seconds_left)} left"


def follow(run: Run) -> None:
    """Show how another process's worker gets on, until it ends."""
    line, n_told, told_at = Line(), -1, 0.0
    while (state := run.state()).is_live:
        told = f"{run.name}: {state.n_done} of {state.n_jobs} models{_left(state)}"
        line.show(told)
        n_ended, at = state.n_done + state.n_failed, time.monotonic()
        if not line.is_terminal and (n_ended != n_told or at - told_at >= QUIET_SECONDS):
            print(told, file=sys.stderr, flush=True)
            n_told, told_at = n_ended, at
        time.sleep(POLL_SECONDS)
    line.clear()
