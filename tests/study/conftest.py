"""Fixtures of the tests of studies."""

import pytest

from bioner_core.study import lock


@pytest.fixture(autouse=True)
def short_wait_for_locks(monkeypatch):
    """Refuse a held lock sooner: nobody in these tests holds one for a moment only."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.3)
