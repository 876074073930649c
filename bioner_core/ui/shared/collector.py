"""Keep Python's garbage collector away from what stays for long.

Streamlit collects all garbage after each rerun. That takes as long as there are objects, and no other session
moves on meanwhile: with the modules and the kept results of a page it was a third of a rerun.
"""

import gc
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

SLOW = 0.008  # s of computing for a full collection, after which its objects are exempted
PAUSE = 4.0  # s between two exemptions, which take a tenth of a second
_LOCK = Lock()


class _Watch:
    """The time of the last full collection, and of the last exemption."""

    began = seconds = 0.0
    exempted_at = float("-inf")
    is_on = False


def _time_collection(phase: str, about: Mapping[str, Any]) -> None:
    if about["generation"] == 2 and phase == "start":
        _Watch.began = time.thread_time()
    elif about["generation"] == 2:
        _Watch.seconds = time.thread_time() - _Watch.began


def exempt_from_collection() -> None:
    """Exempt all objects from further collections, if the last full one was slow.

    What was exempted before is looked at again, so that the garbage among it goes.
    """
    with _LOCK:
        if not _Watch.is_on:
            gc.callbacks.append(_time_collection)
            _Watch.is_on = True
        if _Watch.seconds > SLOW and time.monotonic() - _Watch.exempted_at > PAUSE:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            _Watch.seconds, _Watch.exempted_at = 0.0, time.monotonic()
