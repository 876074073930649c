"""The measured speed of a machine: kept by machine, read back, and used for processes and advice."""

import json
from dataclasses import replace

import pytest
from fake_runner import build_study

from bioner_core.answers.wording.machine_speed import describe_bfloat16_gain, describe_machine_speed
from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder
from bioner_core.study import machine_speed
from bioner_core.study.executors import devices
from bioner_core.study.executors.slots import count_models_at_once, list_slots
from bioner_core.study.machine_speed import TrainingSpeed, load_machine_speed, save_machine_speed

JOBS = build_study(seeds=(0, 1), sources=()).jobs  # eight


@pytest.fixture(autouse=True)
def four_cores(tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "_count_cores", lambda: 4)
    monkeypatch.setattr(machine_speed, "SPEED_FILE", "machine_speed.json")
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BIONER_DEVICES", "cpu")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def save(many, one, *, half=(), busy_share=0.0):
    """Keep the speeds of four processes and of one; ``half`` in bfloat16."""
    speeds = [
        TrainingSpeed(dtype=dtype, n_processes=n, n_threads=4 // n, sentences_per_second=speed)
        for dtype, pair in (("float32", (many, one)), ("bfloat16", half))
        for n, speed in zip((4, 1), pair, strict=False)
    ]
    return save_machine_speed(speeds, busy_share=busy_share)


def test_a_speed_is_read_back_for_the_same_machine_and_cores_alone(monkeypatch):
    assert load_machine_speed() is None
    saved = save(40.0, 30.0, half=(60.0, 50.0))
    assert load_machine_speed() == saved
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert load_machine_speed() is None
    save(20.0, 15.0)
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert load_machine_speed() == saved
    monkeypatch.setattr(machine_speed, "read_hostname", lambda: "another")
    assert load_machine_speed() is None


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"KEY": {"speeds": [{"dtype": 1}]}}', '{"KEY": 3}'])
def test_a_damaged_file_counts_as_not_measured_and_is_replaced(damage):
    save(40.0, 30.0)
    path = locate_cache_folder() / "machine_speed.json"
    key = next(iter(json.loads(path.read_text())))
    path.write_text(damage.replace("KEY", key))
    assert load_machine_speed() is None
    assert len(list_slots(JOBS)) == 4
    assert load_machine_speed() != save(40.0, 30.0) == load_machine_speed()


@pytest.mark.parametrize("speed", [0.0, -1.0, float("inf"), float("nan")])
def test_no_speed_is_refused(speed):
    with pytest.raises(ValueError, match="no speed"):
        TrainingSpeed(dtype="float32", n_processes=1, n_threads=1, sentences_per_second=speed)


def test_one_process_is_used_where_it_is_clearly_faster_and_never_for_small_models():
    save(40.0, 43.0)  # within the noise
    assert [slot.n_threads for slot in list_slots(JOBS)] == [1] * 4
    save(40.0, 60.0)
    assert [(slot.n_threads, slot.n_units) for slot in list_slots(JOBS)] == [(4, 4)]
    assert count_models_at_once(JOBS) == 1
    assert len(list_slots([replace(job, method="probe") for job in JOBS])) == 4
    assert len(list_slots()) == 4  # of which nothing is known


def test_without_memory_for_a_process_a_core_none_is_left_idle():
    speeds = [
        TrainingSpeed(dtype="float32", n_processes=n, n_threads=4 // n, sentences_per_second=speed)
        for n, speed in ((3, 30.0), (1, 40.0))
    ]
    assert "in 4 processes of 1 thread." in describe_machine_speed(save_machine_speed(speeds, busy_share=0))
    assert len(list_slots(JOBS)) == 4


def test_the_number_format_of_the_jobs_decides():
    save(40.0, 60.0, half=(90.0, 80.0))
    half = [replace(job, settings=replace(job.settings, dtype="bfloat16")) for job in JOBS]
    assert (len(list_slots(JOBS)), len(list_slots(half))) == (1, 4)


def test_the_user_decides_before_the_trial(monkeypatch):
    save(40.0, 60.0)
    monkeypatch.setenv("BIONER_DEVICES", "cpu*2")
    assert [slot.n_threads for slot in list_slots(JOBS)] == [2, 2]


def test_words_say_what_is_chosen_and_what_could_be():
    assert describe_machine_speed(save(40.0, 30.0, half=(60.0, 50.0))) == (
        "Studies here fine-tune in 4 processes of 1 thread. Fine-tuning in bfloat16 is 1.5 times as fast as "
        "in float32 here. Nobody has compared their F1 over several seeds, so float32 stays the default. To "
        "use bfloat16, choose it on Train, or add --dtype bfloat16."
    )
    assert describe_machine_speed(save(40.0, 60.0, busy_share=0.5)) == (
        "Studies here fine-tune in 1 process of 4 threads. No other number format is clearly faster here. "
        "Other programs used 50% of the processor time meanwhile: measure again when they have ended."
    )
    assert describe_bfloat16_gain(None) == describe_bfloat16_gain(save(40.0, 30.0, half=(41.0, 30.0))) == ""


def test_a_cache_that_cannot_be_written_is_one_message(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "file"))
    with pytest.raises(BionerError, match=r"machine_speed\.json: cannot be written \(.+\)\."):
        save(40.0, 30.0)
