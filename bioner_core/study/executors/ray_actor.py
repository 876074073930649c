"""An actor on a Ray cluster: its start on a node, the jobs that it has, the encoder that it is sent."""

from collections.abc import Iterator, Sequence
from typing import Any

from bioner_core.files import compute_digest
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.encoder_copies import list_encoder_files, read_parts
from bioner_core.study.executors.ray_nodes import RaySlot, pin_to_node
from bioner_core.study.executors.trainer import NodeTrainer
from bioner_core.study.jobs import JobProgress, Runner, TrainJob

COLLECT_SECONDS = 1.0  # how long an actor waits for news before it answers


class RayActor:
    """A resident process in a slot, as this process sees it."""

    def __init__(self, ray: Any, slot: RaySlot, runner: Runner) -> None:
        options = {"num_cpus": 1, "num_gpus": slot.n_gpus, "max_restarts": 0, "max_task_retries": 0}
        remote = ray.remote(NodeTrainer).options(**options, **pin_to_node(slot.node.id))
        self.slot, self._get = slot, ray.get
        self.handle = remote.remote(runner, device=slot.device)
        self.is_ready = False  # it has its corpora
        self._has_encoder = False
        self.is_busy = False  # from its jobs until the end of the batch
        self.jobs: dict[str, TrainJob] = {}  # sent and not finished, by id
        self.last: JobProgress | None = None
        self.reply: Any = None  # to the latest call; None while it has nothing to do

    def assign(self, jobs: Sequence[TrainJob]) -> Iterator[JobProgress]:
        """Send jobs, and before the first ones their encoder; yield the progress of that."""
        self.jobs = {job.id: job for job in jobs}
        self.last = JobProgress(job=jobs[0], phase="starting", done=0, total=1)
        if not self._has_encoder:
            yield from self._send_encoder(jobs[0])
            self._has_encoder = True
        self.is_busy = True
        self.handle.train.remote(list(jobs))
        self.ask()

    def ask(self) -> None:
        """Ask for news."""
        self.reply = self.handle.collect.remote(COLLECT_SECONDS)

    def _send_encoder(self, job: TrainJob) -> Iterator[JobProgress]:
        """Send the encoder to a node that lacks it, where this machine has it; else the node downloads it."""
        model = ModelChoice(name=job.model, revision=job.model_revision)
        if not self._get(self.handle.lacks_encoder.remote(model)):
            return
        files = list_encoder_files(model)
        total, sent = sum(file.stat().st_size for file in files), 0
        for file in files:
            for part in read_parts(file):
                self._get(self.handle.append_encoder.remote(model, file.name, part))
                sent += len(part)
                phase = f"sending the encoder to {self.slot.node.host}"
                yield JobProgress(job=job, phase=phase, done=sent, total=total)
        if files:
            digests = {file.name: compute_digest(file) for file in files}
            self._get(self.handle.finish_encoder.remote(model, digests))
