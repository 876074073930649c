"""The size of micro-batches by device, and smaller ones where memory runs out."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from bioner_core.errors import BionerError

LOG = logging.getLogger(__name__)
MIN_BATCH_PIECES = 8


@dataclass(frozen=True)
class BatchLimits:
    """The size of a device's batches."""

    max_batch_pieces: int  # padding included
    overhead: int  # pieces computed in the time that one more batch costs
    multiple: int = 1  # of pieces in a packed row


# Measured for the CPU, where bfloat16 products are fast but start slowly, and oneDNN compiles and keeps code
# for every length of a row: rows of few lengths are faster, and keep less code. The GPUs' are estimates.
_LIMITS = {
    "cpu": BatchLimits(4096, 32),
    "cpu bfloat16": BatchLimits(4096, 256, multiple=32),
    "mps": BatchLimits(8192, 512),
}


def choose_batch_limits(device: torch.device, compute_dtype: torch.dtype) -> BatchLimits:
    """Return the size of batches for a device and the data type of its matrix products."""
    kind = "cpu bfloat16" if (device.type, compute_dtype) == ("cpu", torch.bfloat16) else device.type
    return _LIMITS.get(kind, BatchLimits(32768, 4096))


Result = TypeVar("Result")


def retry_with_smaller_batches(
    function: Callable[[int], Result], max_batch_pieces: int
) -> tuple[Result, int]:
    """Return ``work(budget)`` and the budget, which is halved and tried again while memory runs out.

    :param function: what to do with at most so many pieces at once; starts anew each time
    :raises BionerError: where the smallest budget is too large
    """
    while True:
        try:
            return function(max_batch_pieces), max_batch_pieces
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if max_batch_pieces < 2 * MIN_BATCH_PIECES:
                raise BionerError(
                    "out of memory with one window of one sentence at a time: use a smaller encoder, "
                    "fewer pieces a window (max_pieces) or a device with more memory."
                ) from error
        max_batch_pieces //= 2
        LOG.warning("out of memory: going on with %d pieces at a time", max_batch_pieces)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_fault_of_device(error: BaseException | None) -> bool:
    """Say whether an error, or what caused it, comes from a device that is full or lost."""
    while error is not None:
        is_lost = isinstance(error, torch.AcceleratorError)
        if is_lost or (isinstance(error, RuntimeError) and is_out_of_memory(error)):
            return True
        error = error.__cause__
    return False


def is_out_of_memory(error: RuntimeError) -> bool:
    """Say whether memory of a GPU (CUDA, MPS) or of the machine ran out."""
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "allocate memory" in text
