"""``bioner corpus fetch``: the list, the prompt, progress and the final message."""

import io
import json
import sys
from functools import partial

import pytest
from servers import N_SENTENCES, RULES, build_public_corpus, send_file, send_response, serve_responses

from bioner_core.cli import main
from bioner_core.corpus.fetching import fetch as fetching
from bioner_core.corpus.fetching import registry
from bioner_core.corpus.library import Library

pytestmark = pytest.mark.usefixtures("isolated_cache")


@pytest.fixture
def offer_corpus(monkeypatch):
    """Replace the public list by a corpus of the test's server."""

    def offer(corpus):
        monkeypatch.setattr(registry, "load_public_corpus", lambda name: corpus)
        monkeypatch.setattr(fetching, "download_corpus", partial(fetching.download_corpus, settings=RULES))

    return offer


def test_the_list_shows_licence_size_and_access(capsys):
    assert main(["corpus", "fetch"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(registry.load_public_corpora()) + 1
    assert lines[0].split() == ["name", "language", "domain", "types", "access", "size", "licence"]
    rumedner = next(line for line in lines if line.startswith("RuMedNER"))
    assert "download    1.6 MB        Apache 2.0" in rumedner
    assert main(["corpus", "fetch", "--language", "de", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["language"] for row in rows} == {"de"}
    assert main(["corpus", "fetch", "--language", "xx"]) == 1
    assert "no public corpus of language 'xx' on the list. Available: de, en" in capsys.readouterr().err


def test_terms_are_printed_and_without_a_terminal_the_option_yes_is_needed(capsys, offer_corpus, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with serve_responses(send_file()) as server:
        offer_corpus(build_public_corpus(server))
        assert main(["corpus", "fetch", "synthetic"]) == 1
    out, err = capsys.readouterr()
    assert "Licence: CC0 1.0.\nDownload: 0.3 MB from 127.0.0.1" in out
    assert "Home: https://corpus.example/synthetic\nCite: Nobody 2026\nSynthetic: its texts" in out
    assert err == "bioner: synthetic: read the terms above, then confirm with --yes.\n"
    assert server.requests == []


@pytest.mark.parametrize(("answer", "n_requests"), [("n", 0), ("", 0), ("y", 1)])
def test_the_terminal_prompts_before_a_download(capsys, offer_corpus, monkeypatch, answer, n_requests):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer if question == "Download? [y/N] " else None)
    with serve_responses(send_file()) as server:
        offer_corpus(build_public_corpus(server))
        assert main(["corpus", "fetch", "synthetic"]) == 0
    assert ("nothing downloaded" in capsys.readouterr().out) == (n_requests == 0)
    assert len(server.requests) == n_requests


def test_a_download_ends_with_counts_digest_and_citation(capsys, offer_corpus):
    with serve_responses(send_file()) as server:
        offer_corpus(build_public_corpus(server, has_digest=False))
        assert main(["corpus", "fetch", "synthetic", "--yes"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"added synthetic: {N_SENTENCES} sentences, Disease {N_SENTENCES}, Drug {N_SENTENCES}",
        "Counts are the published ones (this test): 200 sentences, 200 DRUG, 200 ADR.",
        "Digest recorded at the first download, not verified by us.",
        "Cite: Nobody 2026",
    ]
    assert err.splitlines()[0].startswith("downloading: 0.")
    assert Library().names() == ("synthetic",)


def test_a_failed_download_is_reported_in_one_line(capsys, offer_corpus):
    with serve_responses(send_response(404)) as server:
        offer_corpus(build_public_corpus(server))
        assert main(["corpus", "fetch", "synthetic", "--yes"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("bioner: synthetic: http")


def test_a_corpus_without_download_is_refused_with_the_address_to_request_it(capsys):
    assert main(["corpus", "fetch", "cadec", "--yes"]) == 1
    assert "CADEC cannot be downloaded here. Accept the licence" in capsys.readouterr().err
