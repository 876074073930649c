"""Processes of a GPU: as many as fit its memory and raise its rate; driver, clock and rates are planted."""

import os
import socket
from dataclasses import replace
from types import SimpleNamespace

import pytest
from fake_runner import CORPORA, build_result, build_study

from bioner_core.study.executors import crew, devices, gpu_growth, slots
from bioner_core.study.executors.backend import Backend
from bioner_core.study.executors.connection import inspect_backend
from bioner_core.study.executors.devices import Device, list_devices
from bioner_core.study.executors.gpu_growth import count_fitting, is_worthwhile, plan_growths
from bioner_core.study.executors.helper import BatchEnd, Helper
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.slots import Slot, list_slots
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult
from bioner_core.study.pace import Pace, load_pace, save_pace
from bioner_core.study.store import RunStore
from bioner_core.study.workload import count_training_passes

GIB = 1 << 30
STUDY = build_study(sizes="10,20,30,40,50,full", seeds=range(40), sources=())
TICK_SECONDS, START_SECONDS = 0.5, 90.0  # a process loads libraries and encoder before it reports


@pytest.fixture
def driver(monkeypatch, tmp_path):
    """Put an nvidia-smi on the path that answers with a text and counts its calls, for a torch with CUDA."""

    def install(*lines):
        script = tmp_path / "bin" / "nvidia-smi"
        script.parent.mkdir(exist_ok=True)
        answer = "\n".join(lines)
        script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ncat <<END\n{answer}\nEND\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
        return tmp_path / "calls"

    for name in ("BIONER_DEVICES", "CUDA_VISIBLE_DEVICES", "CUDA_MPS_PIPE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(devices.metadata, "version", lambda name: "2.13.0")
    devices._list_cuda_devices.cache_clear()
    yield install
    devices._list_cuda_devices.cache_clear()


def test_the_driver_says_names_and_free_memory_in_one_call(driver):
    calls = driver("NVIDIA H100, SXM, 40960", "NVIDIA L4, 20000")
    assert list_devices() == (
        Device("cuda:0", "NVIDIA H100, SXM", free_memory=40 * GIB),
        Device("cuda:1", "NVIDIA L4", free_memory=20000 << 20),
    )
    list_devices()
    assert calls.read_text().splitlines() == ["--query-gpu=name,memory.free --format=csv,noheader,nounits"]


def test_the_free_memory_is_that_of_the_gpu_that_this_process_sees(driver, monkeypatch):
    driver("one, 1024", "two, 2048")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,GPU-8f3a")
    assert [device.free_memory for device in list_devices()] == [2 * GIB, 0]


def test_the_test_of_this_machine_says_whether_mps_runs(driver, monkeypatch, tmp_path):
    driver("NVIDIA L4, 20000")
    monkeypatch.setenv("CUDA_MPS_PIPE_DIRECTORY", str(tmp_path))
    assert [row["mps"] for row in inspect_backend(Backend())] == [False]
    monkeypatch.chdir(tmp_path)  # the address of a socket may be short only
    with socket.socket(socket.AF_UNIX) as control:
        control.bind("control")
        assert [row["mps"] for row in inspect_backend(Backend())] == [True]
    driver()  # no GPU: nothing to say
    assert [row["mps"] for row in inspect_backend(Backend())] == [None]


def test_a_process_pays_where_it_raises_the_rate_by_a_tenth():
    assert is_worthwhile(100, 111)
    assert not is_worthwhile(100, 109)
    assert not is_worthwhile(100, 60)


def test_memory_for_at_least_one_process_is_assumed():
    assert count_fitting(80 * GIB, 10 * GIB) == 6
    assert count_fitting(80 * GIB, 0) == gpu_growth.MAX_PROCESSES
    assert count_fitting(1 * GIB, 10 * GIB) == 1


class PlantedGpu:
    """Helpers that train at planted rates of a GPU, by a clock that moves while the crew waits.

    The crew, its queue and its schedule are the real ones; only processes and time are not.
    """

    def __init__(self, rates, *, held=GIB, n_allowed=99):
        self.rates, self.held, self.n_allowed = rates, held, n_allowed  # rates by processes, passes a second
        self.now, self.seen = 1000.0, []

    def wait(self, channels, timeout):
        if ended := [channel for channel in channels if channel.is_over]:
            return ended
        self.now += TICK_SECONDS
        training = [channel for channel in channels if self.now > channel.begins]
        self.seen.append(len(training))
        for channel in training:
            channel.passes += TICK_SECONDS * self.rates[len(training)] / len(training)
        return training


class PlantedChannel:
    """The pipe of a helper: progress of its job until the planted rate has trained it."""

    def __init__(self, gpu):
        self.gpu, self.job, self.passes, self.is_over = gpu, None, 0.0, False
        self.begins = gpu.now + START_SECONDS

    def send(self, jobs):
        [self.job] = jobs

    def recv(self):
        if self.is_over:
            self.is_over = False
            return BatchEnd()
        job = self.job
        batch = min(job.settings.batch_size, job.n_sentences)
        if self.gpu.seen[-1] > self.gpu.n_allowed:
            self.gpu.seen[-1] -= 1  # this one ends
            self.job, self.is_over = None, True
            return JobFailure(job=job, reason="out of memory", is_of_device=True)
        if self.passes < 100 * count_training_passes(job):  # of the fake plan, which trains one epoch
            steps = int(self.passes / batch)
            return JobProgress(job=job, phase="training", done=steps, total=10**6, memory=self.gpu.held)
        self.job, self.passes, self.is_over = None, 0.0, True
        return build_result(job)

    def close(self):
        pass


def build_helper(gpu):
    process = SimpleNamespace(
        terminate=lambda: None, join=lambda *_: None, is_alive=lambda: False, exitcode=0
    )

    class PlantedHelper(Helper):
        def __init__(self, device, context, *, n_threads=1):
            self.jobs, self.is_busy, self.is_silent = {}, False, True
            self.channel, self.process = PlantedChannel(gpu), process

    return PlantedHelper


@pytest.fixture
def machine(driver, monkeypatch):
    """Return a function that trains the plan on one GPU of 20 GB and returns the run, outcomes and GPU."""
    driver("NVIDIA L4, 20480")
    monkeypatch.setattr(slots, "estimate_memory", lambda job: GIB)
    monkeypatch.setattr(gpu_growth, "estimate_memory", lambda job: GIB)

    def train(folder, gpu, study=STUDY):
        run = RunStore(folder).create(replace(study, name=f"study {len(os.listdir(folder))}"), CORPORA)
        monkeypatch.setattr(crew, "Helper", build_helper(gpu))
        monkeypatch.setattr(crew, "wait", gpu.wait)
        for module in (crew, gpu_growth):
            monkeypatch.setattr(module.time, "monotonic", lambda: gpu.now)
        options = {"corpora": CORPORA, "runner": None, "cache": folder, "run": run}
        outcomes = [o for o in run_locally(study.jobs, **options) if not isinstance(o, JobProgress)]
        assert {o.job.id for o in outcomes if isinstance(o, JobResult)} == {job.id for job in study.jobs}
        assert len(outcomes) == len(study.jobs)
        return run

    return train


def load_processes(folder):
    return load_pace(folder, STUDY.jobs).processes


def test_processes_are_added_until_one_does_not_pay_and_the_next_study_begins_there(machine, tmp_path):
    gpu = PlantedGpu({1: 100, 2: 180, 3: 250, 4: 255})
    machine(tmp_path, gpu)
    order = [n for n, before in zip(gpu.seen, [0, *gpu.seen], strict=False) if n > before]
    assert order[:4] == [1, 2, 3, 4]
    assert load_processes(tmp_path) == 3
    half = len(gpu.seen) // 2
    assert set(gpu.seen[half:-400]) == {3}
    again = PlantedGpu(gpu.rates)
    machine(tmp_path, again)
    assert max(again.seen) == 3
    assert set(again.seen[:half]) == {0, 3}


def test_a_second_process_that_does_not_pay_is_left_out(machine, tmp_path, capsys):
    gpu = PlantedGpu({1: 100, 2: 100})
    machine(tmp_path, gpu)
    assert max(gpu.seen) == 2
    assert load_processes(tmp_path) == 1
    assert capsys.readouterr().err == (
        "cuda:0: 2 processes, to see whether they raise the rate\n"
        "cuda:0: one process less, 1 process left: it did not raise the rate\n"
    )


def test_no_more_processes_start_than_fit_into_the_memory_that_they_hold(machine, tmp_path):
    gpu = PlantedGpu({n: 100 * n for n in range(1, 17)}, held=6 * GIB)
    machine(tmp_path, gpu)
    assert max(gpu.seen) == count_fitting(20 * GIB, 6 * GIB) == 2
    assert load_processes(tmp_path) is None  # memory may be free next time


def test_after_a_want_of_memory_no_process_is_added_again(machine, tmp_path, capsys):
    gpu = PlantedGpu({n: 100 * n for n in range(1, 17)}, n_allowed=2)
    machine(tmp_path, gpu)
    assert capsys.readouterr().err.splitlines()[1:] == [
        "cuda:0: 3 processes, to see whether they raise the rate",
        "cuda:0: one process less, 2 processes left: out of memory",
    ]
    assert set(gpu.seen[len(gpu.seen) // 2 : -400]) == {2}


def test_a_number_that_was_asked_for_a_cpu_and_small_models_keep_their_slots(driver, monkeypatch, tmp_path):
    driver("NVIDIA L4, 20480")
    for chosen, study, n in (
        ("cuda:0*3", STUDY, 3),
        ("cuda:0*1", STUDY, 1),
        ("cpu*2", STUDY, 2),
        ("cuda:7", STUDY, 1),  # the driver does not list it
        ("cuda:0", build_study(method="probe"), 1),
    ):
        monkeypatch.setenv("BIONER_DEVICES", chosen)
        begun = list_slots(study.jobs)
        assert plan_growths(begun, study.jobs, None, is_open=True) == (begun, {})
        assert len(begun) == n
    monkeypatch.setenv("BIONER_DEVICES", "cuda:0")
    assert list(plan_growths(list_slots(STUDY.jobs), STUDY.jobs, None, is_open=True)[1]) == ["cuda:0"]


def test_what_paid_is_limited_by_memory_and_by_the_jobs(driver, monkeypatch, tmp_path):
    driver("NVIDIA L4, 20480")
    monkeypatch.setattr(gpu_growth, "estimate_memory", lambda job: 4 * GIB)
    run = RunStore(tmp_path).create(STUDY, CORPORA)
    save_pace(tmp_path, STUDY.jobs, Pace(processes=9))
    whole = list_slots(STUDY.jobs)
    begun, _ = plan_growths(whole, STUDY.jobs, run, is_open=False)
    assert [slot.units for slot in begun] == [("cuda-0.0", "cuda-0.1", "cuda-0.2")] * 3
    assert all(slot.n_threads == max(1, whole[0].n_threads // 3) for slot in begun)
    assert len(plan_growths(whole, STUDY.jobs[:2], run, is_open=False)[0]) == 2
    assert plan_growths([Slot(device="cpu")], STUDY.jobs, run, is_open=False)[1] == {}


def test_the_number_of_processes_is_kept_beside_the_speed(tmp_path):
    save_pace(tmp_path, STUDY.jobs, Pace(seconds_per_unit=0.5))
    save_pace(tmp_path, STUDY.jobs, Pace(processes=3))
    save_pace(tmp_path, STUDY.jobs, Pace(seconds_per_unit=0.2))
    assert load_pace(tmp_path, STUDY.jobs) == Pace(seconds_per_unit=0.2, processes=3)
