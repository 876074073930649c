"""``bioner runs cancel``, ``pause``, ``continue`` and ``priority``: who trains on this machine, and when."""

import argparse
from shlex import quote

from bioner_core.cli.output import Commands
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.study.wishes import PRIORITIES


def add_queue_commands(actions: Commands) -> None:
    """Add the four actions to those of ``runs``."""
    cancelling = actions.add_parser("cancel", help="stop the worker; finished models are kept")
    cancelling.set_defaults(call=cancel_run)
    pausing = actions.add_parser("pause", help="begin no further model; those in training end first")
    pausing.set_defaults(call=pause_run)
    continuing = actions.add_parser("continue", help="go on after a pause")
    continuing.set_defaults(call=continue_run)
    ranking = actions.add_parser("priority", help="who trains first where several runs share this machine")
    ranking.set_defaults(call=set_priority)
    for action in (cancelling, pausing, continuing, ranking):
        action.add_argument("run", help="name of the run")
    ranking.add_argument("priority", choices=PRIORITIES, help="high goes first, low goes last")


def cancel_run(args: argparse.Namespace) -> None:
    """Ask the worker to stop."""
    run = RunStore().open(args.run)
    if not run.state().is_live:
        raise BionerError(f"run {run.name}: no worker is running, so there is nothing to cancel.")
    run.cancel()
    print(f"{run.name}: stopping; finished models are kept")


def pause_run(args: argparse.Namespace) -> None:
    """Ask the worker of a run to begin no further model."""
    run = _open_live(args.run)
    run.pause()
    print(f"{run.name}: paused; models in training end first; go on: bioner runs continue {quote(run.name)}")


def continue_run(args: argparse.Namespace) -> None:
    """Let the worker of a paused run go on."""
    run = _open_live(args.run)
    if not run.state().is_paused:
        raise BionerError(f"run {run.name}: is not paused.")
    run.pause(False)
    print(f"{run.name}: goes on")


def set_priority(args: argparse.Namespace) -> None:
    """Store the priority of a run."""
    run = RunStore().open(args.run)
    run.set_priority(args.priority)
    print(f"{run.name}: priority {args.priority}, from its next model on")


def _open_live(name: str) -> Run:
    run = RunStore().open(name)
    if not run.state().is_live:
        raise BionerError(
            f"run {run.name}: no worker is running. Start one with: bioner runs resume {quote(run.name)}"
        )
    return run
