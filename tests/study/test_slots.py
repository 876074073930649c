"""Slots: helper processes by device, their threads, their parts of the queue, and what memory allows."""

from dataclasses import replace

import pytest
from fake_runner import build_study

from bioner_core.errors import BionerError
from bioner_core.study.executors import devices, slots
from bioner_core.study.executors.devices import list_devices
from bioner_core.study.executors.slots import Slot, count_models_at_once, limit_by_memory, list_slots
from bioner_core.study.jobs import LSTM_CRF
from bioner_core.study.provenance import describe_devices

JOBS = build_study(seeds=(0, 1), sources=()).jobs  # eight


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(devices, "_count_cores", lambda: 4)
    for name in ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "BIONER_DEVICES"):
        monkeypatch.delenv(name, raising=False)


def describe_slots(monkeypatch, devices, **options):
    monkeypatch.setenv("BIONER_DEVICES", devices)
    return [(slot.device, slot.n_threads, slot.n_units) for slot in list_slots(**options)]


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ("cpu", [("cpu", 1, 1)] * 4),
        ("cpu*1", [("cpu", 4, 4)]),
        ("cpu * 2", [("cpu", 2, 2)] * 2),
        ("cpu,cpu", [("cpu", 1, 1)] * 4),
        ("cuda:0", [("cuda:0", 4, 1)]),
        ("cuda:0*2,cuda:1*2", [("cuda:0", 1, 1), ("cuda:1", 1, 1)] * 2),
        ("mps,cpu*1", [("mps", 2, 1), ("cpu", 4, 4)]),
    ],
)
def test_devices_have_slots(monkeypatch, devices, expected):
    assert describe_slots(monkeypatch, devices) == expected


def test_fewer_jobs_than_cores_share_the_cores(monkeypatch):
    assert describe_slots(monkeypatch, "cpu", jobs=JOBS[:1], is_open=False) == [("cpu", 4, 4)]
    assert describe_slots(monkeypatch, "cpu", jobs=JOBS[:2], is_open=False) == [("cpu", 2, 2)] * 2
    assert describe_slots(monkeypatch, "cpu", jobs=JOBS[:1]) == [("cpu", 1, 1)] * 4  # a search adds more
    gpus = describe_slots(monkeypatch, "cuda:0*3,cuda:1*3", jobs=JOBS[:2], is_open=False)
    assert [name for name, *_ in gpus] == ["cuda:0", "cuda:1"]


def test_a_limit_of_threads_limits_the_slots(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert describe_slots(monkeypatch, "cpu") == [("cpu", 1, 1)] * 2


@pytest.mark.parametrize("text", ["cpu*0", "cpu*", "cuda:0*two", "cpu*-1", "cpu*99999", "cpu*1.5"])
def test_a_wrong_number_of_helpers_is_refused(monkeypatch, text):
    monkeypatch.setenv("BIONER_DEVICES", text)
    with pytest.raises(BionerError) as refused:
        list_devices()
    assert str(refused.value) == (
        f"BIONER_DEVICES has '{text}': after * stands the number of helper processes, 1 to 1024, as in cpu*2 "
        "or cuda:0*3."
    )


def test_the_number_of_helpers_does_not_change_the_device_that_points_name(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "xpu*3")
    assert describe_devices() == "xpu"


def test_a_gpu_has_the_same_units_whatever_its_number_in_a_process(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cuda:0*2")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,1")
    assert list_slots()[0].units == ("cuda-3.0", "cuda-3.1")


@pytest.mark.parametrize(("method", "devices", "n"), [("finetune", "cpu", 4), ("finetune", "cuda:0", 1),
                         ("probe", "cuda:0", 4), ("probe", "cpu*2", 4)])  # fmt: skip
def test_models_at_once(monkeypatch, method, devices, n):
    monkeypatch.setenv("BIONER_DEVICES", devices)
    assert count_models_at_once([replace(job, method=method) for job in JOBS]) == n


def test_memory_limits_the_processes_and_says_so(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cpu")
    monkeypatch.setattr(slots, "estimate_memory", lambda job: 2_000_000_000)
    free = type("Memory", (), {"available": 5_000_000_000})
    monkeypatch.setattr(slots.psutil, "virtual_memory", lambda: free)
    limited, sentence = limit_by_memory(list_slots(JOBS), JOBS)
    assert [(slot.n_threads, slot.n_units) for slot in limited] == [(2, 2)] * 2
    assert sentence == (
        "2 processes of 2 threads instead of 4 processes: 5.0 GB of memory are free, and one process may "
        "need 2.0 GB."
    )
    free.available = 1_000_000
    assert len(limit_by_memory(list_slots(JOBS), JOBS)[0]) == 1
    free.available = 50_000_000_000
    assert limit_by_memory(list_slots(JOBS), JOBS) == (list_slots(JOBS), "")
    gpu = (Slot(device="cuda:0"),) * 9
    assert limit_by_memory(gpu, JOBS) == (gpu, "")


def test_memory_depends_on_the_weights_and_the_method(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(bytes(10_000_000))
    tuned = replace(JOBS[0], model=str(tmp_path))
    probe = replace(tuned, method="probe")
    assert slots.estimate_memory(tuned) == slots.BASE_BYTES + 30_000_000
    assert slots.estimate_memory(probe) == slots.BASE_BYTES + 12_000_000
    assert slots.estimate_memory(replace(tuned, method="partial")) == slots.BASE_BYTES + 20_000_000
    assert slots.estimate_memory(replace(tuned, model=LSTM_CRF)) > slots.BASE_BYTES
