"""A worker of a Slurm array: it takes jobs from a run's inbox, trains them, and writes what came of them."""

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from bioner_core.study.executors.devices import list_devices
from bioner_core.study.executors.helper import BatchEnd
from bioner_core.study.executors.inbox import Inbox
from bioner_core.study.executors.trainer import NodeTrainer
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult, Runner, TrainJob
from bioner_core.study.run import Run
from bioner_core.study.run_writer import RunWriter
from bioner_core.study.wishes import is_paused

POLL_SECONDS = 1.0  # between looks at the inbox


@dataclass
class SlurmWorker:
    """What a task of the array calls; submitit writes it to a file, without any text of a corpus."""

    run_folder: Path
    runner: Runner
    name: str = ""
    _stored: set[str] = field(
        default_factory=set, init=False
    )  # ids of the jobs whose results are in its folder

    def __call__(self) -> int:
        """Train until no job is left; return the number of finished jobs."""
        self.name = f"{platform.node()}-{os.getpid()}-{uuid4().hex[:6]}".replace(".", "-")
        run, inbox = Run(self.run_folder), Inbox(self.run_folder)
        writer = RunWriter(inbox.folder / self.name)
        writer.folder.mkdir(mode=0o700)
        inbox.sign(self.name)
        trainer = NodeTrainer(self.runner, device=list_devices()[0].name)
        trainer.open_corpora(run.corpora())
        n_done = 0
        while not inbox.is_stopped():
            if not is_paused(self.run_folder) and (job_id := inbox.take(self.name)):
                n_done += self._train(run.study.job_ids, job_id, trainer, writer, inbox)
            elif inbox.is_deserted(self.name):
                break
            else:
                inbox.sign(self.name)
                time.sleep(POLL_SECONDS)
        inbox.give_back(self.name)
        return n_done

    def _train(
        self,
        jobs: Mapping[str, TrainJob],
        job_id: str,
        trainer: NodeTrainer,
        writer: RunWriter,
        inbox: Inbox,
    ) -> int:
        """Train one job; return 1 where it is finished."""
        progress, n_done, reason = None, 0, ""
        trainer.train([jobs[job_id]])
        while not inbox.is_stopped():
            for message in trainer.collect(POLL_SECONDS):
                if isinstance(message, JobResult):
                    if job_id not in self._stored:  # it may get a job back that it has finished
                        writer.append_result(message)
                    self._stored.add(job_id)
                    n_done = 1
                elif isinstance(message, BatchEnd | JobFailure):
                    reason = message.reason or "its training ended without a result"
                    if isinstance(message, JobFailure) or not n_done:
                        writer.append_failure(JobFailure(job=jobs[job_id], reason=reason))
                        n_done = 1
                elif isinstance(message, JobProgress):
                    progress = message
                if isinstance(message, BatchEnd):
                    inbox.finish(self.name, job_id)
                    return n_done
            inbox.sign(self.name, progress)
        return 0

    def checkpoint(self) -> Any:
        """Give the job back and ask for a new start: the time is over, or another user needs the node."""
        from submitit.helpers import DelayedSubmission

        Inbox(self.run_folder).give_back(self.name)
        return DelayedSubmission(SlurmWorker(self.run_folder, self.runner))
