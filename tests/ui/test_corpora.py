"""Corpora: what is in the library is shown, searched, handed out and deleted after a question."""

import kept
import pytest

from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import open_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.ui.corpora.shelf import pack_corpus


def test_an_empty_library_teaches_and_takes_the_samples(open_page, said):
    app = open_page("corpora")
    assert "Corpora that you upload stand here" in said(app)
    app.button(key="samples").click().run()
    assert "<b>4 corpora</b>" in said(app)
    assert Library().names() == ("sample EN EHR", "sample EN UGT", "sample RU EHR", "sample RU UGT")
    assert len([badge for badge in app.markdown if "synthetic" in badge.value]) == 4


def test_a_card_and_a_row_of_table_1_say_what_a_corpus_holds(open_page, said):
    kept.in_library("reviews")
    app = open_page("corpora")
    text = said(app)
    assert "The library holds <b>1 corpus</b> with 200 sentences." in text
    assert "40 documents, 200 sentences, 100 entities  \n50 Disease, 50 Drug" in text
    row = app.dataframe[0].value.iloc[0].to_dict()
    assert (row["Documents"], row["Tokens"], row["Sentences a document"], row["Drug"]) == (40, 800, 5, 50)


def shown_sentences(app):
    """Count the sentences that are listed."""
    bodies = [html.proto.body for html in app.get("html")]
    return sum(body.count("<li") for body in bodies if body.startswith("<ul"))


def delete(app, name, *, opener="delete"):
    """Delete in the dialog; a run without a browser must open it again, as it knows no fragments."""
    app.button(key=opener).click()
    app.button(key=name).click()
    return app.run()


def test_sentences_are_paged_searched_and_filtered(open_page, said):
    kept.in_library("reviews", "notes")
    app = open_page("corpora", corpus="reviews", sheet="2")
    assert shown_sentences(app) == 20
    assert "ache21<small>Disease</small>" in said(app)
    app.text_input(key="search").set_value("ACHE 19").run()
    assert "11 of 200 sentences" in said(app)
    assert app.query_params == {"corpus": "reviews", "search": "ACHE 19"}
    app.segmented_control(key="with").set_value("Drug").run()
    assert "4 of 200 sentences" in said(app)
    assert shown_sentences(app) == 4


def test_tokens_and_names_are_shown_as_they_are(open_page, said):
    evil = Sentence(("<script>alert(1)</script>", "&", "*x*"), (Span(0, 1, "A<b>"),), '"><i>')
    Library().add(Corpus(name="odd", sentences=(evil,) * 4, types=("A<b>",)))
    text = said(open_page("corpora", corpus="odd"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<small>A&lt;b&gt;</small></mark> &amp; *x*" in text
    assert "<script>" not in text
    assert 'title="&quot;&gt;&lt;i&gt;"' in text


@pytest.mark.parametrize(
    ("to", "ending"),
    [("conll", ".conll"), ("jsonl", ".jsonl"), ("brat", " brat.zip"), ("webanno", " webanno.zip")],
)
def test_a_corpus_is_handed_out_in_formats_that_can_be_read_again(open_page, said, to, ending):
    [reviews] = kept.in_library("reviews")
    app = open_page("corpora", corpus="reviews")
    app.radio(key="format").set_value(to).run()
    said(app)
    assert app.download_button(key="download corpus").label == "Download reviews"
    suffix, content = pack_corpus(reviews, to)
    assert suffix == ending
    reading = read_files({f"reviews{suffix}": content}, name="reviews")
    assert open_reading(reading).n_placed == reviews.mentions


def test_deletion_asks_and_names_the_copies(open_page, said):
    [reviews] = kept.in_library("reviews")
    run = kept.planned("first", target=reviews)
    kept.train(run)
    app = open_page("corpora", corpus="reviews")
    app.button(key="delete").click().run()
    assert Library().names() == ("reviews",)
    assert "Copies of it lie in 1 run: first" in said(app)
    app.checkbox(key="too").check()
    delete(app, "delete for good")
    assert "Corpora that you upload stand here" in said(app)
    assert Library().names() == ()
    assert len(run.points()) == 12
    with pytest.raises(BionerError, match="its copy of corpus reviews is missing"):
        run.corpora()


def test_keeping_keeps(open_page, said):
    kept.in_library("reviews")
    app = open_page("corpora", corpus="reviews")
    app.button(key="delete").click().run()
    delete(app, "keep")
    assert "<b>reviews</b> holds" in said(app)
    assert Library().names() == ("reviews",)


def test_a_broken_file_spoils_only_its_own_card(open_page, said):
    kept.in_library("reviews", "notes")
    path = Library().path("notes")
    path.write_text(path.read_text().replace('"tokens"', '"t"', 1))
    app = open_page("corpora")
    assert "<b>2 corpora</b> with 200 sentences" in said(app)
    [error] = app.error
    assert error.value.endswith("Add the corpus again from its own files.")
    app.button(key="delete notes").click().run()
    delete(app, "delete for good", opener="delete notes")
    assert Library().names() == ("reviews",)


def test_an_address_of_a_corpus_that_is_gone_is_answered_with_a_word(open_page, said):
    kept.in_library("reviews")
    app = open_page("corpora", corpus="gone")
    said(app)
    assert [e.value for e in app.error] == ["gone: no such corpus in the library. There are: reviews."]
