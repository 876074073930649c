"""Test where models can be trained: the nodes, what they have, and what they lack."""

import json
import subprocess
import sys
from typing import Any

from bioner_core.errors import BionerError
from bioner_core.study.executors.backend import LOCAL, Backend, choose_backend
from bioner_core.study.executors.ray_nodes import (
    RayNode,
    check_protection,
    connect_to_ray,
    inspect_nodes,
    list_differences,
    list_ray_slots,
)
from bioner_core.study.executors.slots import list_slots
from bioner_core.study.executors.trainer import NodeReport, describe_node

ANSWER_SECONDS = 120.0  # limit for a cluster: it starts a process on each node
MIN_DISK_BYTES = 2 << 30  # for an encoder and its features


def inspect_backend(backend: Backend) -> list[dict[str, object]]:
    """Return a row for each node of a place.

    :raises BionerError: it cannot be reached, or its nodes take commands from anybody.
    """
    here = describe_node()
    if backend.kind == "local":
        return [_describe(here.host, here, "", len(list_slots()), here)]
    if backend.kind == "slurm":
        raise BionerError("backend slurm: `sinfo` lists its nodes; a study asks it only at its start.")
    with connect_to_ray(backend.address, is_insecure=backend.is_insecure) as ray:
        nodes = inspect_nodes(ray)
        if not backend.is_insecure:
            check_protection(nodes)
        return [_describe_ray_node(node, here) for node in nodes]


def _describe_ray_node(node: RayNode, here: NodeReport) -> dict[str, object]:
    row = _describe(node.host, node.report, node.problem, len(list_ray_slots([node], ())), here)
    return {**row, "cores": node.n_cpus, "gpus": node.n_gpus}


def _describe(
    host: str, report: NodeReport | None, problem: str, n_slots: int | None, here: NodeReport
) -> dict[str, object]:
    notes = [problem] if problem else []
    if report:
        notes += list_differences(report, here.versions)
        if report.free_disk < MIN_DISK_BYTES:
            notes.append("little space is free on the disk of its cache")
    if n_slots == 0 and not problem:
        notes.append("it has no core for training")
    return {
        "node": host,
        "trains": not problem and n_slots != 0,
        "slots": n_slots,
        "cores": None,
        "gpus": len(report.gpu_bytes) if report else 0,
        "free_memory_gb": _round(report.free_memory) if report else None,
        "free_gpu_gb": _round(min(report.gpu_bytes)) if report and report.gpu_bytes else None,
        "mps": report.has_mps if report and report.gpu_bytes else None,
        "free_disk_gb": _round(report.free_disk) if report else None,
        "note": "; ".join(notes) or "nothing is missing",
        "versions": dict(report.versions) if report else {},
    }


def _round(n_bytes: int) -> float:
    return round(n_bytes / 1e9, 1)


def inspect_in_process(place: str) -> list[dict[str, object]]:
    """Return what ``inspect_backend`` returns, from a process of its own: a cluster's library stays there.

    :param place: as ``parse_backend`` reads it.
    :raises BionerError: the user may not train there, it cannot be reached, or does not answer in time.
    """
    rows: list[dict[str, object]] = _run_command(place, str(choose_backend(place)))
    return rows


def measure_in_process() -> None:
    """Measure how fast this machine fine-tunes, in a process of its own: torch stays there.

    :raises BionerError: the user may not train here, or the trial fails.
    """
    _run_command(LOCAL, str(choose_backend(LOCAL)), "--measure")


def _run_command(place: str, *arguments: str) -> Any:
    """Return what ``bioner backend`` prints as JSON.

    :raises BionerError: it says that something is wrong, or does not answer in time.
    """
    command = [sys.executable, "-m", "bioner_core", "backend", *arguments, "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    except subprocess.TimeoutExpired as error:
        remedy = "Close other programs" if place == LOCAL else "Check the address and the firewall"
        raise BionerError(
            f"backend {place}: there was no answer within {ANSWER_SECONDS:.0f} s. {remedy}."
        ) from error
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        lines = done.stderr.strip().splitlines() or [f"backend {place}: the test ended without an answer."]
        raise BionerError(lines[-1].removeprefix("bioner: ")) from error
