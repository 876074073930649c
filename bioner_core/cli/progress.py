"""How far a run in training is: lines on the terminal, which it writes over, or in a log, a few."""

import sys
import time

from bioner_core.answers.wording.progress import describe_progress, describe_time_left
from bioner_core.answers.wording.search import describe_round
from bioner_core.study.jobs import PAUSED, WAITING, JobFailure, JobOutcome, JobResult
from bioner_core.study.run import Run
from bioner_core.study.search import Search

POLL_SECONDS = 1.0  # between looks at a run that another process works on
QUIET_SECONDS = 30.0  # without a finished model, after which a log hears how far it is
FIRST_SECONDS = 10.0  # until it hears so for the first time


class TerminalLine:
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


class SearchLog:
    """A line a round of a search: the interval by now, and what comes next."""

    def __init__(self, n_printed: int | None = None) -> None:
        self.n_printed = n_printed  # rounds before the first to print; None: all that there are by then

    def show(self, search: Search | None) -> None:
        """Print the rounds that were added since."""
        if search is None:
            return
        n_before = len(search.rounds) if self.n_printed is None else self.n_printed
        for step in search.rounds[n_before:]:
            TerminalLine().clear()
            print(describe_round(search, step), file=sys.stderr)
            if not step.end:
                print(f"next: {step.reason}", file=sys.stderr)
        self.n_printed = len(search.rounds)


class ProgressLog:
    """One line a finished model; on a terminal also one on the model in training."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.line = TerminalLine()
        search = run.study.search
        self.rounds = SearchLog(len(search.rounds) if search else 0)
        self.logged_at = time.monotonic() - QUIET_SECONDS + FIRST_SECONDS

    def show(self, outcome: JobOutcome) -> None:
        """Tell what came of a job, or how far it is."""
        self.rounds.show(self.run.study.search)
        job = outcome.job
        model = f"{job.target} from {job.arm}, {job.n_sentences:,} sentences, seed {job.seed}"
        if isinstance(outcome, JobResult | JobFailure):
            state = self.run.state()
            result = _format_scores(outcome) if isinstance(outcome, JobResult) else outcome.reason
            self.line.clear()
            n_ended = state.n_done + state.n_failed
            print(f"[{n_ended}/{state.n_jobs}{describe_time_left(state)}] {model}: {result}", file=sys.stderr)
            self.logged_at = time.monotonic()
        else:
            text = f"{model}: {outcome.phase} {outcome.done}/{outcome.total}"
            if outcome.phase in (WAITING, PAUSED):
                text = f"{self.run.name}: {describe_progress(self.run.state())}"
            self.line.show(text)
            self._log_long_phase()

    def _log_long_phase(self) -> None:
        """Print how far the run is, where no terminal shows it and nothing was printed for long."""
        if not self.line.is_terminal and time.monotonic() - self.logged_at >= QUIET_SECONDS:
            print(f"{self.run.name}: {describe_progress(self.run.state())}", file=sys.stderr, flush=True)
            self.logged_at = time.monotonic()


def _format_scores(done: JobResult) -> str:
    """Return the F1 of each type in percent, "–" where the test part has no mention of it."""
    scores = [(point.entity, point.tested_f1) for point in done.points]
    return ", ".join(f"{entity} F1 {'–' if f1 is None else f'{100 * f1:.1f}'}" for entity, f1 in scores)


def follow_worker(run: Run) -> None:
    """Show how another process's worker gets on, until it ends."""
    line, rounds, n_logged, logged_at = TerminalLine(), SearchLog(), -1, 0.0
    while (state := run.state()).is_live:
        rounds.show(state.search)
        text = f"{run.name}: {describe_progress(state)}"
        line.show(text)
        n_ended, now = state.n_done + state.n_failed, time.monotonic()
        if not line.is_terminal and (n_ended != n_logged or now - logged_at >= QUIET_SECONDS):
            print(text, file=sys.stderr, flush=True)
            n_logged, logged_at = n_ended, now
        time.sleep(POLL_SECONDS)
    line.clear()
    rounds.show(state.search)
