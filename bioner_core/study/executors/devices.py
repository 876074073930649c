"""List the devices of this machine that train, without loading torch."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from bioner_core.errors import BionerError

WAIT_SECONDS = 10  # limit for the driver's answer
MAX_HELPERS = 1024  # of a device


@dataclass(frozen=True)
class Device:
    """A device: its name in torch, and its title for people."""

    name: str  # "cpu", "cuda:0", "mps"
    title: str  # "Intel Xeon …, 2 cores"
    n_helpers: int = 0  # processes that train on it at once, as asked for; 0 lets the program choose
    free_memory: int = 0  # bytes of a GPU, when this process looked first; 0 where unknown


def list_devices() -> tuple[Device, ...]:
    """Return the devices to train on, at least one.

    ``BIONER_DEVICES`` (``cpu`` or ``cuda:0,cuda:1``; with helpers, ``cpu*2``, ``cuda:0*3``) decides; else all
    CUDA devices, Apple's GPU, or the CPU.

    :raises BionerError: a number of helpers is none.
    """
    if chosen := os.environ.get("BIONER_DEVICES"):
        present = {device.name: device for device in (*_list_cuda_devices(), _describe_cpu())}
        texts = [text.strip() for text in chosen.split(",") if text.strip()]
        return tuple(_parse_device(text, present) for text in texts) or (_describe_cpu(),)
    if cuda_devices := _list_cuda_devices():
        return cuda_devices
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return (Device("mps", f"Apple GPU, {platform.machine()}"),)
    return (_describe_cpu(),)


def _parse_device(text: str, present: Mapping[str, Device]) -> Device:
    """Return the device that an entry such as "cuda:0*3" names."""
    name, star, count = (part.strip() for part in text.partition("*"))
    if star and not (count.isdecimal() and 0 < int(count) <= MAX_HELPERS):
        raise BionerError(
            f"BIONER_DEVICES has {text!r}: after * stands the number of helper processes, 1 to "
            f"{MAX_HELPERS}, as in cpu*2 or cuda:0*3."
        )
    return replace(present.get(name, Device(name, name)), n_helpers=int(count or 0))


@lru_cache(maxsize=1)
def _list_cuda_devices() -> tuple[Device, ...]:
    """Return the GPUs that the driver lists, if the installed torch can use them."""
    try:
        if "+cpu" in metadata.version("torch"):
            return ()
    except metadata.PackageNotFoundError:
        return ()
    gpus = query_gpus()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:  # torch numbers only these, from 0, in this order
        entries = [entry.strip() for entry in visible.split(",") if entry.strip() not in ("", "-1")]
        gpus = [gpus[int(e)] if e.isdigit() and int(e) < len(gpus) else (f"GPU {e}", 0) for e in entries]
    return tuple(Device(f"cuda:{i}", title, free_memory=free) for i, (title, free) in enumerate(gpus))


def query_gpus() -> list[tuple[str, int]]:
    """Return the title and the free memory in bytes of each GPU, as the driver says; 0 where it does not."""
    query = ["nvidia-smi", "--query-gpu=name,memory.free", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=WAIT_SECONDS, check=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
    rows = [line.rpartition(",") for line in answer.stdout.splitlines() if line.strip()]
    return [(title.strip(), int(mib) << 20 if mib.strip().isdecimal() else 0) for title, _, mib in rows]


def has_mps_daemon() -> bool:
    """Say whether the control socket of NVIDIA's MPS is there: its processes compute on a GPU at once."""
    folder = os.environ.get("CUDA_MPS_PIPE_DIRECTORY") or "/tmp/nvidia-mps"  # noqa: S108  # NVIDIA's default
    return (Path(folder) / "control").is_socket()


def summarize_devices() -> str:
    """Return the training devices of this machine in short: "CPU", "GPU" or "3 GPUs"."""
    devices = list_devices()
    if devices[0].name == "cpu":
        return "CPU"
    return "GPU" if len(devices) == 1 else f"{len(devices)} GPUs"


def check_bfloat16(dtype: str) -> str:
    """Return a warning if matrix products in ``dtype`` are far slower on this CPU than in float32, else "".

    A product of 420 x 384 and 384 x 1,536 matrices took 40 times as long on a CPU without bfloat16 units.
    """
    flags = set(_read_cpu_entry("flags").split())
    if dtype != "bfloat16" or list_devices()[0].name != "cpu" or not flags:
        return ""
    if flags & {"amx_bf16", "avx512_bf16"}:
        return ""
    return "This processor has no units for bfloat16, so float32 is many times as fast here."


def _read_cpu_entry(name: str) -> str:
    """Return an entry of the first core in Linux's /proc/cpuinfo; "" if there is none."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


@lru_cache(maxsize=1)
def _describe_cpu() -> Device:
    """Return the CPU with its title."""
    title = _read_cpu_entry("model name") or platform.processor() or platform.machine()
    return Device("cpu", f"{title}, {_count_cores()} cores")


def count_threads() -> int:
    """Return how many cores training may use: ``OMP_NUM_THREADS``, else all that this process may use."""
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(_count_cores(), int(limit)) if limit.isdecimal() and int(limit) else _count_cores()


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
