"""Calls in a process with limits of time and memory."""

import os
import time
from functools import partial

import psutil
import pytest

from bioner_core.corpus.limited_call import Limits, call_limited
from bioner_core.corpus.opening import open_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import NothingPlacedError
from bioner_core.errors import BionerError

CONLL = {"a.conll": b"Aspirin\tB-Drug\nhelps\tO\n\n"}
MESSAGE = r"a\.conll: takes more than 1 s or 500 MB of memory, the limit on a page\. Give a part\."
call = partial(call_limited, what="a.conll", advice="Give a part.")


def list_children():
    return {child.pid for child in psutil.Process().children()}


def test_a_call_returns_what_the_function_returns_and_leaves_no_process():
    before = list_children()
    reading = call(partial(read_files, CONLL, name="a"))
    assert reading == read_files(CONLL, name="a")
    assert call(partial(open_reading, reading)).corpus == open_reading(reading).corpus
    assert list_children() == before


def test_errors_of_the_user_come_back_whole_and_faults_as_a_traceback_without_texts():
    with pytest.raises(BionerError, match=r"a: its format is not recognised"):
        call(partial(read_files, {"a.txt": b"nothing"}, name="a"))
    files = {"a.txt": b"pain", "a.ann": b"T1\tDrug 50 57\tAspirin\n"}
    with pytest.raises(NothingPlacedError) as error:
        call(partial(read_files, files, name="a"))
    assert error.value.n_unplaced == len(error.value.unplaced) == 1
    with pytest.raises(RuntimeError, match="ValueError") as fault:
        call(partial(int, "patient"))
    assert "patient" not in str(fault.value)


def test_a_call_that_computes_too_long_ends():
    with pytest.raises(BionerError, match=MESSAGE):
        call(partial(sum, range(10**12)), Limits(seconds=1))


def test_a_call_that_takes_too_much_memory_ends_before_the_machine_is_full():
    with pytest.raises(BionerError, match=r"60 s or 200 MB"):
        call(partial(list, range(10**10)), Limits(seconds=60, n_bytes=200_000_000))


def test_whoever_no_longer_waits_ends_the_process():
    before = list_children()

    def stop():
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        call(partial(time.sleep, 60), wait=stop)
    assert time.monotonic() - start < 10
    assert list_children() == before


def test_what_a_library_prints_is_no_part_of_the_answer():
    assert call(partial(os.write, 1, b"noise")) == 5
