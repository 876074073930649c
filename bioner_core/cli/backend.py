"""``bioner backend``: what a place has where models can be trained; the options that name one."""

import argparse
import sys
from dataclasses import replace

from bioner_core.cli.output import Commands, add_format, print_records
from bioner_core.errors import BionerError
from bioner_core.study.executors.backend import ALLOWED, LOCAL, Backend, parse_backend, parse_options

COLUMNS = (
    "node",
    "trains",
    "slots",
    "cores",
    "gpus",
    "free_memory_gb",
    "free_gpu_gb",
    "mps",
    "free_disk_gb",
    "note",
)


def add_commands(commands: Commands) -> None:
    """Add ``backend``."""
    backend = commands.add_parser(
        "backend", help="test where models can be trained: nodes and what they lack"
    )
    backend.add_argument("backend", metavar="BACKEND", help=ALLOWED)
    backend.add_argument("--insecure", action="store_true", help="allow a Ray cluster without a token")
    backend.add_argument(
        "--measure", action="store_true", help="measure for 10 seconds how fast this machine fine-tunes"
    )
    add_format(backend)
    backend.set_defaults(call=show_backend, slurm="")


def show_backend(args: argparse.Namespace) -> int:
    """Print a row for each node; 1 where none can train."""
    from bioner_core.study.executors.connection import inspect_backend

    backend = read_backend_options(args) or Backend()
    if args.measure:
        return show_machine_speed(backend, form=args.format)
    rows = inspect_backend(backend)
    print_records(rows, form=args.format, columns=COLUMNS)
    return int(not any(row["trains"] for row in rows))


def show_machine_speed(backend: Backend, *, form: str) -> int:
    """Measure this machine, and print its speeds and what they mean.

    :raises BionerError: the place is another one, or it trains on GPUs.
    """
    if backend.kind != LOCAL:
        raise BionerError("--measure goes with local: a cluster's nodes are not measured.")
    from bioner_core.answers.wording.machine_speed import describe_machine_speed, list_speed_rows
    from bioner_core.tagging.machine_trial import measure_machine

    speed = measure_machine()
    print_records(list_speed_rows(speed), form=form)
    print(describe_machine_speed(speed), file=sys.stderr)
    return 0


def add_backend_options(command: argparse.ArgumentParser) -> None:
    """Give a command the options that say where models are trained."""
    command.add_argument(
        "--backend", metavar="PLACE", help=f"where to train: {ALLOWED} (default: the run's, at first local)"
    )
    command.add_argument(
        "--slurm",
        default="",
        metavar="NAME=VALUE,…",
        help="options of --backend slurm, such as partition=gpu,time=04:00:00",
    )
    command.add_argument(
        "--insecure", action="store_true", help="allow a Ray cluster without a token (see deployment)"
    )


def read_backend_options(args: argparse.Namespace) -> Backend | None:
    """Return the place that the options name; None where they name none.

    :raises BionerError: the place is none, or an option belongs to another one.
    """
    if args.backend is None:
        if args.slurm or args.insecure:
            raise BionerError("--slurm and --insecure need --backend: name the place, too.")
        return None
    backend = parse_backend(args.backend)
    if args.slurm and backend.kind != "slurm":
        raise BionerError(f"--slurm goes with --backend slurm, not with {args.backend}.")
    if args.insecure and backend.kind != "ray":
        raise BionerError(f"--insecure goes with --backend ray, not with {args.backend}.")
    return replace(
        backend,
        options={**backend.options, **parse_options(args.slurm)},
        is_insecure=backend.is_insecure or args.insecure,
    )
