"""Run jobs on this machine: one helper process a slot, while it is the study's turn in the queue."""

import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bioner_core.corpus.sentences import Corpus
from bioner_core.study.executors.crew import Crew
from bioner_core.study.executors.gpu_growth import GpuGrowth, plan_growths
from bioner_core.study.executors.helper import TrainingContext
from bioner_core.study.executors.queue import Member
from bioner_core.study.executors.schedule import Schedule
from bioner_core.study.executors.slots import Slot, limit_by_memory, list_slots
from bioner_core.study.jobs import JobOutcome, NextJobs, Runner, TrainJob
from bioner_core.study.run import Run
from bioner_core.study.wishes import read_priority


def run_locally(
    jobs: Sequence[TrainJob],
    *,
    corpora: Mapping[str, Corpus],
    runner: Runner,
    cache: Path,
    next_jobs: NextJobs | None = None,
    slots: Sequence[Slot] | None = None,
    run: Run | None = None,
) -> Generator[JobOutcome, None, None]:
    """Yield the outcomes of jobs; each slot has a helper process, which lives until all jobs are done.

    If a helper dies or its device is full, its current job goes once to another slot; without another slot,
    or the second time, it fails with the reason. The others go on.

    :param runner: a module-level function, so that helpers can import it.
    :param next_jobs: returns more jobs for a slot that is idle.
    :param slots: None uses those of this machine, as many as there are jobs and free memory for.
    :param run: whose priority and pauses are obeyed, and whose turns in the machine's queue are taken; None
        takes no turns.
    """
    if not jobs and next_jobs is None:
        return
    growths: dict[str, GpuGrowth] = {}
    if slots is None:
        slots, problem = limit_by_memory(list_slots(jobs, is_open=next_jobs is not None), jobs)
        if problem:
            print(problem, file=sys.stderr, flush=True)
        slots, growths = plan_growths(slots, jobs, run, is_open=next_jobs is not None)
    with ExitStack() as stack:
        member = Member(run.name, read_priority=lambda: read_priority(run.folder)) if run else None
        if member:
            stack.callback(member.close)
        context = TrainingContext(runner=runner, corpora=corpora, cache=cache)
        schedule = Schedule(jobs, corpora=corpora, n_slots=len(slots))
        crew = Crew(schedule, slots, context, member, growths)
        crew.latest = next(iter(jobs or (run.study.jobs if run else ())), None)
        stack.callback(crew.stop)
        yield from crew.train(next_jobs, run)
