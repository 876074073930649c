"""Which devices of this machine train: one entry a helper process, found without loading torch."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

WAIT_SECONDS = 10  # for the driver's answer


@dataclass(frozen=True)
class Device:
    """A device as torch names it, and in words."""

    name: str  # "cpu", "cuda:0", "mps"
    title: str  # "Intel Xeon …, 2 cores"


def devices() -> tuple[Device, ...]:
    """Return the devices to train on, at least one.

    ``BIONER_DEVICES`` (``cpu`` or ``cuda:0,cuda:1``) decides; else all CUDA devices, Apple's GPU, or the CPU.
    """
    if chosen := os.environ.get("BIONER_DEVICES"):
        titles = {device.name: device.title for device in (*_cuda(), _cpu())}
        names = [name.strip() for name in chosen.split(",") if name.strip()]
        return tuple(Device(name, titles.get(name, name)) for name in names) or (_cpu(),)
    if found := _cuda():
        return found
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return (Device("mps", f"Apple GPU, {platform.machine()}"),)
    return (_cpu(),)


@lru_cache(maxsize=1)
def _cuda() -> tuple[Device, ...]:
    """Ask the driver, as long as the installed torch can use what it names."""
    try:
        if "+cpu" in metadata.version("torch"):
            return ()
    except metadata.PackageNotFoundError:
        return ()
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=WAIT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    titles = [line.strip() for line in answer.stdout.splitlines() if line.strip()]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:  # torch counts only these, from 0, in this order
        shown = [entry.strip() for entry in visible.split(",") if entry.strip() not in ("", "-1")]
        titles = [titles[int(e)] if e.isdigit() and int(e) < len(titles) else f"GPU {e}" for e in shown]
    return tuple(Device(f"cuda:{number}", title) for number, title in enumerate(titles))


@lru_cache(maxsize=1)
def _cpu() -> Device:
    """Return the processor in words."""
    title = platform.processor() or platform.machine()
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        title = next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), title)
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return Device("cpu", f"{title}, {cores} cores")
