"""The options of a search: how exact the number shall be, and how far the search may go."""

import argparse

from bioner_core.costs.rates import load_rates
from bioner_core.errors import BionerError
from bioner_core.study.search import UNTIL, Search

_LIMITS = ("until", "max_models", "max_minutes", "max_cost")
_SCOPE = ("target", "source", "entity")


def add_search_options(command: argparse.ArgumentParser) -> None:
    """Give a command ``--search`` with its goal and limits."""
    command.add_argument(
        "--search",
        action="store_true",
        help="start with few models, then add those that tell most, until the number is exact enough",
    )
    command.add_argument(
        "--until",
        type=float,
        metavar="X",
        help=f"end the search where the 90 %% interval's high / low is X or less (default: {UNTIL:g})",
    )
    command.add_argument("--max-models", type=int, metavar="N", help="add at most N models to the first ones")
    command.add_argument(
        "--max-minutes", type=float, metavar="M", help="add no model after M minutes of training"
    )
    command.add_argument(
        "--max-cost",
        type=float,
        metavar="X",
        help="add no model after training for X, at the price of an hour in Settings",
    )


def read_search(args: argparse.Namespace) -> Search | None:
    """Return the search that the options describe; None without ``--search``.

    :raises BionerError: a limit is out of range, or there is one without ``--search``.
    """
    if not args.search:
        for name in _LIMITS:
            if getattr(args, name) is not None:
                raise BionerError(f"--{name.replace('_', '-')}: is an option of a search; add --search.")
        return None
    return Search(
        **{name: getattr(args, name) for name in _SCOPE if isinstance(getattr(args, name, None), str)},
        fraction=args.fraction,
        goal_f1=args.f1,
        until=UNTIL if args.until is None else args.until,
        max_models=args.max_models,
        max_seconds=_read_seconds(args),
    )


def _read_seconds(args: argparse.Namespace) -> float | None:
    """Return the shorter of the limits of time and money, in seconds; None without either."""
    limits = [] if args.max_minutes is None else [60 * args.max_minutes]
    if args.max_cost is not None:
        limits.append(load_rates().compute_paid_seconds(args.max_cost))
    return min(limits, default=None)


def add_scope(command: argparse.ArgumentParser) -> None:
    """Give a command the target, source and type whose number is searched for."""
    command.add_argument("--target", help="search for the number of this target only")
    command.add_argument("--source", help="search for the number from this source only, or `none`")
    command.add_argument("--entity", help="search for the number of this entity type only")
