"""``--plan-only``: models, sentence passes, time and price of a plan, before it is stored or trained."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace

from bioner_core.answers.planned_work import PlannedWork, plan_work
from bioner_core.answers.wording.planned_work import describe_work, warn_of_long_work
from bioner_core.cli.output import print_records
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.rates import load_rates
from bioner_core.study.executors.backend import LOCAL, Backend, read_backend
from bioner_core.study.plan import Study
from bioner_core.study.store import RunStore
from bioner_core.study.workload import count_study_passes


def add_plan_only(command: argparse.ArgumentParser) -> None:
    """Give a command the option."""
    command.add_argument(
        "--plan-only", action="store_true", help="count models, time and price; store and train nothing"
    )


def show_plan(
    study: Study, corpora: Mapping[str, Corpus], backend: Backend | None, args: argparse.Namespace
) -> int:
    """Print what is left to train of a plan; of a run that exists, its finished models do not count."""
    store = RunStore()
    if study.name in store.names():
        run = store.open(study.name)
        backend, finished = backend or read_backend(run), run.finished_job_ids()
        study = replace(study, jobs=tuple(job for job in study.jobs if job.id not in finished))
    work = plan_work(study, store, corpora, backend=backend or Backend(), rates=load_rates())
    warning = warn_of_long_work(work)
    if args.format == "table":
        print(f"{study.name}: {describe_work(work)}", work.basis, sep="\n")
    else:
        print_records(_build_record(work), form=args.format)
    for note in filter(None, (*study.notes, warning)):
        print(f"note: {note}", file=sys.stderr)
    return 0


def _build_record(work: PlannedWork) -> dict[str, object]:
    return {
        "run": work.study.name,
        "models": len(work.study.jobs),
        "sentence_passes": count_study_passes(work.study),
        "backend": work.place or LOCAL,
        "seconds": None if work.seconds is None else round(work.seconds),
        "basis": work.basis,
        "cost": work.money,
        "currency": work.currency,
        "kwh": work.kwh,
    }
