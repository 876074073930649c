"""A Ray cluster: connect to it with a token, see what its nodes have and lack, and share them into slots."""

import logging
import os
import time
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bioner_core import __version__
from bioner_core.errors import BionerError
from bioner_core.study.executors.slots import estimate_memory
from bioner_core.study.executors.trainer import NodeReport, describe_node
from bioner_core.study.jobs import TrainJob

INSPECT_SECONDS = 60.0  # limit for a node's first answer: it starts a process and imports the program
INSTALL = 'pip install "bioner-budget[ray]"'
PROTECTED = ("token", "k8s")  # values of RAY_AUTH_MODE with which a node refuses strangers
GPU_SLOT_BYTES = 8 << 30  # free GPU memory that a slot takes; an estimate, not measured
MAX_SLOTS_OF_GPU = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class RayNode:
    """A node of a cluster; it trains where it has no problem."""

    id: str
    host: str
    n_cpus: int  # that the cluster may use
    n_gpus: int
    report: NodeReport | None = None
    problem: str = ""  # what is missing on it


@dataclass(frozen=True, kw_only=True)
class RaySlot:
    """A share of a node for one resident process."""

    node: RayNode
    number: int  # on the node
    device: str  # "cpu" or "cuda:0"
    n_gpus: float = 0.0  # share of a GPU; Ray only counts it, the memory is not divided


@contextmanager
def connect_to_ray(address: str, *, is_insecure: bool) -> Iterator[Any]:
    """Connect this process to a cluster; yield Ray's module.

    :param address: "ray://HOST:PORT", or "" for the cluster that this machine is a node of.
    :param is_insecure: connect without a token if there is none.
    :raises BionerError: Ray is not installed, there is no token, or the cluster does not answer or refuses.
    """
    _set_authentication(is_insecure=is_insecure)
    try:
        import ray
    except ImportError as error:
        raise BionerError(f"backend ray: the package ray is not installed. Install it: {INSTALL}") from error
    if ray.is_initialized():
        yield ray
        return
    try:
        with warnings.catch_warnings(action="ignore"):  # the error below says the same
            ray.init(
                address=address or os.environ.get("RAY_ADDRESS") or "auto",
                logging_level=logging.ERROR,
                log_to_driver=False,
            )
    except (ConnectionError, RuntimeError, ValueError, ImportError, OSError) as error:
        raise BionerError(_explain_refusal(address, error)) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _set_authentication(*, is_insecure: bool) -> None:
    """Set Ray's token mode and the path of the token in this process, before Ray is imported."""
    path = Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    has_token = bool(os.environ.get("RAY_AUTH_TOKEN")) or (path.is_file() and path.stat().st_size > 0)
    if not has_token and not is_insecure:
        raise BionerError(
            f"backend ray: there is no token in {path}. Make one with `ray get-auth-token --generate`, copy "
            "it to every node, and start the nodes with RAY_AUTH_MODE=token. In a network that nobody else "
            "reaches, --insecure goes on without one."
        )
    os.environ["RAY_AUTH_MODE"] = "token" if has_token else "disabled"
    if has_token and not os.environ.get("RAY_AUTH_TOKEN"):
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(path)


def _explain_refusal(address: str, error: BaseException) -> str:
    """Return why a cluster could not be reached, and what to do."""
    text = _join_messages(error)
    if "ersion mismatch" in text:
        reason = "it runs another version of Ray or Python than this machine"
        remedy = f"Both ends need the same: here {INSTALL} brought Ray {_read_ray_version()}"
    elif "oken" in text or "nauthenticated" in text:
        reason = "it refuses the token"
        remedy = "Copy the token of the cluster's first node to this machine (docs/deployment.md)"
    elif address:
        reason = "it does not answer"
        remedy = (
            "Check host and port (ray start --head prints them; 10001 is usual), the firewall, and that the "
            "token is the cluster's"
        )
    else:
        reason = "no node of a cluster runs on this machine"
        remedy = (
            "Start one with `ray start`, set RAY_ADDRESS, or name the cluster: --backend ray://HOST:10001"
        )
    return f"backend {address or 'ray'}: {reason}. {remedy}."


def _join_messages(error: BaseException | None) -> str:
    """Return the messages of an error and of its causes."""
    return f"{error} {_join_messages(error.__cause__ or error.__context__)}" if error else ""


def _read_ray_version() -> str:
    from importlib import metadata

    return metadata.version("ray")


def inspect_nodes(ray: Any, *, excluded: Collection[str] = ()) -> list[RayNode]:
    """Return the living nodes with what they have and lack.

    :param excluded: ids of nodes that are not wanted.
    """
    task = ray.remote(describe_node)
    nodes, replies = [], []
    for entry in ray.nodes():
        if not entry["Alive"] or entry["NodeID"] in excluded:
            continue
        resources = entry["Resources"]
        node = RayNode(
            id=entry["NodeID"],
            host=entry["NodeManagerHostname"],
            n_cpus=int(resources.get("CPU", 0)),
            n_gpus=int(resources.get("GPU", 0)),
        )
        nodes.append(node)
        replies.append(task.options(num_cpus=0, max_retries=0, **pin_to_node(node.id)).remote())
    end = time.monotonic() + INSPECT_SECONDS
    return [_add_report(ray, node, reply, end) for node, reply in zip(nodes, replies, strict=True)]


def _add_report(ray: Any, node: RayNode, reply: Any, end: float) -> RayNode:
    try:
        report: NodeReport = ray.get(reply, timeout=max(0.1, end - time.monotonic()))
    except ray.exceptions.RayError as error:
        return replace(node, problem=explain_node_error(error))
    version = report.versions["bioner-budget"]
    problem = "" if version == __version__ else f"it has bioner-budget {version}, this machine {__version__}"
    return replace(node, report=report, problem=problem)


def explain_node_error(error: BaseException) -> str:
    """Return in a few words why a node cannot train."""
    text = str(error)
    if "No module named" in text:
        package = text.split("No module named")[1].split("'")[1].split(".")[0]
        name = {"bioner_core": "bioner-budget"}.get(package, package)
        return f"the package {name} is missing"
    return f"its process did not start ({type(error).__name__})"


def pin_to_node(node_id: str) -> dict[str, Any]:
    """Return the options of a task or actor that runs on one node, or not at all."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return {"scheduling_strategy": NodeAffinitySchedulingStrategy(node_id=node_id, soft=False)}


def check_protection(nodes: Collection[RayNode]) -> None:
    """Refuse a cluster whose nodes take commands from anybody. :raises BionerError: they do."""
    open_hosts = [node.host for node in nodes if node.report and node.report.auth_mode not in PROTECTED]
    if open_hosts:
        raise BionerError(
            f"Ray node {open_hosts[0]}: takes commands from anybody who reaches it. Start all nodes with "
            "RAY_AUTH_MODE=token and the same token, or add --insecure in a network that nobody else reaches."
        )


def list_differences(report: NodeReport, here: Mapping[str, str]) -> list[str]:
    """Return the packages of a node whose versions differ from those of this machine."""
    return [
        f"{name} {report.versions.get(name, 'missing')} instead of {version}"
        for name, version in here.items()
        if report.versions.get(name) != version
    ]


def list_ray_slots(nodes: Collection[RayNode], jobs: Collection[TrainJob]) -> list[RaySlot]:
    """Return the slots of the nodes without problems: one a core, or by memory several a GPU."""
    needed = max((estimate_memory(job) for job in {job.model: job for job in jobs}.values()), default=1)
    slots = []
    for node in nodes:
        if node.report is None or node.problem:
            continue
        if node.n_gpus:
            free = min(node.report.gpu_bytes, default=0)
            n_shares = min(MAX_SLOTS_OF_GPU, max(1, free // GPU_SLOT_BYTES))
            n_slots, share = node.n_gpus * n_shares, 1 / n_shares
        else:
            n_slots, share = min(node.n_cpus, max(1, node.report.free_memory // needed)), 0.0
        device = "cuda:0" if node.n_gpus else "cpu"
        slots += [RaySlot(node=node, number=i, device=device, n_gpus=share) for i in range(n_slots)]
    return slots
