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


def list_devices() -> tuple[Device, ...]:
    """Return the devices to train on, at least one.

    ``BIONER_DEVICES`` (``cpu`` or ``cuda:0,cuda:1``) decides; else all CUDA devices, Apple's GPU, or the CPU.
    """
    if chosen := os.environ.get("BIONER_DEVICES"):
        titles = {device.name: device.title for device in (*_list_cuda_devices(), _describe_cpu())}
        names = [name.strip() for name in chosen.split(",") if name.strip()]
        return tuple(Device(name, titles.get(name, name)) for name in names) or (_describe_cpu(),)
    if found := _list_cuda_devices():
        return found
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return (Device("mps", f"Apple GPU, {platform.machine()}"),)
    return (_describe_cpu(),)


@lru_cache(maxsize=1)
def _list_cuda_devices() -> tuple[Device, ...]:
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


def summarize_devices() -> str:
    """Return what trains on this machine, such as "CPU", "GPU" or "3 GPUs"."""
    found = list_devices()
    if found[0].name == "cpu":
        return "CPU"
    return "GPU" if len(found) == 1 else f"{len(found)} GPUs"


def check_bfloat16(dtype: str) -> str:
    """Return a sentence where matrix products of a type would be far slower here than float32, else "".

    A product of 420 by 384 by 1,536 numbers took 40 times as long on a processor without such units.
    """
    flags = set(_read_cpu_entry("flags").split())
    if dtype != "bfloat16" or list_devices()[0].name != "cpu" or not flags:
        return ""
    if flags & {"amx_bf16", "avx512_bf16"}:
        return ""
    return "This processor has no units for bfloat16, so float32 is many times as fast here."


def _read_cpu_entry(name: str) -> str:
    """Return what Linux tells of the first core under a name; "" elsewhere, and where it does not tell."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


@lru_cache(maxsize=1)
def _describe_cpu() -> Device:
    """Return the processor in words."""
    title = _read_cpu_entry("model name") or platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return Device("cpu", f"{title}, {cores} cores")
