"""The trial of a machine: it runs in a new process, because torch's threads do not survive a fork."""

import json
import os
import subprocess
import sys

import pytest

from bioner_core.errors import BionerError
from bioner_core.tagging import machine_trial

SMALL_TRIAL = """
from bioner_core.cli import main
from bioner_core.tagging import machine_trial

train = machine_trial.build_training
machine_trial.build_training = lambda dtype: train(dtype, layers=1, width=24)
machine_trial.SECONDS = 0.1
raise SystemExit(main(["backend", "local", "--measure", "--format", "json"]))
"""


def test_each_way_is_measured_and_kept(tmp_path):
    variables = {"BIONER_CACHE": str(tmp_path), "BIONER_DEVICES": "cpu", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", SMALL_TRIAL], env=os.environ | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    n = min(2, len(os.sched_getaffinity(0)))
    ways = {(row["processes"], row["threads"]) for row in rows if row["dtype"] == "float32"}
    assert ways == {(n, 1), (1, n)}
    assert all(row["sentences_per_second"] > 0 for row in rows)
    assert "Studies here fine-tune in" in done.stderr
    (record,) = json.loads((tmp_path / "machine_speed.json").read_text()).values()
    assert len(record["speeds"]) == len(rows)


def test_a_machine_that_trains_on_gpus_is_not_measured(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cuda:0")
    with pytest.raises(BionerError) as refused:
        machine_trial.measure_machine()
    assert str(refused.value) == (
        "this machine trains on cuda:0: only processors are measured. BIONER_DEVICES=cpu measures the "
        "processor."
    )


def test_bfloat16_is_not_tried_where_its_products_are_slow(monkeypatch):
    monkeypatch.setattr(machine_trial, "check_bfloat16", lambda dtype: "")
    for slowdown, dtypes in ((50.0, ["float32"]), (0.7, ["float32", "bfloat16"])):
        seconds = {machine_trial.torch.float32: 1.0, machine_trial.torch.bfloat16: slowdown}
        monkeypatch.setattr(machine_trial, "_time_product", seconds.__getitem__)
        assert machine_trial.list_dtypes() == dtypes
    monkeypatch.setattr(machine_trial, "check_bfloat16", lambda dtype: "no units")
    assert machine_trial.list_dtypes() == ["float32"]


def test_a_dead_process_is_one_message():
    class DeadEnd:
        """A channel whose other end has died."""

        def recv(self):
            raise EOFError

    trainee = machine_trial.Trainee.__new__(machine_trial.Trainee)
    trainee.channel = DeadEnd()
    with pytest.raises(BionerError, match="the trial ended early: its process was killed"):
        trainee.receive_steps()
