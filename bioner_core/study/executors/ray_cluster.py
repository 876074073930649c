"""Run jobs on a Ray cluster: a resident actor a slot; a job whose actor dies goes to another one, once."""

import logging
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.executors.helper import BatchEnd
from bioner_core.study.executors.ray_actor import RayActor
from bioner_core.study.executors.ray_nodes import (
    RaySlot,
    check_protection,
    connect_to_ray,
    explain_node_error,
    inspect_nodes,
    list_ray_slots,
)
from bioner_core.study.executors.request import LostJobs, TrainingRequest
from bioner_core.study.executors.schedule import Schedule
from bioner_core.study.jobs import PAUSED, JobFailure, JobOutcome, JobProgress, NextJobs, Runner, TrainJob
from bioner_core.study.run import Run

LOG = logging.getLogger(__name__)
QUIET_SECONDS = 1.0  # after which the last progress is repeated
REFRESH_SECONDS = 15.0  # between looks for nodes that joined, and for slots whose actor died
MAX_STARTS = 3  # of an actor in a slot that never became ready
LOST = "it was lost twice with its process or node on the Ray cluster, most often for want of memory"


def run_on_ray(
    jobs: Sequence[TrainJob],
    *,
    corpora: Mapping[str, Corpus],
    runner: Runner,
    cache: Path,
    next_jobs: NextJobs | None = None,
    address: str = "",
    is_insecure: bool = False,
    run: Run | None = None,
) -> Generator[JobOutcome, None, None]:
    """Yield the outcomes of jobs; a job whose actor or node dies goes to another one, once.

    :param runner: a module-level function, so that the nodes can import it.
    :param cache: of this machine; each node uses its own.
    :param address: "ray://HOST:PORT", or "" for the cluster that this machine is a node of.
    :param is_insecure: a cluster without a token is allowed.
    :param run: whose pauses are obeyed.
    :raises BionerError: the cluster cannot be used, or no node is left that trains.
    """
    request = TrainingRequest(jobs=jobs, corpora=corpora, runner=runner, next_jobs=next_jobs, run=run)
    with connect_to_ray(address, is_insecure=is_insecure) as ray:
        cluster = _Cluster(ray, request, is_insecure=is_insecure)
        try:
            cluster.find_slots()
            yield from cluster.run()
        except ConnectionError as error:
            raise BionerError(
                "Ray cluster: the connection was lost. Finished models are kept; resume the run."
            ) from error
        finally:
            cluster.stop()


class _Cluster:
    """The actors of a run on all nodes, and the jobs that they have not done."""

    def __init__(self, ray: Any, request: TrainingRequest, *, is_insecure: bool) -> None:
        self._ray, self._request, self._is_insecure = ray, request, is_insecure
        self._slots: list[RaySlot] = []
        self._actors: dict[RaySlot, RayActor] = {}
        self._starts: Counter[RaySlot] = Counter()
        self._lost = LostJobs()
        self._problems: dict[str, str] = {}  # by node id
        self._refresh_at = time.monotonic() + REFRESH_SECONDS

    def find_slots(self) -> None:
        """Look for nodes that are new, and add their slots. :raises BionerError: a node is unprotected."""
        old = {slot.node.id for slot in self._slots} | self._problems.keys()
        nodes = inspect_nodes(self._ray, excluded=old)
        if not self._is_insecure:
            check_protection(nodes)
        for node in nodes:
            if node.problem:
                self._problems[node.id] = f"{node.host}: {node.problem}"
                LOG.warning("Ray node %s does not train: %s", node.host, node.problem)
        self._slots += list_ray_slots(nodes, self._request.jobs)

    def run(self) -> Iterator[JobOutcome]:
        """Yield the outcomes until no job is left."""
        jobs, corpora = self._request.jobs, dict(self._request.corpora)
        self._corpora_ref = self._ray.put(corpora)  # each node fetches it once; this process owns it
        self._schedule = Schedule(jobs, corpora=corpora, n_slots=max(1, len(self._slots)))
        self._fill_slots()
        is_asking = True  # idle actors ask for jobs, but only once after each result
        reported_at = time.monotonic()
        while True:
            is_halted = self._request.is_paused
            if is_asking and not is_halted:
                yield from self._assign_jobs()
            is_asking = is_halted
            waiting = {actor.reply: actor for actor in self._actors.values() if actor.reply is not None}
            if self._is_done() and not (is_halted and self._request.next_jobs):
                return
            if not waiting:
                if not is_halted:
                    raise BionerError(self._explain_no_slot())
                time.sleep(QUIET_SECONDS)
            ready = self._ray.wait(list(waiting), timeout=QUIET_SECONDS)[0] if waiting else []
            for reply in ready:
                for outcome in self._receive(waiting[reply]):
                    yield outcome
                    reported_at = time.monotonic()
                    is_asking |= not isinstance(outcome, JobProgress)
                is_asking |= waiting[reply].reply is None
            if time.monotonic() - reported_at >= QUIET_SECONDS:  # actors without news answer, too
                reported_at = time.monotonic()
                yield from self._repeat_progress(PAUSED if is_halted else "waiting for the cluster")
            if time.monotonic() >= self._refresh_at:
                self._refresh()

    def _is_done(self) -> bool:
        """Say whether no job is left; call it after idle actors have asked for jobs."""
        actors = self._actors.values()
        is_open = self._request.next_jobs is not None and not any(actor.is_ready for actor in actors)
        return not is_open and not len(self._schedule) and not any(actor.is_busy for actor in actors)

    def _explain_no_slot(self) -> str:
        problems = "; ".join(self._problems.values()) or "it has no free core"
        return f"Ray cluster: no node can train ({problems}). Finished models are kept; resume the run."

    def _repeat_progress(self, phase: str) -> Iterator[JobProgress]:
        busy = [actor.last for actor in self._actors.values() if actor.jobs and actor.last]
        waiting = self._schedule.list_jobs()[:1]
        yield from busy or [JobProgress(job=j, phase=phase, done=0, total=1) for j in waiting]

    def _refresh(self) -> None:
        """Start actors on nodes that joined, and again where one died."""
        self.find_slots()
        self._fill_slots()
        self._refresh_at = time.monotonic() + REFRESH_SECONDS

    def _fill_slots(self) -> None:
        alive = {node["NodeID"] for node in self._ray.nodes() if node["Alive"]}
        for slot in self._slots:
            if slot in self._actors or slot.node.id not in alive or self._starts[slot] >= MAX_STARTS:
                continue
            self._starts[slot] += 1
            actor = self._actors[slot] = RayActor(self._ray, slot, self._request.runner)
            actor.reply = actor.handle.open_corpora.remote(self._corpora_ref)

    def _assign_jobs(self) -> Iterator[JobOutcome]:
        for number, slot in enumerate(self._slots):
            actor = self._actors.get(slot)
            if actor is None or not actor.is_ready or actor.reply is not None:
                continue
            under_way = [job for other in self._actors.values() for job in other.jobs.values()]
            jobs = self._schedule.take(number, is_alone=not under_way)
            if not jobs and self._request.next_jobs and not len(self._schedule):
                jobs = list(self._request.next_jobs(under_way))
            if not jobs:
                continue
            try:
                yield from actor.assign(jobs)
            except self._ray.exceptions.RayError as error:
                yield from self._bury(actor, error)

    def _receive(self, actor: RayActor) -> Iterator[JobOutcome]:
        """Yield what an actor reports; one that died gives its jobs back."""
        try:
            messages = self._ray.get(actor.reply)
        except self._ray.exceptions.RayError as error:
            yield from self._bury(actor, error)
            return
        actor.reply = None
        if not actor.is_ready:
            actor.is_ready = True
            self._starts[actor.slot] = 0
            return
        for message in messages:
            yield from self._receive_message(actor, message)
        if actor.is_busy:
            actor.ask()

    def _receive_message(self, actor: RayActor, message: JobOutcome | BatchEnd) -> Iterator[JobOutcome]:
        if isinstance(message, BatchEnd):
            jobs, actor.jobs, actor.is_busy = list(actor.jobs.values()), {}, False
            for job in jobs:
                yield JobFailure(job=job, reason=message.reason or "its training ended without a result")
        elif isinstance(message, JobProgress):
            actor.last = message
            yield message
        elif actor.jobs.pop(message.job.id, None):  # else it was reported before: no job counts twice
            if isinstance(message, JobFailure) and message.is_of_device:
                yield from self._lose(message.job, actor, message.reason)
            else:
                yield message

    def _bury(self, actor: RayActor, error: Exception) -> Iterator[JobOutcome]:
        """End an actor that died or does not answer, and give its jobs back."""
        jobs, actor.jobs, actor.reply = list(actor.jobs.values()), {}, None
        del self._actors[actor.slot]
        with suppress(self._ray.exceptions.RayError):
            self._ray.kill(actor.handle)
        LOG.warning("Ray node %s lost a process: %s", actor.slot.node.host, type(error).__name__)
        if actor.is_ready or not self._actors:
            self._refresh_at = time.monotonic()
        if not actor.is_ready:
            self._problems[actor.slot.node.id] = f"{actor.slot.node.host}: {explain_node_error(error)}"
        for job in jobs:
            yield from self._lose(job, actor, LOST)

    def _lose(self, job: TrainJob, actor: RayActor, reason: str) -> Iterator[JobFailure]:
        """Give a job back, to another slot where there is one; the second time it fails."""
        if failure := self._lost.add(job, reason):
            yield failure
        else:
            self._schedule.put_back([job], slot=self._slots.index(actor.slot))

    def stop(self) -> None:
        """End all actors, and with them their training."""
        for actor in self._actors.values():
            with suppress(Exception):  # the cluster may be gone
                self._ray.kill(actor.handle)
        self._actors.clear()
