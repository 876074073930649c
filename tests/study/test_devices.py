"""What is said of the devices of this machine."""

import pytest

from bioner_core.study import provenance
from bioner_core.study.executors import devices as module
from bioner_core.study.executors.devices import check_bfloat16

SLOW = "This processor has no units for bfloat16, so float32 is many times as fast here."


@pytest.mark.parametrize(
    ("flags", "dtype", "said"),
    [
        ("fma avx2", "bfloat16", SLOW),
        ("fma avx2", "float32", ""),
        ("avx2 avx512_bf16", "bfloat16", ""),
        ("avx2 amx_bf16 amx_tile", "bfloat16", ""),
        ("", "bfloat16", ""),  # nothing is known: nothing is claimed
    ],
)
def test_bfloat16_is_called_slow_only_where_the_processor_lacks_it(flags, dtype, said, monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cpu")
    monkeypatch.setattr(module, "_read_cpu_entry", {"flags": flags, "model name": "a processor"}.get)
    module._describe_cpu.cache_clear()
    assert check_bfloat16(dtype) == said
    module._describe_cpu.cache_clear()


def test_a_gpu_is_not_warned_of(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cuda:0")
    monkeypatch.setattr(module, "_read_cpu_entry", lambda name: "avx2")
    assert check_bfloat16("bfloat16") == ""


def test_equal_devices_are_counted(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "mps,mps,xpu")
    assert provenance.describe_devices() == "2 × mps + xpu"
