"""Fixtures: isolated folders for each test, and the real corpora of BIONER_TEST_DATA."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from bioner_core.study import machine_speed

settings.register_profile("any machine", deadline=None)  # a busy machine is no failure
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def isolated_folders(tmp_path_factory, monkeypatch):
    """Use temporary folders for all that users keep, and return their parent; encoders stay cached."""
    base = tmp_path_factory.mktemp("bioner")
    monkeypatch.setenv("BIONER_RUNS", str(base / "runs"))
    monkeypatch.setenv("BIONER_CORPORA", str(base / "corpora"))
    monkeypatch.setenv("BIONER_SETTINGS", str(base / "settings"))
    monkeypatch.setenv("BIONER_PROJECTS", str(base / "projects"))
    monkeypatch.setenv("BIONER_QUEUE", str(base / "queue"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(machine_speed, "SPEED_FILE", str(base / "machine_speed.json"))  # not in the cache
    return base


@pytest.fixture(scope="session")
def shared():
    """Return the folder with real corpora and quirks; skip if it is absent, fail if it is required."""
    folder = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared")
    if (folder / "corpora").is_dir():
        return folder
    reason = f"no real corpora in {folder}; set BIONER_TEST_DATA"
    if os.environ.get("BIONER_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    return pytest.skip(reason)


@pytest.fixture
def isolated_cache(tmp_path, monkeypatch):
    """Use a temporary cache without proxies, and return its folder of downloads."""
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache" / "downloads"
