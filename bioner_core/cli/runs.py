"""``bioner runs``: list, resume, cancel, delete, export and import runs."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from shlex import quote

from bioner_core.analysis.search import choose_next_models
from bioner_core.answers.wording.progress import describe_progress, format_status
from bioner_core.answers.wording.search import describe_round
from bioner_core.cli.backend import add_backend_options, read_backend_options
from bioner_core.cli.output import (
    Commands,
    add_format,
    add_goal,
    check_writable,
    format_table,
    is_agreed,
    print_records,
)
from bioner_core.cli.progress import ProgressLog, TerminalLine, follow_worker
from bioner_core.cli.runs_compare import add_compare
from bioner_core.cli.runs_queue import add_queue_commands
from bioner_core.cli.runs_watch import add_watch
from bioner_core.cli.search_options import add_scope, add_search_options, read_search
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder
from bioner_core.study.executors.backend import open_executor, remember_backend
from bioner_core.study.jobs import JobOutcome, TrainJob
from bioner_core.study.ro_crate import CrateOptions
from bioner_core.study.run import Run
from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_search, train_pending_jobs


def add_commands(commands: Commands) -> None:
    """Add ``runs`` with its actions; without one it lists."""
    runs = commands.add_parser("runs", help="list, resume, cancel, delete, export and import runs")
    runs.set_defaults(call=list_runs, format="table")
    actions = runs.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="list all runs, newest first")
    listing.set_defaults(call=list_runs)
    showing = actions.add_parser("show", help="show what a run was made from, and its progress")
    showing.set_defaults(call=show_run)
    resuming = actions.add_parser(
        "resume", help="train what is missing; follow a run that another process trains"
    )
    resuming.add_argument("--retry", action="store_true", help="also train what failed before")
    add_search_options(resuming)
    add_scope(resuming)
    add_backend_options(resuming)
    add_goal(resuming)
    resuming.set_defaults(call=resume_run)
    add_watch(actions)
    add_queue_commands(actions)
    add_compare(actions)
    deleting = actions.add_parser("delete", help="remove a run with its points and corpora")
    deleting.add_argument("--yes", action="store_true", help="do not ask")
    deleting.set_defaults(call=delete_run)
    exporting = actions.add_parser("export", help="write a run as a zip without corpora and log")
    exporting.set_defaults(call=export_archive)
    for action in (showing, resuming, deleting, exporting):
        action.add_argument("run", help="name of the run")
    exporting.add_argument("out", type=Path, metavar="OUT.zip", help="new file to write")
    exporting.add_argument("--with-text", action="store_true", help="add corpora and log")
    exporting.add_argument(
        "--ro-crate",
        action="store_true",
        help="describe the zip as a Workflow Run RO-Crate, for archives and journals",
    )
    exporting.add_argument("--author", default="", metavar="NAME", help="who made the run, for --ro-crate")
    exporting.add_argument("--license", default="", metavar="URL", help="of the points, for --ro-crate")
    importing = actions.add_parser("import", help="add the points of a zip or CSV made elsewhere")
    importing.add_argument("path", type=Path, help="zip of `bioner runs export`, or CSV")
    importing.add_argument("--name", help="name of the run here (default: that of the zip or the CSV)")
    importing.set_defaults(call=import_points)
    add_format(listing)
    add_format(showing)


def list_runs(args: argparse.Namespace) -> None:
    """Print a row for each run."""
    rows = []
    store = RunStore()
    for name in store.names():
        state = (run := store.open(name)).state()
        rows.append(
            {
                "run": name,
                "state": format_status(state),
                "models": f"{state.n_done} of {state.n_jobs}" if state.n_jobs else "–",
                "failed": state.n_failed,
                "points": state.n_points,
                "created": "" if state.problem else run.study.created,
                "problem": state.problem,
            }
        )
    columns = ("run", "state", "models", "failed", "points", "created")
    print_records(rows, form=args.format, columns=columns)


def show_run(args: argparse.Namespace) -> None:
    """Print state, plan and provenance of one run."""
    run = RunStore().open(args.run)
    study, state = run.study, run.state()
    record = {
        "run": run.name,
        "state": format_status(state),
        "priority": run.priority,
        "progress": describe_progress(state),
        "jobs": state.n_jobs,
        "done": state.n_done,
        "failed": [{"job": f.job.id, "reason": f.reason} for f in run.failures()],
        "targets": list(study.targets),
        "sources": list(study.sources),
        "seeds": list(study.seeds),
        "model": study.model.name if study.model else None,
        "revision": study.model.revision if study.model else None,
        "method": study.method,
        "notes": list(study.notes),
        "searches": [asdict(search) for search in study.searches],
        "sessions": [dict(s) for s in study.sessions],
    }
    if args.format != "table":
        print_records(record, form=args.format)
        return
    cells = {name: value for name, value in record.items() if name not in ("searches", "sessions")}
    print(format_table([{"what": name, "value": _format_value(value)} for name, value in cells.items()]))
    for search in study.searches:
        for step in search.rounds:
            reason = "" if step.end else f" Added: {step.reason}."
            print(f"round: {step.at}: {describe_round(search, step)}{reason}")
    for session in study.sessions:
        print(
            f"{session.get('what')}: {session.get('at')} on {session.get('host')}: {session.get('command')}"
        )


def _format_value(value: object) -> str:
    return "; ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)


def load_torch_and_train(
    jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
) -> Iterator[JobOutcome]:
    """Hand jobs to ``tagging.run``: torch is loaded by the processes that train, and by no other."""
    from bioner_core.tagging.run import run_jobs

    yield from run_jobs(jobs, corpora=corpora, device=device, cache=cache)


def resume_run(args: argparse.Namespace) -> int:
    """Train what a run lacks; where nothing is lacking, say so and where to look."""
    run = RunStore().open(args.run)
    if backend := read_backend_options(args):
        remember_backend(run, backend)
    if search := read_search(args):
        start_search(run, search)
    if code := train_or_follow(run, retry=args.retry):
        return code
    n = run.state().n_jobs
    status = f"all {n:,} model{'s are' if n != 1 else ' is'} done" if n else "nothing to train"
    command = "budget" if any(curve.has_enough_sizes for curve in run.curves()) else "zero-shot"
    print(f"{run.name}: {status}; look at: bioner {command} {quote(run.name)}")
    return 0


def train_or_follow(run: Run, *, retry: bool = False) -> int:
    """Train in the foreground what a run lacks, or follow its worker.

    :returns: 0 all done, 1 cancelled or with failures
    :raises KeyboardInterrupt: Ctrl-C, with how to go on.
    """
    is_elsewhere = run.state().is_live
    try:
        if is_elsewhere:
            follow_worker(run)
        else:
            _train(run, retry=retry)
    except KeyboardInterrupt:
        TerminalLine().clear()
        raise KeyboardInterrupt(_describe_next_step(run, is_elsewhere=is_elsewhere)) from None
    return _report_failures(run)


def _train(run: Run, *, retry: bool) -> None:
    bar = ProgressLog(run)
    outcomes = train_pending_jobs(
        run,
        executor=open_executor(run),
        runner=load_torch_and_train,
        cache=locate_cache_folder(),
        retry=retry,
        chooser=choose_next_models,
    )
    with closing(outcomes):
        for outcome in outcomes:
            bar.show(outcome)
    bar.rounds.show(run.study.search)


def _describe_next_step(run: Run, *, is_elsewhere: bool = False) -> str:
    """Return how a run that is stopped, or no longer followed, goes on."""
    name = quote(run.name)
    if is_elsewhere:
        return f"the worker continues; follow: bioner runs resume {name}; stop: bioner runs cancel {name}"
    return f"stopped; continue with: bioner runs resume {name}"


def _report_failures(run: Run) -> int:
    state = run.state()
    for failed in run.failures():
        print(f"failed: {failed.job.target} from {failed.job.arm}: {failed.reason}", file=sys.stderr)
    is_open = bool(state.n_pending) or state.is_searching
    if is_open:
        print(_describe_next_step(run), file=sys.stderr)
    return int(is_open or bool(state.n_failed))


def delete_run(args: argparse.Namespace) -> None:
    """Remove a run, after a question."""
    store = RunStore()
    run = store.open(args.run)
    if not args.yes:
        if not sys.stdin.isatty():
            raise BionerError(f"run {run.name}: add --yes to delete it without a question.")
        points = run.state().n_points
        if not is_agreed(f"Delete {run.name} with its {points:,} points and its corpora?"):
            print("nothing deleted")
            return
    store.delete(run.name)
    print(f"deleted {run.name}")


def export_archive(args: argparse.Namespace) -> None:
    """Write a run as a zip; never over a file that is there."""
    check_writable(args.out)
    crate = CrateOptions(author=args.author, license=args.license) if args.ro_crate else None
    export_run(RunStore().open(args.run), args.out, with_text=args.with_text, crate=crate)
    print(f"{args.run} written to {args.out}", file=sys.stderr)


def import_points(args: argparse.Namespace) -> None:
    """Add the points of a zip or CSV; say what was new."""
    print(import_run(RunStore(), args.path, name=args.name).message)
