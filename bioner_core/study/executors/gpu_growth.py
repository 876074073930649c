"""How many processes share a GPU: one more at a time, while its memory allows it and the rate rises.

Small steps leave a GPU idle between kernels, so that several processes train faster than one. How many pay
depends on the GPU, the model and the driver, so it is measured and not computed.
"""

import time
from collections.abc import Callable, Collection, Sequence

import psutil

from bioner_core.study.executors.devices import Device, list_devices
from bioner_core.study.executors.slots import Slot, estimate_memory, share_gpu
from bioner_core.study.jobs import JobOutcome, JobProgress, JobResult, TrainJob
from bioner_core.study.pace import Pace, load_pace, save_pace
from bioner_core.study.run import Run
from bioner_core.study.throughput import WINDOW_SECONDS, Throughput
from bioner_core.study.workload import count_training_passes

MIN_GAIN = 1.1  # of a GPU's rate by one process more; less does not pay for its memory
MAX_PROCESSES = 16  # of a GPU
CONTEXT_BYTES = 500 << 20  # of a process on a GPU beside what torch reports; a usual value, not measured
MEMORY_MARGIN = 1.2  # longer sentences may follow


def is_worthwhile(before: float, after: float) -> bool:
    """Say whether one process more raised a GPU's sentence passes per second enough.

    >>> is_worthwhile(100.0, 125.0), is_worthwhile(100.0, 104.0)
    (True, False)
    """
    return after >= MIN_GAIN * before


def count_fitting(free: int, held: int) -> int:
    """Return how many processes fit into the free memory of a GPU, at least one.

    :param free: bytes, before the first process.
    :param held: bytes that torch holds in one process.
    """
    return min(MAX_PROCESSES, max(1, int(free / (MEMORY_MARGIN * (held + CONTEXT_BYTES)))))


class GpuGrowth:
    """Decides after each minute whether one process more shall train on a GPU, until one does not pay.

    :param needed: bytes of memory that a process may need, where it reports none.
    :param keep: called with the number of processes that pay, once it is known.
    """

    def __init__(self, device: Device, *, needed: int, keep: Callable[[int], None]) -> None:
        self.is_settled = False
        self._device, self._needed, self._keep = device, needed, keep
        self._held = 0  # bytes, the most of one process
        self._throughput = Throughput()
        self._n, self._since = 0, 0.0  # processes, and the monotonic time since when all of them train
        self._earlier_rate: float | None = None  # with one process less

    def start(self, n: int | None) -> int:
        """Return how many processes to begin with.

        :param n: that paid in an earlier study; None begins with one and measures.
        """
        self.is_settled = n is not None
        return min(n or 1, count_fitting(self._device.free_memory, self._needed))

    def observe(self, outcome: JobOutcome) -> None:
        """Note what a process on this GPU has read, and the memory that it holds."""
        job, name = outcome.job, self._device.name
        if isinstance(outcome, JobProgress):
            is_training = outcome.phase == "training"
            if is_training or outcome.phase.startswith("pretraining"):
                batch = job.settings.batch_size
                passes = outcome.done * (min(batch, job.n_sentences) if is_training else batch)
                self._throughput.note(job.id, outcome.phase, passes, device=name)
                self._held = max(self._held, outcome.memory)
            return
        if isinstance(outcome, JobResult):
            self._throughput.note(job.id, "training", count_training_passes(job), device=name)
        self._throughput.forget(job.id)

    def decide(self, n: int, n_training: int) -> int:
        """Return how many processes to add to ``n``: 1, 0 or -1; call it often.

        :param n_training: of them that have begun; the rate counts only while all of them train.
        """
        now = time.monotonic()
        self.is_settled |= n < self._n  # one was lost, most often for want of memory
        if self.is_settled:
            return 0
        if n != self._n or n_training < n:
            self._n, self._since = n, now
        rate = self._throughput.measure(self._device.name)
        if rate is None or now - self._since < WINDOW_SECONDS:
            return 0
        if self._earlier_rate and not is_worthwhile(self._earlier_rate, rate):
            self.is_settled = True
            self._keep(n - 1)
            return -1
        if n >= self._count_fitting(n):
            self.is_settled = True  # by memory, which may be free in the next study: it is not kept
            return 0
        self._earlier_rate = rate
        return 1

    def _count_fitting(self, n: int) -> int:
        """Return how many processes fit into the GPU's memory, and into this machine's beside ``n``."""
        has_room = bool(psutil.virtual_memory().available > self._needed)
        return min(count_fitting(self._device.free_memory, self._held or self._needed), n + has_room)


def plan_growths(
    slots: Sequence[Slot], jobs: Collection[TrainJob], run: Run | None, *, is_open: bool
) -> tuple[tuple[Slot, ...], dict[str, GpuGrowth]]:
    """Return the slots to begin with, and what decides about more of them, by device.

    GPUs whose free memory is unknown and devices with a number in ``BIONER_DEVICES`` keep their slots. So do
    all devices where models are small: one process trains many of these side by side.

    :param is_open: more jobs may be added.
    """
    planned = list(jobs) or list(run.study.jobs if run else ())
    growths: dict[str, GpuGrowth] = {}
    begun: list[Slot] = []
    for slot in slots:
        n_slots = sum(other.device == slot.device for other in slots)
        device = next((d for d in list_devices() if d.name == slot.device), None)
        is_fixed = device is None or device.n_helpers or not device.free_memory or n_slots > 1
        if device is None or is_fixed or not planned or any(job.is_small for job in planned):
            begun.append(slot)
            continue
        needed = max(estimate_memory(job) for job in {job.model: job for job in planned}.values())
        growth = growths[slot.device] = GpuGrowth(device, needed=needed, keep=_build_keeper(run))
        n = growth.start(load_pace(run.folder.parent, run.study.jobs).processes if run else None)
        n = n if is_open else min(n, len(jobs))
        begun += [share_gpu(slot, n)] * n
    return tuple(begun), growths


def _build_keeper(run: Run | None) -> Callable[[int], None]:
    def keep(n: int) -> None:
        if run:
            save_pace(run.folder.parent, run.study.jobs, Pace(processes=n))

    return keep
