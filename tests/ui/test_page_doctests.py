"""Examples in the docstrings of shared parts run, too: pages themselves can't be collected for doctests."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

PARTS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "pages").glob("_*.py"))


@pytest.mark.parametrize("name", PARTS)
def test_examples_of_shared_parts_hold(name):
    assert doctest.testmod(import_module(f"pages.{name}")).failed == 0
