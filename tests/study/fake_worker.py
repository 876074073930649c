"""A worker process: `python fake_worker.py RUN [RUNNER]` works on a run of BIONER_RUNS until it is done."""

import os
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import fake_runner  # noqa: E402

from bioner_core.study.executors import queue  # noqa: E402
from bioner_core.study.executors.local import run_locally  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402
from bioner_core.study.worker import train_pending_jobs  # noqa: E402

if __name__ == "__main__":
    runner = getattr(fake_runner, sys.argv[2] if len(sys.argv) > 2 else "run_fake_training")
    print("working as", os.getpid(), flush=True)
    run = RunStore().open(sys.argv[1])
    executor = partial(run_locally, run=run)
    queue.MIN_HOLD_SECONDS = 0
    for _ in train_pending_jobs(run, executor=executor, runner=runner, cache=Path(run.name)):
        pass
    print("done", flush=True)
