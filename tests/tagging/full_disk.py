"""A disk that takes no more: the system refuses to let a file grow beyond a size."""

from contextlib import contextmanager

import pytest


@contextmanager
def fill_disk(n_bytes=1_000):
    """Fail writes beyond ``n_bytes`` of a file with an error of the system, as a full disk does."""
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
