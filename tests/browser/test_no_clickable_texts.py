"""In a browser: addresses in corpora and their names are text; nobody can be led to them by a click."""

from dataclasses import replace

import pytest

from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Span
from tests.ui.stored_runs import build_corpus, plan_run, record_outcomes
from tools.pictures import start_app, start_chromium, wait_until_settled

pytestmark = pytest.mark.long
NAME = "www.evil.example"
TYPES = ("http://evil.example/type", "me@evil.example")
WORDS = (
    "https://evil.example/a",
    "www.evil.example",
    "evil.example/b",
    "me@evil.example",
    "[x](//evil.example)",
)
FOREIGN_LINKS = "[...document.links].filter(a => a.origin != location.origin).map(a => a.href)"
PAGES = ("", "runs", "transfer", "upload")


def build_hostile_corpus():
    """Return a corpus whose name, types, words and documents are addresses."""
    sentences = tuple(
        replace(
            sentence,
            tokens=(*WORDS, "pain"),
            spans=_build_spans(number),
            document=f"http://evil.example/{number // 5}",
        )
        for number, sentence in enumerate(build_corpus().sentences)
    )
    return replace(
        build_corpus(), name=NAME, sentences=sentences, types=TYPES, domain=NAME,
        home="javascript:alert('evil.example')",
        licence="http://evil.example/licence", citation="www.evil.example",
    )  # fmt: skip


def _build_spans(number):
    return (Span(0, 1, TYPES[number % 2]), Span(1, 2, TYPES[1 - number % 2]))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    for name in ("RUNS", "CORPORA", "SETTINGS"):
        patch.setenv(f"BIONER_{name}", str(tmp_path_factory.mktemp(name.lower())))
    corpus = build_hostile_corpus()
    Library().add(corpus)
    record_outcomes(plan_run(NAME, target=corpus))
    with start_app() as started:
        yield started
    patch.undo()


def test_no_address_of_a_corpus_is_a_link(address):
    views = [f"{page}?run={NAME}" for page in PAGES] + [
        "corpora",
        f"corpora?corpus={NAME}",
        f"train?targets={NAME}",
    ]
    seen, links = "", []
    with start_chromium() as browser:
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        for view in views:
            page.goto(address + view)
            wait_until_settled(page)
            seen += page.locator("body").inner_text()
            links += page.evaluate(FOREIGN_LINKS)
    assert "evil.example" in seen
    assert [link for link in links if "evil" in link] == []
