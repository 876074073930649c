"""Overhead of each backend per model, and its idle memory: ``python benchmarks/backends.py``.

The models are a runner's that trains nothing for 0.1 s, on two slots of this machine. The overhead is the
time beyond that, from the first result to the last. Ray runs a cluster of one node here; submitit's local
executor plays Slurm's part. Memory is proportional (PSS), of all processes that were started, in training.
"""

import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "study")]
os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])

import fake_runner  # noqa: E402

from bioner_core.files import format_current_time  # noqa: E402
from bioner_core.study.executors.local import run_locally  # noqa: E402
from bioner_core.study.executors.ray_cluster import run_on_ray  # noqa: E402
from bioner_core.study.executors.slots import Slot  # noqa: E402
from bioner_core.study.executors.slurm_array import run_on_slurm  # noqa: E402
from bioner_core.study.jobs import JobProgress, JobResult  # noqa: E402
from bioner_core.study.provenance import describe_devices  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402

N_SLOTS = 2
SECONDS = 0.1  # of a model of the runner
STUDY = {"sizes": "2:56:2,full", "seeds": (0, 1)}
OUT = ROOT / "benchmarks" / "results" / "backends.json"


def train_for_a_moment(jobs, *, corpora, device, cache):
    """Train nothing for ``SECONDS``."""
    for job in jobs:
        time.sleep(SECONDS)
        yield JobProgress(job=job, phase="training", done=1, total=1)
        yield fake_runner.build_result(job)


def measure(executor, jobs, cache):
    """Return the seconds until the first result, those per model after it, and the memory meanwhile."""
    began, times, memory = time.monotonic(), [], 0
    outcomes = executor(jobs, corpora=fake_runner.CORPORA, runner=train_for_a_moment, cache=cache)
    for outcome in outcomes:
        if isinstance(outcome, JobResult):
            times.append(time.monotonic())
            if len(times) == len(jobs) // 2:
                memory = sum(map(read_memory, list_started()))
    per_model = (times[-1] - times[0]) / (len(times) - 1) * N_SLOTS
    return {
        "seconds_to_first_result": round(times[0] - began, 2),
        "overhead_seconds_per_model": round(per_model - SECONDS, 3),
        "memory_mb": round(memory / 1e6),
        "models": len(times),
    }


def list_started():
    """Return the processes that this one started, and those of Ray, which have no parent."""
    children = psutil.Process().children(recursive=True)
    ray = [p for p in psutil.process_iter(["cmdline"]) if any("/ray/" in w for w in p.info["cmdline"] or ())]
    return {p.pid: p for p in (*children, *ray)}.values()


def read_memory(process):
    """Return the proportional memory of a process in bytes; 0 where it has ended."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def start_ray(stack, folder):
    """Start a protected cluster of one node with as many cores as slots."""
    (folder / "token").write_text("a" * 64)
    os.environ.update(
        RAY_AUTH_MODE="token", RAY_AUTH_TOKEN_PATH=str(folder / "token"), RAY_USAGE_STATS_ENABLED="0"
    )
    import ray

    ray.init(num_cpus=N_SLOTS, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
    stack.callback(ray.shutdown)


def main():
    """Print and store the figures."""
    jobs = fake_runner.build_study(**STUDY).jobs
    results = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        os.environ["BIONER_CACHE"] = str(folder / "cache")
        results["local"] = measure(partial(run_locally, slots=[Slot(device="cpu")] * N_SLOTS), jobs, folder)
        run = RunStore(folder / "runs").create(fake_runner.build_study(**STUDY), fake_runner.CORPORA)
        options = {"cluster": "local", "workers": str(N_SLOTS)}
        results["slurm (submitit's local executor)"] = measure(
            partial(run_on_slurm, run=run, options=options), jobs, folder
        )
        start_ray(stack, folder)
        results["ray"] = measure(run_on_ray, jobs, folder)
    record = {"at": format_current_time(), "machine": describe_devices(), "results": results}
    print(json.dumps(record, indent=1))
    OUT.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
