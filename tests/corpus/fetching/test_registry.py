"""The list of public corpora: its entries are complete, and the docs have the same tables."""

from pathlib import Path

import pytest
from servers import build_public_corpus, send_file, serve_responses

from bioner_core.corpus.fetching.catalog import build_row, describe_terms, render_tables
from bioner_core.corpus.fetching.registry import RemoteFile, load_public_corpora, load_public_corpus
from bioner_core.corpus.labels import LabelMap
from bioner_core.corpus.reading.detect import NAMES
from bioner_core.errors import BionerError

ALL = list(load_public_corpora().values())
OPEN = [entry for entry in ALL if entry.access == "open"]
DOCS = Path(__file__).parents[3] / "docs/corpora.md"


def test_there_are_enough_corpora_in_enough_languages():
    assert len(OPEN) >= 20
    assert {"en", "ru", "es", "fr", "de", "zh"} <= {entry.language for entry in ALL}
    assert len({entry.language for entry in OPEN}) >= 5


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_each_entry_has_all_fields_for_users(entry):
    assert all(remote.url.startswith("https://") for remote in entry.files)
    assert entry.format in (*NAMES, "")
    LabelMap(entry.labels)  # refuses types that cannot be
    assert entry.licence or entry.access == "unlicensed"
    assert all(build_row(entry)[key] for key in ("title", "domain", "annotates", "home", "citation"))
    if entry.published:
        assert entry.published.source
        assert entry.published.mentions.keys() <= entry.labels.keys()


@pytest.mark.parametrize("entry", OPEN, ids=lambda entry: entry.name)
def test_each_download_has_a_commit_and_a_digest_or_is_marked_as_unverified(entry):
    for remote in entry.files:
        has_commit = any(len(part) == 40 for part in remote.url.split("/"))
        assert has_commit == remote.has_digest
    assert entry.has_digests or "not verified by us" in "\n".join(describe_terms(entry))


def test_the_tables_in_the_docs_equal_the_list():
    page = DOCS.read_text(encoding="utf-8")
    table = page.partition("<!-- list -->\n")[2].partition("<!-- end of the list -->")[0]
    assert table.strip() == render_tables(ALL).strip(), "run `python tools/list_corpora.py`"


def test_case_of_a_name_is_ignored_and_an_unknown_name_is_refused_with_the_list():
    assert load_public_corpus("bc5cdr").name == "BC5CDR"
    with pytest.raises(
        BionerError, match=r"nothing: no public corpus of this name is on the list. Available: B"
    ):
        load_public_corpus("nothing")


@pytest.mark.parametrize(
    ("changed", "needed"),
    [
        ({"language": "english"}, "a language of two letters"),
        ({"licence": ""}, "files, licence and labels"),
        ({"labels": {}}, "files, licence and labels"),
        ({"labels": {"ADR": ""}}, "labels and types that are not empty"),
        ({"access": "ask", "ask": "there"}, "no files, but where to ask"),
        ({"citation": ""}, "title, citation and what it annotates"),
        ({"home": "http://corpus.example"}, "begins with https://"),
        ({"access": "free"}, "access: open, ask"),
    ],
)
def test_an_incomplete_entry_is_refused(changed, needed):
    with serve_responses(send_file()) as server, pytest.raises(BionerError, match=needed):
        build_public_corpus(server, **changed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://corpus.example/a"},
        {"url": "https://corpus.example/a", "sha256": "abc", "digest_from": "us"},
        {"url": "https://corpus.example/a", "sha256": "a" * 64},
        {"url": "https://corpus.example/a", "sha256": "a" * 64, "git": "b" * 40, "digest_from": "us"},
    ],
)
def test_a_file_without_https_or_with_an_invalid_digest_is_refused(wrong):
    with pytest.raises(BionerError):
        RemoteFile(**wrong)
