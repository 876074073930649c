"""Folders of each test are its own; real corpora are found by BIONER_TEST_DATA."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a busy one is no failure
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Keep runs, corpora and settings of a test out of the user's folders; encoders stay cached."""
    base = tmp_path_factory.mktemp("bioner")
    monkeypatch.setenv("BIONER_RUNS", str(base / "runs"))
    monkeypatch.setenv("BIONER_CORPORA", str(base / "corpora"))
    monkeypatch.setenv("BIONER_SETTINGS", str(base / "settings"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return base


@pytest.fixture(scope="session")
def shared():
    """The folder with real corpora and quirks; skip where it is absent, fail where it is required."""
    folder = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared")
    if (folder / "corpora").is_dir():
        return folder
    reason = f"no real corpora in {folder}; set BIONER_TEST_DATA"
    if os.environ.get("BIONER_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    return pytest.skip(reason)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """Keep downloads in a cache of the test's own, away from this machine's proxies; return their folder."""
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache" / "downloads"
