"""The list of public corpora: its shape, and that what it says stands in the docs."""

from pathlib import Path

import pytest
from servers import corpus, serving, whole

from bioner_core.corpus.fetching.catalog import markdown, record, terms
from bioner_core.corpus.fetching.registry import Source, public_corpora, public_corpus
from bioner_core.corpus.labels import LabelMap
from bioner_core.corpus.reading.detect import NAMES
from bioner_core.errors import BionerError

ALL = list(public_corpora().values())
OPEN = [each for each in ALL if each.access == "open"]
DOCS = Path(__file__).parents[3] / "docs/corpora.md"


def test_there_are_enough_corpora_in_enough_languages():
    assert len(OPEN) >= 20
    assert {"en", "ru", "es", "fr", "de", "zh"} <= {each.language for each in ALL}
    assert len({each.language for each in OPEN}) >= 5


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_each_says_what_a_user_must_know(each):
    assert all(source.url.startswith("https://") for source in each.files)
    assert each.format in (*NAMES, "")
    LabelMap(each.labels)  # refuses types that cannot be
    assert each.licence or each.access == "unlicensed"
    assert all(record(each)[key] for key in ("title", "domain", "annotates", "home", "citation"))
    if each.published:
        assert each.published.source
        assert each.published.mentions.keys() <= each.labels.keys()


@pytest.mark.parametrize("each", OPEN, ids=lambda each: each.name)
def test_each_download_is_settled_by_a_commit_or_said_to_be_unverified(each):
    for source in each.files:
        is_settled = any(len(part) == 40 for part in source.url.split("/"))
        assert is_settled == source.is_known
    assert each.is_known or "not verified by us" in "\n".join(terms(each))


def test_the_tables_in_the_docs_are_the_list():
    page = DOCS.read_text(encoding="utf-8")
    table = page.partition("<!-- list -->\n")[2].partition("<!-- end of the list -->")[0]
    assert table.strip() == markdown(ALL).strip(), "run `python tools/list_corpora.py`"


def test_a_name_is_found_in_any_case_and_others_are_refused_with_the_list():
    assert public_corpus("bc5cdr").name == "BC5CDR"
    with pytest.raises(
        BionerError, match=r"nothing: no public corpus of this name is on the list. There are: B"
    ):
        public_corpus("nothing")


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
def test_an_entry_that_says_too_little_is_refused(changed, needed):
    with serving(whole()) as server, pytest.raises(BionerError, match=needed):
        corpus(server, **changed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://corpus.example/a"},
        {"url": "https://corpus.example/a", "sha256": "abc", "digest_from": "us"},
        {"url": "https://corpus.example/a", "sha256": "a" * 64},
        {"url": "https://corpus.example/a", "sha256": "a" * 64, "git": "b" * 40, "digest_from": "us"},
    ],
)
def test_a_file_without_encryption_or_with_a_doubtful_digest_is_refused(wrong):
    with pytest.raises(BionerError):
        Source(**wrong)
