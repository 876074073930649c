"""Helpers, a Ray cluster and Slurm's tasks that live in a simulated world, under the real executors."""

import types
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from fake_runner import CORPORA, build_result

from bioner_core.study.executors import crew, ray_actor, ray_cluster, slurm_array, slurm_worker
from bioner_core.study.executors.helper import BatchEnd, Helper, TrainingContext, train_batch
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.ray_cluster import run_on_ray
from bioner_core.study.executors.ray_nodes import RayNode, RaySlot
from bioner_core.study.executors.slots import Slot
from bioner_core.study.executors.slurm_array import run_on_slurm
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult

MESSAGE_SECONDS = 0.5  # between two messages of a training
PROBLEM = "a fault of the simulation"


def train_at_once(jobs, *, corpora, device, cache):
    """Yield progress and the result of each job."""
    for job in jobs:
        yield JobProgress(job=job, phase="training", done=0, total=1)
        yield build_result(job)


def list_messages(jobs):
    return list(train_batch(jobs, TrainingContext(runner=train_at_once, corpora=CORPORA, cache=None), "cpu"))


def strike(fault, messages):
    """Return messages as a fault leaves them."""
    if fault == "failing job":
        return [JobFailure(job=m.job, reason=PROBLEM) if isinstance(m, JobResult) else m for m in messages]
    if fault == "full device":
        return [
            JobFailure(job=m.job, reason=PROBLEM, is_of_device=True) if isinstance(m, JobResult) else m
            for m in messages
        ]
    if fault == "duplicate":
        return [copy for m in messages for copy in ([m, m] if isinstance(m, JobResult) else [m])]
    return messages


class Channel:
    """The pipe of a helper that has all its messages ready."""

    def __init__(self, world):
        self.world, self.messages, self.is_dead = world, [], False

    def send(self, jobs):
        self.messages += list_messages(jobs)

    def recv(self):
        fault = self.world.operate("message", "helper")
        if fault == "kill helper":
            self.is_dead = True
        if self.is_dead:
            raise EOFError
        message, *rest = strike(fault, [self.messages.pop(0)])
        self.messages[:0] = rest
        return message

    def close(self):
        self.is_dead = True


def install_local(world, patch):
    process = types.SimpleNamespace(
        exitcode=-9, join=lambda *_: None, terminate=lambda: None, is_alive=lambda: False
    )

    class SimulatedHelper(Helper):
        def __init__(self, device, context, *, n_threads=1):
            self.jobs, self.is_busy, self.is_silent = {}, False, True
            self.channel, self.process = Channel(world), process

    def wait(channels, timeout):
        world.sleep(min(timeout, MESSAGE_SECONDS))
        return [channel for channel in channels if channel.messages or channel.is_dead]

    patch.setattr(crew, "Helper", SimulatedHelper)
    patch.setattr(crew, "wait", wait)
    slots = [Slot(device="cpu", units=("cpu.0", "cpu.1")) for _ in range(2)]
    return lambda run: partial(run_locally, slots=slots, run=run)


class RayError(Exception):
    """What Ray raises where an actor or its node died."""


class SimulatedRay:
    """The functions of Ray that the executor calls."""

    exceptions = types.SimpleNamespace(RayError=RayError)

    def __init__(self, world):
        self.world = world

    def put(self, value):
        return value

    def nodes(self):
        return [{"NodeID": node, "Alive": True} for node in ("1", "2")]

    def remote(self, _):
        options = types.SimpleNamespace(remote=lambda runner, device: RayHandle(self.world))
        return types.SimpleNamespace(options=lambda **_: options)

    def kill(self, handle):
        handle.is_dead = True

    def wait(self, replies, timeout):
        self.world.sleep(min(timeout, MESSAGE_SECONDS))
        return replies[:1], replies[1:]

    def get(self, reply):
        handle, call = reply
        fault = self.world.operate("message", "actor")
        if fault == "cut":
            raise ConnectionError
        if fault == "kill helper" or handle.is_dead:
            handle.is_dead = True
            raise RayError
        return strike(fault, call() or [])


class RayHandle:
    """An actor on a node: each method returns a reply that ``get`` resolves."""

    def __init__(self, world):
        self.world, self.messages, self.is_dead = world, [], False
        for name in ("train", "collect", "open_corpora", "lacks_encoder"):
            setattr(self, name, types.SimpleNamespace(remote=partial(self._call, name)))

    def _call(self, name, argument):
        if name == "train":
            self.messages += list_messages(argument)
        return self, self._collect if name == "collect" else lambda: False

    def _collect(self):
        n = self.world.random.randint(0, len(self.messages))
        messages, self.messages = self.messages[:n], self.messages[n:]
        return messages


def install_ray(world, patch):
    @contextmanager
    def connect(address, *, is_insecure):
        yield SimulatedRay(world)

    def inspect(ray, excluded):
        names = [name for name in ("1", "2") if name not in excluded]
        return [RayNode(id=name, host=name, n_cpus=1, n_gpus=0) for name in names]

    patch.setattr(ray_cluster, "connect_to_ray", connect)
    patch.setattr(ray_cluster, "inspect_nodes", inspect)
    patch.setattr(
        ray_cluster,
        "list_ray_slots",
        lambda nodes, jobs: [RaySlot(node=node, number=0, device="cpu") for node in nodes],
    )
    patch.setattr(ray_actor, "pin_to_node", lambda node_id: {})
    return lambda run: partial(run_on_ray, run=run, is_insecure=True)


class SimulatedTrainer:
    """The trainer of a worker on Slurm, in its own process."""

    def __init__(self, world, runner, *, device):
        self.world, self.messages = world, []

    def open_corpora(self, corpora):
        pass

    def train(self, jobs):
        self.messages = list_messages(jobs)

    def collect(self, seconds):
        self.world.sleep(MESSAGE_SECONDS)
        fault = self.world.operate("message", "worker")
        if fault == "kill helper":
            self.world.kill(self.world.current_actor())
        message, *self.messages = self.messages
        messages = strike(fault, [message])
        if any(isinstance(m, BatchEnd) for m in messages):
            self.messages = []
        return [replace(m, host="node", device="cpu") if isinstance(m, JobResult) else m for m in messages]


class SimulatedSubmitit:
    """Submitit's executor: a task is an actor."""

    def __init__(self, world):
        self.world = world

    @contextmanager
    def batch(self):
        yield

    def submit(self, worker):
        actor = self.world.spawn(f"task {len(self.world.actors)}", worker)
        return types.SimpleNamespace(
            done=lambda: actor.is_done, cancel=lambda: setattr(actor, "is_killed", True)
        )


def install_slurm(world, patch):
    numbers = iter(range(10_000))
    patch.setattr(slurm_array, "_open_submitit", lambda *_: SimulatedSubmitit(world))
    patch.setattr(slurm_array, "POLL_SECONDS", 3.0)
    patch.setattr(slurm_worker, "POLL_SECONDS", 3.0)
    patch.setattr(slurm_array, "MAX_ARRAYS", 100)  # workers die more often here than elsewhere
    patch.setattr(slurm_worker, "NodeTrainer", partial(SimulatedTrainer, world))
    patch.setattr(slurm_worker, "uuid4", lambda: types.SimpleNamespace(hex=f"{next(numbers):06}"))
    return lambda run: partial(run_on_slurm, options={"workers": "2"}, run=run)


INSTALLERS = {"local": install_local, "ray": install_ray, "slurm": install_slurm}
