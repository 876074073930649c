"""``bioner runs watch``: a live table of the runs in training; without a terminal, a line for each change."""

import argparse
import shutil
import sys
import time
from collections.abc import Mapping
from shlex import quote

from bioner_core.answers.wording.devices import compute_passes_per_second, describe_device
from bioner_core.answers.wording.numbers import format_bytes, format_count
from bioner_core.answers.wording.progress import describe_progress, format_status
from bioner_core.cli.output import Commands, format_table
from bioner_core.study.duration import format_duration
from bioner_core.study.live_runs import list_live_runs
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore

POLL_SECONDS = 1.0
States = Mapping[str, RunState]  # by the name of the run


def add_watch(actions: Commands) -> None:
    """Add the action to those of ``runs``."""
    watching = actions.add_parser("watch", help="show the runs in training, until they end")
    watching.add_argument("runs", nargs="*", metavar="RUN", help="name of a run (default: all in training)")
    watching.set_defaults(call=watch_runs)


def watch_runs(args: argparse.Namespace) -> int:
    """Show runs until no worker trains them; runs that start meanwhile join where none is named.

    :returns: 0 all models are trained, 1 some are not
    :raises KeyboardInterrupt: Ctrl-C; training goes on.
    """
    store = RunStore()
    names = dict.fromkeys(store.open(name).name for name in args.runs)
    view = _LiveTable() if sys.stdout.isatty() else _ChangeLog()
    try:
        while True:
            if not args.runs:
                names |= dict.fromkeys(run.name for run in list_live_runs(store))
            states = {name: store.open(name).state() for name in names if name in store.names()}
            view.show(states)
            if not any(state.is_live for state in states.values()):
                break
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        again = " ".join(["bioner runs watch", *map(quote, args.runs)])
        raise KeyboardInterrupt(f"\ntraining goes on; watch again: {again}") from None
    if not states:
        print("no run is in training; start one: bioner curve, or bioner runs resume RUN")
    return int(any(state.n_pending or state.n_failed for state in states.values()))


class _ChangeLog:
    """A line for each change of a run: for logs and programs."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[object, ...]] = {}

    def show(self, states: States) -> None:
        for name, state in states.items():
            step = (state.status, state.place, state.n_done, state.n_failed)
            if self._seen.get(name) != step:
                print(f"{name}: {describe_progress(state)}", flush=True)
            self._seen[name] = step


class _LiveTable:
    """A table that is written over; it never leaves more lines than the terminal has."""

    def __init__(self) -> None:
        self._n_lines = 0

    def show(self, states: States) -> None:
        width, height = shutil.get_terminal_size()
        lines = [line[: width - 1] for line in _format_lines(states)][: height - 1]
        up = f"\x1b[{self._n_lines}F" if self._n_lines else ""
        print(f"{up}\x1b[J" + "\n".join(lines), flush=True)
        self._n_lines = len(lines)


def _format_lines(states: States) -> list[str]:
    lines = format_table([_build_row(name, state) for name, state in states.items()]).splitlines()
    for name, state in states.items():
        devices = state.worker.devices if state.worker else ()
        lines += [f"  {name}: {describe_device(device)}" for device in devices if len(devices) > 1]
    return lines


def _build_row(name: str, state: RunState) -> dict[str, object]:
    devices = state.worker.devices if state.worker else ()
    speed, memory = compute_passes_per_second(devices), sum(device.memory for device in devices)
    return {
        "run": name,
        "state": format_status(state),
        "done": f"{format_count(state.n_done)} of {format_count(state.n_jobs)}",
        "failed": state.n_failed,
        "training": sum(device.n_running for device in devices),
        "passes/s": None if speed is None else format_count(speed),
        "memory": format_bytes(memory) if memory else None,
        "left": None if state.seconds_left is None else format_duration(state.seconds_left),
    }
