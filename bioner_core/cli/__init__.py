"""The command line: everything the dashboard can do, for terminals and programs."""

import argparse
import gc
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module

from bioner_core import __version__
from bioner_core.errors import BionerError

COMMANDS = {  # module of this folder → its commands, in the order of the help
    "app": ("app",),
    "corpus": ("corpus",),
    "estimate": ("estimate",),
    "curve": ("curve", "transfer"),
    "models": ("models",),
    "budget": ("budget", "report", "export"),
    "predictions": ("predictions",),
    "rounds": ("rounds",),
    "rates": ("rates",),
    "answers": ("answers",),
    "sources": ("sources",),
    "strategies": ("strategies",),
    "next_batch": ("next",),
    "performance_tables": ("in-corpus", "zero-shot"),
    "forecast": ("forecast",),
    "significance": ("significance",),
    "reproduce": ("reproduce",),
    "runs": ("runs",),
    "backend": ("backend",),
}
YOUNG_OBJECTS = 100_000  # before garbage is collected; with Python's 700, a fifth of the reading time
MAX_DIGITS = 15  # of a number; more are exact neither in JSON nor in a chart
_LONG_NUMBER = re.compile(rf"[\d.,:+=-]*\d{{{MAX_DIGITS + 1},}}[\d.,:+-]*")


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets ``call`` to the function that runs it.

    :param command: loads its module alone, which is sooner; another word loads all.
    """
    parser = argparse.ArgumentParser(prog="bioner", description="How many sentences must be annotated?")
    parser.add_argument("--version", action="version", version=f"bioner {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in [name for name, words in COMMANDS.items() if command in words] or COMMANDS:
        import_module(f"bioner_core.cli.{name}").add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :returns: 0 done, 1 the user can put it right, 2 wrong usage, 130 stopped by Ctrl-C
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments) == ["--version"]:  # without loading what commands need
        print(f"bioner {__version__}")
        return 0
    gc.set_threshold(YOUNG_OBJECTS)
    parser = build_parser(*arguments[:1])
    for argument in arguments:
        if _LONG_NUMBER.fullmatch(argument):
            parser.error(f"{argument[:20]}…: write a number with at most {MAX_DIGITS} digits")
    args = parser.parse_args(arguments)
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
