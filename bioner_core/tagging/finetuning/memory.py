"""How much goes through the encoder at once, and less of it where memory runs out."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from bioner_core.errors import BionerError

LOG = logging.getLogger(__name__)
SMALLEST = 8  # pieces


@dataclass(frozen=True)
class Room:
    """What a device takes at once."""

    budget: int  # most pieces of a batch, padding included
    overhead: int  # pieces computed in the time that one more batch costs


# Measured for the CPU, where bfloat16 products are fast but start slowly; the GPUs' are estimates.
_ROOMS = {"cpu": Room(4096, 32), "cpu bfloat16": Room(4096, 256), "mps": Room(8192, 512)}


def room(device: torch.device, products: torch.dtype) -> Room:
    """Return what a device takes at once in matrix products of a type."""
    kind = "cpu bfloat16" if (device.type, products) == ("cpu", torch.bfloat16) else device.type
    return _ROOMS.get(kind, Room(32768, 4096))


Result = TypeVar("Result")


def within_memory(work: Callable[[int], Result], budget: int) -> tuple[Result, int]:
    """Return ``work(budget)`` and the budget, which is halved and tried again while memory runs out.

    :param work: what to do with at most so many pieces at once; starts anew each time
    :raises BionerError: where the smallest budget is too large
    """
    while True:
        try:
            return work(budget), budget
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            if budget < 2 * SMALLEST:
                raise BionerError(
                    "out of memory with one window of one sentence at a time: take a smaller encoder, "
                    "fewer pieces a window (max_pieces) or a device with more memory."
                ) from error
        budget //= 2
        LOG.warning("out of memory: going on with %d pieces at a time", budget)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Say whether memory of a GPU (CUDA, MPS) or of the machine ran out."""
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "allocate memory" in text
