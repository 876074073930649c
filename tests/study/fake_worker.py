"""A worker process: `python fake_worker.py RUN [RUNNER]` works on a run of BIONER_RUNS until it is done."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import fake_runner  # noqa: E402

from bioner_core.study.executors.local import run_locally  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402
from bioner_core.study.worker import train_pending_jobs  # noqa: E402

if __name__ == "__main__":
    runner = getattr(fake_runner, sys.argv[2] if len(sys.argv) > 2 else "run_fake_training")
    print("working as", os.getpid(), flush=True)
    for _ in train_pending_jobs(
        RunStore().open(sys.argv[1]), executor=run_locally, runner=runner, cache=Path("cache")
    ):
        pass
    print("done", flush=True)
