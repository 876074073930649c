"""Slots: how many helper processes train at once on this machine, on which device, with how many threads."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path

import psutil

from bioner_core.files import expand_path
from bioner_core.study.encoder_choice import locate_encoder
from bioner_core.study.executors.devices import count_threads, list_devices
from bioner_core.study.jobs import TrainJob
from bioner_core.study.machine_speed import load_machine_speed

# Resident memory of a helper beside its weights, and as multiples of them; benchmarks/slots.py measures it.
BASE_BYTES = 1400 << 20
WEIGHT_SHARE, TRAINED_WEIGHT_SHARE = 1.2, 3.0  # probe; fine-tuned: gradients and optimizer, few embeddings
UPPER_WEIGHT_SHARE = 2.0  # upper layers, up to half of all: the others are freed before training
UNKNOWN_WEIGHT_BYTES = 500 << 20
WEIGHT_FILES = ("*.safetensors", "*.bin", "*.npz")


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A share of a device for one helper process."""

    device: str  # as torch names it
    n_threads: int = 1
    units: tuple[str, ...] = ("cpu.0",)  # parts of the device in the machine's queue; a core is one
    n_units: int = 1  # that the slot occupies


def list_slots(jobs: Collection[TrainJob] = (), *, is_open: bool = True) -> tuple[Slot, ...]:
    """Return the slots of this machine: on CPUs one a core, on GPUs one a device or as many as are asked for.

    Where the processor was measured, models that are not small get the number of processes that is fastest.
    Devices come in turn. Where there are fewer jobs than cores, the slots share the cores.

    :param jobs: never more slots than these.
    :param is_open: more jobs may be added.
    """
    counts: dict[str, int] = {}
    for device in list_devices():
        n = device.n_helpers or (_choose_n_processes(jobs) if device.name == "cpu" else 1)
        is_twice = device.name in counts and not device.n_helpers and device.name == "cpu"
        counts[device.name] = counts.get(device.name, 0) + (0 if is_twice else n)
    n_most = sum(counts.values()) if is_open else len(jobs)
    names = [name for name in chain(*zip_longest(*([name] * n for name, n in counts.items()))) if name]
    names = names[:n_most]
    return tuple(_build_slot(name, names.count(name), counts[name], len(names)) for name in names)


def _choose_n_processes(jobs: Collection[TrainJob]) -> int:
    """Return how many processes train jobs like these on the CPU: one a core, or as a trial found better."""
    job = next(iter(jobs), None)
    speed = load_machine_speed() if job and not job.is_small else None
    return speed.choose_n_processes(job.settings.dtype) if job and speed else count_threads()


def count_models_at_once(jobs: Collection[TrainJob], *, is_open: bool = False) -> int:
    """Return how many models like these are trained at once: small ones on a core each; at least one."""
    slots = list_slots(jobs, is_open=is_open)
    is_small = any(job.is_small for job in jobs)
    return max(1, sum(slot.n_threads if is_small else 1 for slot in slots))


def _build_slot(name: str, n: int, n_most: int, n_slots: int) -> Slot:
    """Return one of ``n`` equal slots of a device that has ``n_most`` in the queue."""
    n_cores = count_threads()
    if name == "cpu":
        units = tuple(f"cpu.{number}" for number in range(max(n_cores, n)))
        n_threads = max(1, n_cores // n)
        return Slot(device=name, n_threads=n_threads, units=units, n_units=n_threads)
    stem = _name_physical_device(name).replace(":", "-")
    units = tuple(f"{stem}.{number}" for number in range(n_most))
    return Slot(device=name, n_threads=max(1, n_cores // n_slots), units=units)


def share_gpu(slot: Slot, n: int) -> Slot:
    """Return the slot of each of ``n`` processes that share a GPU, from one with the whole of it."""
    stem = slot.units[0].rpartition(".")[0]
    units = tuple(f"{stem}.{number}" for number in range(n))
    return replace(slot, n_threads=max(1, slot.n_threads // n), units=units)


def _name_physical_device(name: str) -> str:
    """Return a GPU as the driver numbers it, not as CUDA_VISIBLE_DEVICES renumbers it for this process."""
    kind, _, number = name.partition(":")
    visible = [entry.strip() for entry in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    is_renumbered = kind == "cuda" and number.isdecimal() and int(number) < len(visible)
    return f"cuda:{visible[int(number)]}" if is_renumbered and visible[int(number)] else name


def limit_by_memory(slots: Sequence[Slot], jobs: Collection[TrainJob]) -> tuple[tuple[Slot, ...], str]:
    """Return as many slots of the CPU as free memory allows, and a sentence where it is fewer."""
    n_cpu = sum(slot.device == "cpu" for slot in slots)
    free = psutil.virtual_memory().available
    needed = max((estimate_memory(job) for job in {job.model: job for job in jobs}.values()), default=0)
    n_allowed = max(1, free // max(1, needed))
    if n_cpu <= n_allowed:
        return tuple(slots), ""
    others = [slot for slot in slots if slot.device != "cpu"]
    cpu = next(slot for slot in slots if slot.device == "cpu")
    n_threads = max(1, cpu.n_threads * n_cpu // n_allowed)
    n_units = min(n_threads, len(cpu.units))
    limited = [replace(cpu, n_threads=n_threads, n_units=n_units)] * n_allowed
    processes = f"{n_allowed} process{'es' * (n_allowed > 1)}"
    return (*others, *limited), (
        f"{processes} of {n_threads} threads instead of {n_cpu} processes: {free / 1e9:.1f} GB of memory are "
        f"free, and one process may need {needed / 1e9:.1f} GB."
    )


def estimate_memory(job: TrainJob) -> int:
    """Return the memory that a helper may need to train a job, in bytes; the weights' files tell."""
    trained_share = UPPER_WEIGHT_SHARE if job.method == "partial" else TRAINED_WEIGHT_SHARE
    share = WEIGHT_SHARE if job.is_small else trained_share
    return BASE_BYTES + int(share * _measure_weights(job.model))


def _measure_weights(model: str) -> int:
    """Return the bytes of an encoder's weights; of one that is not on disk yet, those of a small one."""
    folder: Path | None = expand_path(model)
    if not os.path.isdir(expand_path(model)):
        located = locate_encoder(model)
        folder = located[0] if located else None
    sizes = [sum(path.stat().st_size for path in folder.glob(p)) for p in WEIGHT_FILES] if folder else []
    return max(sizes, default=0) or UNKNOWN_WEIGHT_BYTES
