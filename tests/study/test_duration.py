"""Estimated training times, the workload of a plan, and the devices of this machine."""

import re
import subprocess
from dataclasses import replace

import pytest
from fake_runner import CORPORA, MODEL, build_result, build_study

from bioner_core.study import provenance
from bioner_core.study.duration import estimate_seconds, format_planned_work
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.executors import devices as devices_module
from bioner_core.study.executors import slots
from bioner_core.study.executors.devices import Device, list_devices
from bioner_core.study.store import RunStore
from bioner_core.study.workload import compute_total_workload


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cpu*1")
    return RunStore(tmp_path / "runs")


def store_timed_results(store, plan, *, seconds_per_sentence, model=MODEL):
    """Store results of a study with times as if this machine had trained it."""
    plan = replace(plan, model=model)
    run = store.create(plan, CORPORA)
    share = seconds_per_sentence * compute_total_workload(plan.jobs, plan.train_sizes) / len(plan.jobs)
    with run.lock() as writer:
        for job in plan.jobs:
            result = build_result(job)
            points = tuple(replace(p, seconds=share) for p in result.points)
            writer.append_result(replace(result, points=points))
    return run


def test_without_earlier_training_no_time_is_estimated(store):
    assert estimate_seconds(build_study(), store) is None
    store.create(build_study("planned"), CORPORA)
    assert estimate_seconds(build_study(), store) is None


def test_without_earlier_training_the_time_of_shipped_runs_is_reported(store):
    shipped = RunStore().open("four-corpora-probe").study
    jobs = tuple(job for job in shipped.jobs if job.target == "phee" and job.seed == 0)
    text = format_planned_work(replace(shipped, jobs=jobs), RunStore())
    assert re.fullmatch(
        r"\d+ models, [\d,]+ sentence-passes\. The time is known some seconds after the start: no similar "
        r"model was trained on this machine yet\. On another machine \(2 × AMD EPYC, 2 cores\), training "
        r"takes \d+ (s|min) after the encoder has read the text",
        text,
    )
    assert format_planned_work(build_study(), store).endswith(
        "no similar model was trained on this machine yet"
    )


@pytest.mark.parametrize(
    ("names", "devices"), [("cpu", "CPU"), ("cpu,cpu", "CPU"), ("cuda:0", "GPU"), ("cuda:0,cuda:1", "2 GPUs")]
)
def test_an_estimated_time_is_part_of_the_plan(store, monkeypatch, names, devices):
    monkeypatch.setenv("BIONER_DEVICES", names)
    store_timed_results(store, build_study("before"), seconds_per_sentence=0.5)
    assert format_planned_work(build_study(), store).endswith(f" on this machine's {devices}")


def test_the_time_is_proportional_to_the_workload(store):
    store_timed_results(store, build_study("before"), seconds_per_sentence=0.5)
    study = build_study(sizes="10,30,full", seeds=(0, 1, 2))
    expected = 0.5 * compute_total_workload(study.jobs, study.train_sizes)
    assert estimate_seconds(study, store) == pytest.approx(expected)


def test_the_workload_counts_training_scoring_and_pretraining():
    study = build_study(sizes="10", seeds=[0])
    # None at 10: 10 and 60 / 7 to score; source at 0: 60 / 7; source at 10: 10 and 60 / 7; pretraining 64.
    assert compute_total_workload(study.jobs, study.train_sizes) == pytest.approx(10 + 10 + 3 * 60 / 7 + 64)


def test_the_time_is_divided_by_the_number_of_devices(store, monkeypatch):
    store_timed_results(store, build_study("before"), seconds_per_sentence=0.5)
    alone = estimate_seconds(build_study(), store)
    monkeypatch.setattr(slots, "list_devices", lambda: (Device("cuda:0", "G"), Device("cuda:1", "G")))
    assert estimate_seconds(build_study(), store) == pytest.approx(alone / 2)


@pytest.mark.parametrize("other", ["model", "method", "host", "device"])
def test_other_models_methods_and_machines_do_not_count(store, monkeypatch, other):
    if other == "host":
        monkeypatch.setattr("bioner_core.study.run_writer.read_hostname", lambda: "elsewhere")
    if other == "device":
        monkeypatch.setattr("bioner_core.study.run_writer.describe_devices", lambda: "another GPU")
    planned = build_study("before", method="probe" if other == "method" else "finetune")
    if other == "model":
        jobs = tuple(replace(job, model="large") for job in planned.jobs)
        planned = replace(planned, jobs=jobs)
    store_timed_results(
        store, planned, seconds_per_sentence=0.5, model=ModelChoice(name="fake", revision="1")
    )
    assert estimate_seconds(build_study(), store) is None


def test_a_damaged_run_is_skipped(store):
    store_timed_results(store, build_study("before"), seconds_per_sentence=0.5)
    broken = store_timed_results(store, build_study("broken"), seconds_per_sentence=9)
    (broken.folder / "points.jsonl").write_text("{}\n{}\n")
    expected = 0.5 * compute_total_workload(build_study().jobs, build_study().train_sizes)
    assert estimate_seconds(build_study(), store) == pytest.approx(expected)


# Devices and provenance


@pytest.fixture
def driver(monkeypatch):
    """Answer as nvidia-smi on a machine with two GPUs does, for a torch that can use them."""
    answer = "NVIDIA H100, 81079\nNVIDIA A100, [N/A]\n"
    devices_module._list_cuda_devices.cache_clear()
    monkeypatch.delenv("BIONER_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(devices_module.metadata, "version", lambda name: "2.13.0")
    monkeypatch.setattr(
        devices_module.subprocess,
        "run",
        lambda command, **options: subprocess.CompletedProcess(command, 0, stdout=answer),
    )
    yield monkeypatch
    devices_module._list_cuda_devices.cache_clear()


def test_each_gpu_is_a_device(driver):
    first, second = list_devices()
    assert first == Device("cuda:0", "NVIDIA H100", free_memory=81079 << 20)
    assert second == Device("cuda:1", "NVIDIA A100")  # its driver does not say what is free


def test_hidden_gpus_are_not_listed(driver):
    driver.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert list_devices() == (Device("cuda:0", "NVIDIA A100"),)
    devices_module._list_cuda_devices.cache_clear()
    driver.setenv("CUDA_VISIBLE_DEVICES", "")
    assert [device.name for device in list_devices()] == ["cpu"]


def test_a_torch_for_cpus_lists_no_gpu(driver):
    driver.setattr(devices_module.metadata, "version", lambda name: "2.13.0+cpu")
    assert [device.name for device in list_devices()] == ["cpu"]


def test_no_driver_means_no_gpu(driver):
    def missing(command, **options):
        raise FileNotFoundError(command[0])

    driver.setattr(devices_module.subprocess, "run", missing)
    assert [device.name for device in list_devices()] == ["cpu"]


def test_the_environment_variable_selects_the_devices(driver):
    driver.setenv("BIONER_DEVICES", "cuda:1, cpu")
    devices = list_devices()
    assert [device.name for device in devices] == ["cuda:1", "cpu"]
    assert devices[0].title == "NVIDIA A100"
    assert devices[1].title.endswith("cores")


def test_provenance_outside_git_has_no_commit(monkeypatch):
    provenance._read_commit.cache_clear()

    def missing(command, **options):
        raise FileNotFoundError("git")

    monkeypatch.setattr(provenance.subprocess, "run", missing)
    assert provenance.build_session_record("planned")["commit"] is None
    provenance._read_commit.cache_clear()
