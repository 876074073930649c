"""The command line: everything the dashboard can do, for terminals and programs."""

import argparse
import os
import sys
from collections.abc import Sequence

from bioner_core import __version__
from bioner_core.cli import answers, models, rates, reproduce, runs, significance, sources
from bioner_core.cli import app as dashboard
from bioner_core.cli import budget as budgets
from bioner_core.cli import corpus as corpora
from bioner_core.cli import curve as training
from bioner_core.cli import estimate as estimates
from bioner_core.cli import forecast as forecasts
from bioner_core.cli import performance_tables as transfers
from bioner_core.errors import BionerError

PARTS = (  # in the order of the help
    dashboard,
    corpora,
    estimates,
    training,
    models,
    budgets,
    rates,
    answers,
    sources,
    transfers,
    forecasts,
    significance,
    reproduce,
    runs,
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets ``call`` to the function that runs it."""
    whole = argparse.ArgumentParser(prog="bioner", description="How many sentences must be annotated?")
    whole.add_argument("--version", action="version", version=f"bioner {__version__}")
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    for part in PARTS:
        part.add_commands(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :returns: 0 done, 1 the user can put it right, 2 wrong usage, 130 stopped by Ctrl-C
    """
    args = parser().parse_args(arguments)
    try:
        return int(args.call(args) or 0)
    except BionerError as error:
        print("bioner:", " ".join(str(error).split()), file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        print(str(stop) or "bioner: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
