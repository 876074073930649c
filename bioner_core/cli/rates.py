"""Options that say how fast and at what price a team annotates, for every command that tells hours."""

import argparse
from dataclasses import replace

from bioner_core.cli.output import Commands, Record, add_format, print_records
from bioner_core.costs.hours_and_money import (
    NO_COST,
    compute_budget_cost,
    format_cost_hours,
    format_money,
    format_weeks,
)
from bioner_core.costs.rates import Rates, load_rates, locate_rates, replace_seconds
from bioner_core.curves.budget import Budget

_FIELDS = {  # option → field of Rates
    "annotators": "annotators",
    "double": "double",
    "adjudication": "adjudication",
    "setup_hours": "setup_hours",
    "hours_a_week": "hours_a_week",
    "hourly_rate": "hourly_rate",
    "currency": "currency",
    "marking": "marking",
    "checking": "checking",
}

_UNITS = {  # field of Rates → unit
    "seconds_low": "seconds per sentence of one annotator, fastest",
    "seconds_high": "seconds per sentence of one annotator, slowest",
    "annotators": "persons who work at the same time",
    "double": "share of sentences that two annotate, 0 to 1",
    "adjudication": "time to resolve one of these, as a share of annotating it once",
    "setup_hours": "hours of all persons, once",
    "hours_a_week": "hours per week of each annotator",
    "hourly_rate": "{currency} per hour",
    "machine_price": "{currency} per hour of the machine or cluster that trains",
    "machine_watts": "watts of the machine or cluster while it trains",
    "marking": "share of the time that marks mentions, 0 to 1; the rest reads",
    "checking": "time to check a mention that a system marked, as a share of marking it",
}


def add_commands(commands: Commands) -> None:
    """Add ``rates``."""
    command = commands.add_parser("rates", help="show the speed and the price of annotation in use")
    add_format(command)
    command.set_defaults(call=show_rates)


def show_rates(args: argparse.Namespace) -> None:
    """Print the rates in use, each with its unit and where it comes from."""
    rates = load_rates()
    place = str(locate_rates()) if locate_rates().exists() else "default"
    rows = [
        {
            "rate": name,
            "value": getattr(rates, name),
            "unit": unit.format(currency=rates.currency),
            "from": rates.source if name.startswith("seconds") else place,
        }
        for name, unit in _UNITS.items()
    ]
    print_records(rows, form=args.format)


def add_rates(command: argparse.ArgumentParser) -> None:
    """Give a command the options of rates; what is not given is as kept under Settings."""
    group = command.add_argument_group(
        "hours and money",
        "any of these options adds hours, cost and weeks; the others are as stored under Settings",
    )
    group.add_argument("--cost", action="store_true", help="show hours and money at the rates of Settings")
    group.add_argument(
        "--seconds-per-sentence", type=float, metavar="X", help="seconds that one annotator needs"
    )
    group.add_argument("--annotators", type=int, metavar="N", help="persons who work at the same time")
    group.add_argument(
        "--double", type=float, metavar="SHARE", help="share of sentences that two persons annotate, 0 to 1"
    )
    group.add_argument(
        "--adjudication",
        type=float,
        metavar="SHARE",
        help="time to resolve one such sentence, as a share of annotating it once",
    )
    group.add_argument(
        "--setup-hours", type=float, metavar="H", help="hours for guidelines and training, once"
    )
    group.add_argument(
        "--hours-a-week", type=float, metavar="H", help="hours that each annotator annotates in a week"
    )
    group.add_argument("--hourly-rate", type=float, metavar="X", help="price of an hour")
    group.add_argument("--currency", help="currency of the price, such as EUR")
    group.add_argument(
        "--marking",
        type=float,
        metavar="SHARE",
        help="share of the time that marks mentions: adds the hours of correcting a system's annotations",
    )
    group.add_argument(
        "--checking",
        type=float,
        metavar="SHARE",
        help="time to check a mention that a system marked, as a share of marking it (default: 0.5)",
    )
    group.add_argument(
        "--test-sentences", type=int, metavar="N", help="sentences to annotate for testing, in addition"
    )


def read_rates(args: argparse.Namespace, *, base: Rates | None = None) -> Rates | None:
    """Return the rates that the options ask for; None where none is given.

    :param base: the other rates; None: those of Settings.
    :raises BionerError: a rate is out of range, or the kept ones are damaged.
    """
    options = vars(args)
    wanted = {field: options[name] for name, field in _FIELDS.items() if options.get(name) is not None}
    seconds, n_test = options.get("seconds_per_sentence"), options.get("test_sentences")
    if not (wanted or options.get("cost") or seconds is not None or n_test is not None):
        return None
    rates = base or load_rates()
    if seconds is not None:
        rates = replace_seconds(rates, seconds=seconds)
    return replace(rates, **wanted)


def build_cost_record(budget: Budget, rates: Rates, *, n_test: int = 0) -> Record:
    """Return the columns of hours and money beside a budget's, for programs."""
    cost = compute_budget_cost(budget, rates, n_test=n_test)
    return cost.record() if cost else NO_COST


def format_cost_cells(budget: Budget, rates: Rates, *, n_test: int = 0) -> Record:
    """Return hours, money and weeks for people."""
    cost = compute_budget_cost(budget, rates, n_test=n_test)
    if cost is None:
        return dict.fromkeys(("hours", "cost", "weeks"))
    cells = {
        "hours": format_cost_hours(cost),
        "cost": format_money(cost) or None,
        "weeks": format_weeks(cost),
    }
    return {name: text and text.replace(" to more than ", "–>") for name, text in cells.items()}
