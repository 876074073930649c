"""Public corpora on the Corpora page: terms, background download, its end, and the card."""

from types import SimpleNamespace

import pytest
from servers import RULES, build_public_corpus, send_file, serve_responses

from bioner_core.corpus.fetching import download_state as states
from bioner_core.corpus.fetching.download_state import DownloadState, record_progress
from bioner_core.corpus.fetching.fetch import download_corpus
from bioner_core.corpus.library import Library
from bioner_core.processes import read_start_time
from bioner_core.ui.corpora import public

pytestmark = pytest.mark.usefixtures("isolated_cache")


@pytest.fixture
def listed(monkeypatch):
    """Replace the list of public corpora by a synthetic one."""
    entry = build_public_corpus(SimpleNamespace(address="http://127.0.0.1:9"), has_digest=False)
    monkeypatch.setattr(public, "load_public_corpora", lambda: {"synthetic": entry})
    return entry


def test_an_empty_library_offers_public_corpora_with_their_terms(open_page, read_page):
    app = open_page("corpora")
    text = read_page(app)
    assert "46 corpora; 26 can be downloaded from their publishers, only when you ask." in text
    assert "Mantra GSC, German" in text
    assert "GPL 3.0 (of the repository)" in text
    assert app.button(key="fetch").disabled


def test_a_corpus_under_agreement_has_a_link_to_request_it_and_no_button(open_page, read_page):
    app = open_page("corpora", **{"public corpus": "n2c2 2018"})
    assert "Behind a form, a log-in or an agreement. Sign the agreement at the portal" in read_page(app)
    assert not [button for button in app.button if button.key == "fetch"]


def test_an_address_with_an_unknown_corpus_gives_a_warning(open_page, read_page):
    assert "which is not available here" in read_page(open_page("corpora", **{"public corpus": "no such"}))


def test_a_language_narrows_the_choice(open_page):
    app = open_page("corpora", language="ru")
    assert app.selectbox(key="public corpus").value == "RuMedNER"
    assert len(app.selectbox(key="public corpus").options) == 4


def test_a_download_starts_in_the_background_once_the_licence_is_confirmed(open_page, listed, monkeypatch):
    started = []
    monkeypatch.setattr(public, "start_download", started.append)
    app = open_page("corpora")
    app.checkbox(key="allowed synthetic").check().run()
    app.button(key="fetch").click().run()
    assert started == ["synthetic"]


def test_a_running_download_shows_its_progress_and_can_be_cancelled(
    open_page, read_page, listed, monkeypatch
):
    now = DownloadState(
        status="live",
        phase="downloading",
        done=1_000_000,
        total=4_000_000,
        pid=1,
        process_start=read_start_time(1) or 1.0,
    )
    monkeypatch.setattr(states, "read_start_time", lambda pid: now.process_start)
    states._save_state("synthetic", now)
    app = open_page("corpora")
    bar = app.get("progress")[0].proto
    assert (bar.value, bar.text) == (25, "**Downloading: 1.0 of 4.0 MB.**")
    app.button(key="cancel fetch").click().run()
    assert states.load_state("synthetic").status == "stopping"


@pytest.mark.parametrize(
    ("word", "end"), [("failed", "it said <no>"), ("cancelled", "kept"), ("stopped", "continues from there")]
)
def test_an_ended_download_is_reported_and_can_be_retried_with_a_click(
    open_page, read_page, listed, monkeypatch, word, end
):
    states._save_state("synthetic", DownloadState(status=word, message="" if word == "stopped" else end))
    started = []
    monkeypatch.setattr(public, "start_download", started.append)
    app = open_page("corpora")
    assert end in read_page(app).replace("\\", "")
    assert not app.button(key="fetch").disabled
    app.button(key="fetch").click().run()
    assert started == ["synthetic"]
    assert states.load_state("synthetic") is None


def test_a_downloaded_corpus_has_a_card_with_licence_home_citation_and_verification(
    open_page, read_page, listed, monkeypatch
):
    with serve_responses(send_file()) as server:
        entry = build_public_corpus(server, has_digest=False)
        list(record_progress(entry, download_corpus(entry, settings=RULES)))
    app = open_page("corpora")
    text = read_page(app)
    assert "CC0 1.0 · [home](https://corpus.example/synthetic)" in text
    assert "digest recorded at the first download, not verified by us" in text
    assert "Cite: Nobody 2026" in [caption.help for caption in app.caption]
    assert app.success[0].value.startswith("Counts are the published ones (this test)")
    assert Library().names() == ("synthetic",)
    Library().delete("synthetic")
    app = open_page("corpora")
    assert not app.success
    assert app.button(key="fetch").label == "Download"
