"""No page asks another machine; only a click does."""

import socket
from pathlib import Path

import pytest
import stored_runs

from bioner_core.ui.shared import shell

PAGES = ("budget", "upload", "train", "transfer", "corpora", "runs", "settings")


@pytest.fixture
def connections(monkeypatch):
    """Refuse all connections and name look-ups, and return a list of those that were wanted."""
    wanted = []

    def refuse(*arguments, **_):
        wanted.append(arguments[-1])
        raise OSError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return wanted


@pytest.mark.parametrize("page", PAGES)
def test_no_page_connects_to_another_machine(connections, open_page, page):
    stored_runs.add_to_library("reviews")
    assert not open_page(page).exception
    assert connections == []


@pytest.mark.parametrize("parameters", [{}, {"encoder": "any/model"}, {"preset": "paper"}])
def test_an_address_with_an_encoder_and_a_target_asks_nobody_until_a_click(
    connections, open_page, monkeypatch, tmp_path, parameters
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    stored_runs.add_to_library("reviews")
    app = open_page("train", targets="reviews", **parameters)
    name = parameters.get("encoder", "bert-base-multilingual-cased")
    assert connections == []
    [message] = [error.value for error in app.error]
    assert message.startswith(f"encoder {name}: not on this machine. Look for it on the model hub")
    app.button(key="look for the encoder").click().run()
    assert connections != []


def test_the_icon_of_the_page_is_a_file_of_the_program():
    """Streamlit loads a named symbol from fonts.gstatic.com."""
    source = (Path(__file__).parents[2] / "app.py").read_text(encoding="utf-8")
    assert 'BioNER Budget", ICON, layout' in source
    assert shell.ICON.read_text(encoding="utf-8").startswith("<svg")
