"""What devices do now, in words: models in training, sentences a second, memory."""

from collections.abc import Sequence

from bioner_core.answers.wording.numbers import format_bytes, format_count
from bioner_core.study.run_state import DeviceProgress


def name_device(name: str) -> str:
    """Return the name of a device for people.

    >>> name_device("cpu"), name_device("cuda:1"), name_device("node2 cuda:0"), name_device("mps")
    ('CPU', 'GPU 1', 'node2, GPU', 'Apple GPU')
    """
    host, _, device = name.rpartition(" ")
    kind, _, number = device.partition(":")
    title = {"cpu": "CPU", "cuda": "GPU", "mps": "Apple GPU"}.get(kind, kind)
    if host:  # a process on a cluster sees its own GPU alone, as number 0
        return f"{host}, {title}"
    return f"{title} {number}".strip()


def describe_device(device: DeviceProgress) -> str:
    """Return what a device does, such as "CPU: 2 models, 340 sentence-passes/s, 2.9 GB"."""
    return f"{name_device(device.name)}: {_describe_work([device])}"


def describe_devices(devices: Sequence[DeviceProgress]) -> str:
    """Return what all devices do together; "" where none has reported.

    >>> one = DeviceProgress(name="cuda:0", n_running=2, memory=3_000_000_000, passes_per_second=120.4)
    >>> describe_devices([one, one]), describe_devices([one])
    ('2 devices: 4 models, 241 sentence-passes/s, 6.0 GB', 'GPU 0: 2 models, 120 sentence-passes/s, 3.0 GB')
    """
    if len(devices) < 2:
        return "".join(map(describe_device, devices))
    return f"{len(devices)} devices: {_describe_work(devices)}"


def compute_passes_per_second(devices: Sequence[DeviceProgress]) -> float | None:
    """Return the sentence passes per second of all devices; None where none is measured."""
    speeds = [d.passes_per_second for d in devices if d.passes_per_second is not None]
    return sum(speeds) if speeds else None


def _describe_work(devices: Sequence[DeviceProgress]) -> str:
    n, memory = sum(device.n_running for device in devices), sum(device.memory for device in devices)
    speed = compute_passes_per_second(devices)
    parts = [f"{format_count(n)} model{'s' * (n != 1)}"]
    parts += [f"{format_count(speed)} sentence-passes/s"] if speed else []
    parts += [format_bytes(memory)] if memory else []
    return ", ".join(parts)
