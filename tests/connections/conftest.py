"""Fixtures of the tests of connections: no proxies, recorded servers."""

import pytest
from replay import load_answers, serve

from bioner_core.connections.credentials import Credential


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def credential():
    return Credential("open sesame", "anna")


@pytest.fixture
def recorded():
    """Return a function that serves the recorded answers of a tool; gives the answers and the address."""
    opened = []

    def start(name):
        replay = load_answers(name)
        context = serve(replay)
        opened.append(context)
        return replay, context.__enter__()

    yield start
    for context in opened:
        context.__exit__(None, None, None)
