"""What trains jobs on a node of a cluster: a resident process whose calls return within about a second."""

import os
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

import psutil

from bioner_core.corpus.sentences import Corpus
from bioner_core.files import create_private_folder, locate_cache_folder
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.encoder_copies import EncoderCopy, is_encoder_here
from bioner_core.study.executors.devices import has_mps_daemon, query_gpus
from bioner_core.study.executors.helper import BatchEnd, TrainingContext, train_batch
from bioner_core.study.jobs import JobOutcome, JobProgress, JobResult, Runner, TrainJob
from bioner_core.study.provenance import build_session_record, describe_devices, read_hostname


@dataclass(frozen=True, kw_only=True)
class NodeReport:
    """What a node of a cluster has."""

    host: str
    versions: Mapping[str, str]  # of the program, of Python and of the packages that a score depends on
    gpu_bytes: tuple[int, ...]  # free memory of each GPU
    free_memory: int  # bytes
    free_disk: int  # bytes, where the cache lies
    auth_mode: str  # Ray's: "token", or another one where anybody may connect
    has_mps: bool = False  # NVIDIA's daemon that lets processes compute on a GPU at once


def describe_node() -> NodeReport:
    """Return what this machine has."""
    record = build_session_record("inspected")
    packages = record["packages"]
    versions = {"bioner-budget": str(record["program"]), "python": str(record["python"])}
    return NodeReport(
        host=read_hostname(),
        versions={**versions, **(packages if isinstance(packages, dict) else {})},
        gpu_bytes=tuple(free for _, free in query_gpus()),
        free_memory=psutil.virtual_memory().available,
        free_disk=shutil.disk_usage(create_private_folder(locate_cache_folder())).free,
        auth_mode=os.environ.get("RAY_AUTH_MODE", ""),
        has_mps=has_mps_daemon(),
    )


class NodeTrainer:
    """A process on a node that keeps its encoder and its corpora from one job to the next."""

    def __init__(self, runner: Runner, *, device: str) -> None:
        """Prepare to train; one thread a process uses a core best.

        :param device: "cpu" or "cuda:0"
        """
        os.environ["OMP_NUM_THREADS"] = "1"  # torch reads it when the runner loads it
        self._runner, self._device = runner, device
        self._cache = create_private_folder(locate_cache_folder())
        self._host, self._device_title = read_hostname(), describe_devices()
        self._outcomes: SimpleQueue[JobOutcome | BatchEnd] = SimpleQueue()
        self._corpora: Mapping[str, Corpus] = {}

    def lacks_encoder(self, model: ModelChoice) -> bool:
        """Say whether the node has neither the encoder nor a copy of it."""
        return not is_encoder_here(model, self._cache)

    def append_encoder(self, model: ModelChoice, file: str, content: bytes) -> None:
        """Write the next part of a file of the encoder."""
        EncoderCopy(model, self._cache).append(file, content)

    def finish_encoder(self, model: ModelChoice, digests: Mapping[str, str]) -> None:
        """Put the copy of the encoder in its place. :raises BionerError: its files have other digests."""
        EncoderCopy(model, self._cache).finish(digests)

    def open_corpora(self, corpora: Mapping[str, Corpus]) -> None:
        """Keep the corpora of all jobs, in memory alone."""
        self._corpora = corpora

    def train(self, jobs: Sequence[TrainJob]) -> None:
        """Begin to train jobs; ``collect`` returns what becomes of them."""
        threading.Thread(target=self._train, args=(jobs,), daemon=True).start()

    def collect(self, seconds: float) -> list[JobOutcome | BatchEnd]:
        """Return the results so far, and the latest progress where no result followed.

        :param seconds: to wait at most where nothing but progress comes.
        """
        end, messages = time.monotonic() + seconds, list[JobOutcome | BatchEnd]()
        with suppress(Empty):
            while True:
                is_waiting = not messages or isinstance(messages[-1], JobProgress)
                wait = max(0.0, end - time.monotonic()) if is_waiting else 0.0
                message = self._outcomes.get(block=wait > 0, timeout=wait or None)
                if messages and is_waiting:  # the latest progress is enough
                    messages.pop()
                messages.append(message)
        return messages

    def _train(self, jobs: Sequence[TrainJob]) -> None:
        context = TrainingContext(runner=self._runner, corpora=self._corpora, cache=self._cache)
        for outcome in train_batch(jobs, context, self._device):
            if isinstance(outcome, JobResult):
                outcome = replace(outcome, host=self._host, device=self._device_title)
            elif isinstance(outcome, JobProgress):
                outcome = replace(outcome, host=self._host)
            self._outcomes.put(outcome)
