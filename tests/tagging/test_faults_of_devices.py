"""Which failures are the device's: another one may train the job."""

import pytest
import torch

from bioner_core.errors import BionerError
from bioner_core.tagging.finetuning.memory import is_fault_of_device, retry_with_smaller_batches


def fail_for_want_of_memory(max_batch_pieces):
    raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")


def test_a_full_or_lost_gpu_is_a_fault_of_the_device():
    assert is_fault_of_device(torch.OutOfMemoryError("full"))
    assert is_fault_of_device(torch.AcceleratorError("CUDA error: the launch timed out"))
    with pytest.raises(BionerError) as refused:
        retry_with_smaller_batches(fail_for_want_of_memory, 64)
    assert is_fault_of_device(refused.value)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), KeyError("x"), BionerError("no sentence")])
def test_other_errors_are_not(error):
    assert not is_fault_of_device(error)
