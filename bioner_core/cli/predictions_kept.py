"""Results of systems in a run: kept, listed, removed, for ``bioner predictions``."""

import argparse

from bioner_core.cli.output import filter_by_options, print_records
from bioner_core.errors import BionerError
from bioner_core.study.external_results import (
    ExternalResult,
    delete_external_result,
    load_external_results,
    save_external_result,
)
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def open_writable_run(name: str) -> Run:
    """Return a run that results can be kept with. :raises BionerError: it can only be read."""
    run = RunStore().open(name)
    if run.is_shipped:
        raise BionerError(
            f"run {name}: comes with the program and cannot be changed. Make a copy: bioner runs export "
            f"{name} copy.zip, then bioner runs import copy.zip --name NAME."
        )
    run.check_writable()
    return run


def keep_result(run: Run, result: ExternalResult) -> None:
    """Keep a result, and print its scores."""
    from bioner_core.analysis.break_even import list_external_scores
    from bioner_core.answers.wording.break_even import build_system_row

    save_external_result(run, result)
    scores = list_external_scores(run, with_training=True)
    labels = {(point.target, point.model, point.method) for point in result.points}
    rows = [s for s in scores if (s.point.target, s.point.model, s.point.method) in labels]
    print_records([build_system_row(score) for score in rows], form="table")
    print(f"kept with run {run.name}: `bioner budget {run.name}` compares it with the models trained here")


def list_systems(args: argparse.Namespace) -> None:
    """Print a row for each system, target and type."""
    from bioner_core.analysis.break_even import list_external_scores
    from bioner_core.answers.wording.break_even import build_system_row

    run = RunStore().open(args.run)
    scores = list_external_scores(run, with_training=True)
    chosen = filter_by_options([score.point for score in scores], args, ("target", "entity"), run=run.name)
    rows = [score for score in scores if score.point in chosen]
    if args.format == "table":
        print_records([build_system_row(row) for row in rows], form="table")
    else:
        methods = [{"method": row.point.method} for row in rows]
        print_records([r.record() | m for r, m in zip(rows, methods, strict=True)], form=args.format)


def remove_system(args: argparse.Namespace) -> None:
    """Remove a system from a run, for one target or for all."""
    run = RunStore().open(args.run)
    results = load_external_results(run)
    chosen = [r for r in results if r.name == args.name and args.target in (None, r.target)]
    if not chosen:
        available = ", ".join(dict.fromkeys(result.name for result in results)) or "none yet"
        raise BionerError(f"run {run.name}: no system {args.name!r}. Available: {available}.")
    for result in chosen:
        delete_external_result(run, result)
        print(f"removed {result.name} on {result.target}")
