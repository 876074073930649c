"""Descriptions of this machine's devices, and the warning about slow bfloat16."""

import pytest

from bioner_core.study import provenance
from bioner_core.study.executors import devices
from bioner_core.study.executors.devices import check_bfloat16

SLOW = "This processor has no units for bfloat16, so float32 is many times as fast here."


@pytest.mark.parametrize(
    ("flags", "dtype", "warning"),
    [
        ("fma avx2", "bfloat16", SLOW),
        ("fma avx2", "float32", ""),
        ("avx2 avx512_bf16", "bfloat16", ""),
        ("avx2 amx_bf16 amx_tile", "bfloat16", ""),
        ("", "bfloat16", ""),  # unknown flags: no warning
    ],
)
def test_bfloat16_is_reported_as_slow_only_without_processor_support(flags, dtype, warning, monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cpu")
    monkeypatch.setattr(devices, "_read_cpu_entry", {"flags": flags, "model name": "a processor"}.get)
    devices._describe_cpu.cache_clear()
    assert check_bfloat16(dtype) == warning
    devices._describe_cpu.cache_clear()


def test_a_gpu_gets_no_warning(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cuda:0")
    monkeypatch.setattr(devices, "_read_cpu_entry", lambda name: "avx2")
    assert check_bfloat16("bfloat16") == ""


def test_equal_devices_are_counted(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "mps,mps,xpu")
    assert provenance.describe_devices() == "2 × mps + xpu"
