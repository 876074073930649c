"""The Corpora page: browsing, searching, downloading and deleting corpora."""

import pytest
import stored_runs

from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import open_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.ui.corpora.download import pack_corpus


def test_an_empty_library_explains_itself_and_can_be_filled_with_samples(open_page, read_page):
    app = open_page("corpora")
    assert "Corpora that you upload appear here" in read_page(app)
    app.button(key="samples").click().run()
    assert "<b>4 corpora</b>" in read_page(app)
    assert Library().names() == ("sample EN EHR", "sample EN UGT", "sample RU EHR", "sample RU UGT")
    assert len([badge for badge in app.markdown if "synthetic" in badge.value]) == 4


def test_a_corpus_has_a_card_and_a_row_of_table_1_with_its_counts(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("corpora")
    text = read_page(app)
    assert "The library holds <b>1 corpus</b> with 200 sentences." in text
    assert "40 documents, 200 sentences, 100 entities  \n50 Disease, 50 Drug" in text
    row = app.dataframe[0].value.iloc[0].to_dict()
    assert (row["Documents"], row["Tokens"], row["Sentences a document"], row["Drug"]) == (40, 800, 5, 50)


def count_sentences(app):
    """Count the sentences that are listed."""
    bodies = [html.proto.body for html in app.get("html")]
    return sum(body.count("<li") for body in bodies if body.startswith("<ul"))


def confirm_deletion(app, name, *, opener="delete"):
    """Confirm the deletion in the dialog, which AppTest closes at each rerun, so that it is opened again."""
    app.button(key=opener).click()
    app.button(key=name).click()
    return app.run()


def test_sentences_are_paged_searched_and_filtered(open_page, read_page):
    stored_runs.add_to_library("reviews", "notes")
    app = open_page("corpora", corpus="reviews", sheet="2")
    assert count_sentences(app) == 20
    assert "ache21<small>Disease</small>" in read_page(app)
    app.text_input(key="search").set_value("ACHE 19").run()
    assert "11 of 200 sentences" in read_page(app)
    assert app.query_params == {"corpus": "reviews", "search": "ACHE 19"}
    app.segmented_control(key="with").set_value("Drug").run()
    assert "4 of 200 sentences" in read_page(app)
    assert count_sentences(app) == 4


def test_tokens_and_names_are_escaped(open_page, read_page):
    evil = Sentence(("<script>alert(1)</script>", "&", "*x*"), (Span(0, 1, "A<b>"),), '"><i>')
    Library().add(Corpus(name="odd", sentences=(evil,) * 4, types=("A<b>",)))
    text = read_page(open_page("corpora", corpus="odd"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<small>A&lt;b&gt;</small></mark> &amp; *x*" in text
    assert "<script>alert" not in text
    assert 'title="&quot;&gt;&lt;i&gt;"' in text


@pytest.mark.parametrize(
    ("to", "ending"),
    [("conll", ".conll"), ("jsonl", ".jsonl"), ("brat", " brat.zip"), ("webanno", " webanno.zip")],
)
def test_a_downloaded_corpus_can_be_read_again_in_every_format(open_page, read_page, to, ending):
    [reviews] = stored_runs.add_to_library("reviews")
    app = open_page("corpora", corpus="reviews")
    app.radio(key="format").set_value(to).run()
    read_page(app)
    assert app.download_button(key="download corpus").label == "Download reviews"
    suffix, content = pack_corpus(reviews, to)
    assert suffix == ending
    reading = read_files({f"reviews{suffix}": content}, name="reviews")
    assert open_reading(reading).n_placed == reviews.mentions


def test_deletion_is_confirmed_and_lists_runs_with_copies(open_page, read_page):
    [reviews] = stored_runs.add_to_library("reviews")
    run = stored_runs.plan_run("first", target=reviews)
    stored_runs.record_outcomes(run)
    app = open_page("corpora", corpus="reviews")
    app.button(key="delete").click().run()
    assert Library().names() == ("reviews",)
    assert "1 run holds a copy of it: first" in read_page(app)
    app.checkbox(key="too").check()
    confirm_deletion(app, "delete for good")
    assert "Corpora that you upload appear here" in read_page(app)
    assert Library().names() == ()
    assert len(run.points()) == 12
    with pytest.raises(BionerError, match="its copy of corpus reviews is missing"):
        run.corpora()


def test_keeping_a_corpus_deletes_nothing(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("corpora", corpus="reviews")
    app.button(key="delete").click().run()
    confirm_deletion(app, "keep")
    assert "<b>reviews</b> holds" in read_page(app)
    assert Library().names() == ("reviews",)


def test_a_damaged_file_affects_only_its_card(open_page, read_page):
    stored_runs.add_to_library("reviews", "notes")
    path = Library().path("notes")
    path.write_text(path.read_text().replace('"tokens"', '"t"', 1))
    app = open_page("corpora")
    assert "<b>2 corpora</b> with 200 sentences" in read_page(app)
    [error] = app.error
    assert error.value.endswith("Add the corpus again from its own files.")
    app.button(key="delete notes").click().run()
    confirm_deletion(app, "delete for good", opener="delete notes")
    assert Library().names() == ("reviews",)


def test_an_address_of_a_deleted_corpus_is_explained(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("corpora", corpus="gone")
    read_page(app)
    assert [e.value for e in app.error] == ["gone: no such corpus in the library. Available: reviews."]
