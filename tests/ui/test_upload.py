"""The Upload page: files become a corpus step by step, then a stored estimate."""

import io
import zipfile

import pytest
import stored_runs
from streamlit.testing.v1 import AppTest

from bioner_core.corpus.library import Library
from bioner_core.corpus.reading.findings import format_findings_csv
from bioner_core.corpus.reading.passages import Finding
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import plan_study
from bioner_core.study.store import SHIPPED, RunStore

CONLL = "".join(
    f"# newdoc id = d{n // 4}\nIt\tO\nhelps\tO\nagainst\tO\nache{n}\tB-{'ADR' if n % 2 else 'Drugname'}\n\n"
    for n in range(240)
)


def upload_file(app, content=CONLL, name="reviews.conll"):
    """Drop a file into the page."""
    data = content.encode() if isinstance(content, str) else content
    app.file_uploader(key="files").set_value((name, data, "text/plain"))
    return app.run()


def continue_to_last_step(app):
    """Continue through the steps to the last button."""
    for key in ("to step 3", "to step 4"):
        app.button(key=key).click().run()
    return app


def test_an_empty_page_offers_files_and_samples(open_page, read_page):
    app = open_page("upload")
    assert "Upload annotated files" in read_page(app)
    assert [e.label for e in app.expander] == [
        "**1 Files**",
        "**2 What we read**",
        "**3 Entities**",
        "**4 About it**",
        "**5 Estimate**",
    ]
    assert {b.key for b in app.button} == {
        f"try sample {name}" for name in ("EN UGT", "EN EHR", "RU UGT", "RU EHR")
    }


def test_the_steps_show_what_was_read_from_the_files(open_page, read_page):
    app = upload_file(open_page("upload"))
    text = read_page(app)
    assert "**1 Files** · reviews.conll, 14 kB" in text
    assert "**2 What we read** · 60 documents, 240 sentences, 240 entities" in text
    assert "**3 Entities** · 120 Disease, 120 Drug" in text
    assert "Read as CoNLL." in text
    assert "<mark" in text and "<small>ADR</small>" in text
    assert "<small>Disease</small>" not in text
    assert app.button(key="to step 3").label == "Continue"


def test_tokens_cannot_add_to_the_page(open_page, read_page):
    app = upload_file(open_page("upload"), CONLL.replace("ache", "<img/src=x>"))
    assert "&lt;img/src=x&gt;0<small>" in read_page(app)
    assert "<img" not in read_page(app)


def test_a_single_button_keeps_all_labels_under_their_names(open_page, read_page):
    app = upload_file(open_page("upload"))
    app.button(key="keep all").click().run()
    assert (app.selectbox(key="label ADR").value, app.selectbox(key="label Drugname").value) == (
        "ADR",
        "Drugname",
    )
    assert "**3 Entities** · 120 ADR, 120 Drugname" in read_page(app)
    assert "keep all" not in {button.key for button in app.button}


def test_labels_can_be_mapped_otherwise_and_counts_follow(open_page, read_page):
    app = upload_file(open_page("upload"))
    assert app.selectbox(key="label ADR").value == "Disease"
    app.selectbox(key="label ADR").set_value("").run()
    assert "**3 Entities** · 120 Drug" in read_page(app)
    app.selectbox(key="label Drugname").set_value("Drugname").run()
    assert "**3 Entities** · 120 Drugname" in read_page(app)
    app.selectbox(key="label Drugname").set_value("").run()
    [error] = app.error
    assert error.value.startswith("reviews.conll: no entities. Read as CoNLL: 240 sentences")
    assert Library().names() == ()


def test_other_files_reset_the_proposed_types(open_page, read_page):
    app = upload_file(open_page("upload"))
    app.selectbox(key="label ADR").set_value("").run()
    upload_file(app, CONLL.replace("240", "241"), "other.conll")
    assert app.selectbox(key="label ADR").value == "Disease"
    assert "other.conll" in read_page(app)


def test_a_corpus_is_saved_and_its_estimate_begun(open_page, read_page, idle_worker):
    app = continue_to_last_step(upload_file(open_page("upload")))
    assert app.text_input(key="about name").value == "reviews"
    app.text_input(key="about name").set_value("my reviews")
    app.selectbox(key="about language").set_value("en")
    app.selectbox(key="about domain").set_value("UGT").run()
    assert "Probe: 8 models" in read_page(app)
    app.button(key="estimate").click().run()
    assert app.query_params == {"run": "my reviews probe"}
    corpus = Library().load("my reviews")
    assert (corpus.language, corpus.domain, corpus.mentions["Drug"]) == ("en", "UGT", 120)
    run = RunStore().open("my reviews probe")
    assert sorted({job.n_sentences for job in run.study.jobs}) == [10, 42, 84, 168]
    assert run.corpora()["my reviews"].digest == corpus.digest
    text = read_page(app)
    assert "**1 Files** · kept in the library as my reviews" in text
    assert "From similar corpora only, until the first models are trained: Plan on" in text
    assert app.get("progress")[0].text == "**The worker is starting.**"


def test_an_annotated_type_without_mentions_can_be_added(open_page, read_page, idle_worker):
    app = continue_to_last_step(
        upload_file(open_page("upload"), CONLL.replace("Drugname", "ADR"), "diseases.conll")
    )
    app.multiselect(key="about types").set_value(["Drug"]).run()
    app.button(key="estimate").click().run()
    read_page(app)
    assert Library().load("diseases").types == ("Disease", "Drug")


def test_the_same_corpus_is_not_estimated_twice(open_page, read_page, idle_worker):
    for _ in range(2):
        app = continue_to_last_step(upload_file(open_page("upload")))
        app.button(key="estimate").click().run()
        assert app.query_params == {"run": "reviews probe"}
    assert RunStore().names()[0] == "reviews probe"
    assert RunStore().names() == ("reviews probe", *SHIPPED)


def test_a_corpus_with_a_used_name_is_offered_a_free_one(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = continue_to_last_step(upload_file(open_page("upload")))
    assert app.text_input(key="about name").value == "reviews 2"
    app.text_input(key="about name").set_value("reviews").run()
    app.button(key="estimate").click().run()
    [error] = app.error
    assert error.value.startswith("reviews: the library has another corpus of this name.")
    assert RunStore().names() == SHIPPED


@pytest.mark.parametrize("name", ["../x", "none", " "])
def test_a_forbidden_corpus_name_is_explained(open_page, read_page, name):
    app = continue_to_last_step(upload_file(open_page("upload")))
    app.text_input(key="about name").set_value(name).run()
    assert f"corpus name '{name.strip()}': a name begins with a letter or digit" in read_page(app).replace(
        "\\", ""
    )
    assert "estimate" not in {button.key for button in app.button}


def choose_wrong_language():
    import stored_runs
    import streamlit as st

    from bioner_core.ui.shared.shell import show_faults
    from bioner_core.ui.upload.description import choose_description

    st.session_state["about language"] = "English!"
    with show_faults():
        choose_description(stored_runs.build_corpus())


def test_a_language_that_is_not_a_code_is_refused():
    [error] = AppTest.from_function(choose_wrong_language).run().error
    assert error.value == "language 'English!': write a code of two or three small letters, such as en or ru."


BAD = {
    "empty": (b"", "bad.txt: is empty."),
    "binary": (bytes(range(256)) * 9, "bad.txt: "),
    "one column": (b"helps\nmuch\n\n", "bad.txt: its format is not recognised."),
    "a broken record": (b'{"tokens": ["a"], "ner_tags": ["O", "O"]}\n', "bad.txt, line 1: "),
    "a fake zip": (b"PK\x03\x04 no zip", "bad.txt: "),
    "no entity": (b"It\tO\nhelps\tO\n\n", "bad.txt: no entities"),
}


@pytest.mark.parametrize("content", BAD)
def test_unreadable_files_give_one_message_and_write_nothing(open_page, read_page, content, isolated_folders):
    data, message = BAD[content]
    app = upload_file(open_page("upload"), data, "bad.txt")
    read_page(app)
    [error] = app.error
    assert error.value.replace("\\", "").startswith(message)
    assert app.file_uploader(key="files").value
    assert not any(isolated_folders.iterdir())


def test_a_format_that_is_not_read_links_the_page_of_formats(open_page, read_page):
    app = upload_file(open_page("upload"), b"helps\nmuch\n\n", "bad.txt")
    assert "the page Formats shows an example of each." in read_page(app)
    assert [link.proto.label for link in app.get("page_link") if "format" in link.proto.label] == [
        "See the formats"
    ]
    app = upload_file(open_page("upload"), b"It\tO\nhelps\tO\n\n", "bad.txt")
    assert "See the formats" not in {link.proto.label for link in app.get("page_link")}


def test_two_files_of_one_name_are_refused(open_page, read_page):
    app = open_page("upload")
    app.file_uploader(key="files").set_value([("a.conll", b"x", ""), ("a.conll", b"y", "")])
    app.run()
    read_page(app)
    [error] = app.error
    assert error.value == "two of the files have the same name. Put the folders into a zip and upload it."


def test_a_sample_is_written_into_the_address_and_stays_marked_as_synthetic(
    open_page, read_page, idle_worker
):
    app = open_page("upload", sample="sample EN UGT")
    assert "**1 Files** · sample EN UGT, synthetic" in read_page(app)
    assert (app.session_state["step 1"], app.session_state["step 2"]) == (False, True)
    continue_to_last_step(app).button(key="estimate").click().run()
    assert Library().load("sample EN UGT").is_synthetic
    assert "English, forum posts and reviews, synthetic" in read_page(app)


def test_an_unknown_sample_is_reported(open_page, read_page):
    app = open_page("upload", sample="x")
    read_page(app)
    assert app.error[0].value.startswith("x: no such sample. Available: sample EN UGT,")


def test_a_reload_returns_to_the_finished_estimate(open_page, read_page):
    run = stored_runs.plan_run("first", sizes="20,40,80,full")
    stored_runs.record_outcomes(run)
    text = read_page(open_page("upload", run="first"))
    assert "of the F1 that 5,000 would give; " in text
    assert "You have 140 to train on and 60 to test on: " in text
    assert "**2 What we read** · 40 documents, 200 sentences, 100 entities" in text


def test_the_verdict_says_that_a_corpus_is_synthetic(open_page, read_page):
    run = stored_runs.plan_run("first", target=stored_runs.build_corpus(is_synthetic=True))
    stored_runs.record_outcomes(run)
    assert "reviews is synthetic: its numbers are no evidence.</p>" in read_page(
        open_page("upload", run="first")
    )
    RunStore().delete_copies("reviews")
    assert "reviews is synthetic: its numbers are no evidence.</p>" in read_page(
        open_page("upload", run="first")
    )


def test_a_partial_curve_is_displayed_during_training(open_page, read_page):
    run = stored_runs.plan_run("first")
    stored_runs.record_outcomes(run, run.study.jobs[:3])
    app = open_page("upload", run="first")
    assert "So far, with 3 of 4 models: Plan on" in read_page(app)
    assert app.get("progress")[0].text.startswith("**Stopped after 3 of 4 models")
    [chart] = app.get("vega_lite_chart")
    assert "F1 by number of sentences for Disease in reviews" in chart.proto.spec


def test_a_missing_run_is_reported_in_one_sentence(open_page, read_page):
    app = open_page("upload", run="gone")
    read_page(app)
    [error] = app.error
    assert error.value == f"run gone: no such run. Available: {', '.join(SHIPPED)}."


def test_a_run_without_its_corpus_still_shows_its_number(open_page, read_page):
    run = stored_runs.plan_run("first")
    stored_runs.record_outcomes(run)
    RunStore().delete_copies("reviews")
    app = open_page("upload", run="first")
    read_page(app)
    assert [e.label for e in app.expander] == ["**1 Files**", "**5 Estimate**"]
    assert "sentences" in read_page(app)


def test_the_published_run_can_be_opened_on_the_upload_page(open_page, read_page):
    assert "99 % of full F1" in read_page(open_page("upload", run="ecir2020"))
    assert not open_page("upload", run="ecir2020").error


def test_a_sample_replaces_uploaded_files_and_vice_versa(open_page, read_page):
    app = upload_file(open_page("upload"))
    app.button(key="try sample RU EHR").click().run()
    assert "**1 Files** · sample RU EHR, synthetic" in read_page(app)
    upload_file(app)
    assert "**1 Files** · reviews.conll, 14 kB" in read_page(app)
    assert list(app.query_params) == ["upload"]


def test_findings_are_grouped_and_name_steps_instead_of_command_options(open_page, read_page):
    app = upload_file(open_page("upload"), CONLL.replace("B-Drugname", "B-Dose").replace("# newdoc", "#"))
    text = read_page(app)
    assert "labels left out: Dose (120). Step 3 of Upload keeps one." in text
    assert "--" not in "".join(
        html.proto.body for html in app.get("html") if "findings" in html.proto.body[:30]
    )
    assert app.download_button(key="findings of reviews").label == "All findings as CSV"


def test_findings_as_csv_hold_no_formulas():
    rows = format_findings_csv([Finding(level="note", where="=1+1.conll", message="-x")])
    assert rows == "level,where,message\nnote,'=1+1.conll,'-x\n"


def test_the_field_that_names_documents_can_be_typed(open_page, read_page):
    record = '{{"tokens": ["It", "helps", "ache"], "ner_tags": ["O", "O", "B-ADR"], "visit": "v{}"}}\n'
    app = upload_file(open_page("upload"), "".join(record.format(n // 4) for n in range(200)), "notes.jsonl")
    assert "**2 What we read** · 200 sentences" in read_page(app)
    app.text_input(key="documents").set_value("visit").run()
    assert "**2 What we read** · 50 documents, 200 sentences" in read_page(app)


def test_of_several_columns_of_tags_another_can_be_chosen(open_page, read_page):
    rows = "Uni B-ORG O\nKöln I-ORG B-LOC\nist O O\n\n" * 60
    app = upload_file(open_page("upload"), rows, "notes.conll")
    text = read_page(app)
    assert "several columns hold tags: column 2 is read" in text
    assert "--column" not in text
    app.selectbox(key="column").set_value("3").run()
    assert "label LOC" in [box.key for box in app.selectbox]
    assert "label ORG" not in [box.key for box in app.selectbox]


def test_the_pool_is_written_into_the_address_and_changes_the_goal(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    app = open_page("upload", run="first", pool="800")
    assert app.number_input(key="pool").value == 800
    assert "% of the F1 that 800 would give" in read_page(app)
    app.number_input(key="pool").set_value(2000).run()
    assert app.query_params["pool"] == "2000"
    assert "% of the F1 that 2,000 would give" in read_page(app)


def test_the_pool_cannot_be_smaller_than_the_annotated_sentences(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    app = open_page("upload", run="first", pool="100")
    assert "% of the F1 that 5,000 would give" in read_page(app)
    assert "which is not available here" in app.warning[0].value


def test_a_grown_corpus_is_compared_with_its_earlier_forecast(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    grown = stored_runs.plan_run(
        "second", sizes="20,40,80,160,full", target=stored_runs.build_corpus("reviews", n=400)
    )
    stored_runs.record_outcomes(grown)
    text = read_page(open_page("upload", run="second"))
    assert "first had 200 sentences; 200 were added since." in text
    assert "Drug: first forecast an F1 of" in text


def test_cards_stand_side_by_side(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    text = read_page(open_page("upload", run="first"))
    for label in ("%, from similar curves", "%, from the probe", "Fine-tuned, on"):
        assert label in text
    assert "The next 100 sentences bring" in text


def test_unannotated_documents_are_part_of_the_pool(open_page, read_page, idle_worker):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as folder:
        for n in range(40):
            folder.writestr(f"d{n}.txt", f"It helps against ache{n}.")
            if n < 30:
                folder.writestr(f"d{n}.ann", f"T1\tADR 17 {21 + len(str(n))}\tache{n}\n")
    app = continue_to_last_step(upload_file(open_page("upload"), archive.getvalue(), "notes.zip"))
    assert app.number_input(key="pool").value == 21 + 10
    app.button(key="estimate").click().run()
    assert app.query_params == {"run": "notes probe"}
    assert "% of the F1 that 31 would give" in read_page(app)


def test_other_corpora_of_the_library_are_ranked_as_sources(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    stored_runs.add_to_library("notes", domain="EHR")
    app = open_page("upload", run="first")
    app.session_state["which source"] = True
    app.run()
    read_page(app)
    [table] = [t for t in app.dataframe if "Why" in t.value.columns]
    assert list(table.value["Source"]) == ["notes"]
    assert "same language (en); other domain (EHR)" in table.value["Why"][0]
    assert "gain not known: no model was fine-tuned from it" in table.value["Why"][0]


def test_a_run_of_several_targets_is_estimated_for_the_first(open_page, read_page):
    first, second = stored_runs.build_corpus("notes"), stored_runs.build_corpus("abstracts", n=9000)
    corpora = {corpus.name: corpus for corpus in (first, second)}
    study = plan_study(
        name="both",
        targets=[first, second],
        model=ModelChoice(name="tiny", revision="1"),
        preset="probe",
        sizes="20,40,80,full",
        seeds=(0,),
    )
    stored_runs.record_outcomes(RunStore().create(study, corpora))
    app = open_page("upload", run="both")
    assert "You have 140 to train on and 60 to test on: " in read_page(app)
    app.selectbox(key="target").set_value("abstracts").run()
    assert "You have 140 to train on and 60 to test on: " in read_page(app)
    assert not app.error


def test_without_annotated_files_the_page_asks_for_types_and_gives_the_first_batch(open_page, read_page):
    app = open_page("upload", start="nothing")
    assert "Choose what you will annotate." in read_page(app)
    app.multiselect(key="types").set_value(["Drug"])
    app.selectbox(key="language").set_value("ru")
    app.selectbox(key="domain").set_value("UGT").run()
    text = read_page(app)
    assert "Nothing is annotated yet, so this range from similar corpora is wide. Annotate " in text
    assert "RU UGT (same entity type, language, domain)" in text
    assert app.query_params == {"start": "nothing", "types": "Drug", "language": "ru", "domain": "UGT"}
    app.number_input(key="stop").set_value(400).run()
    assert "If you stop at 400 training sentences, F1 is " in read_page(app)


def test_a_default_pool_is_questioned_until_the_user_names_a_pool(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    question = "5,000 is a default: say how many sentences you could annotate at most."
    assert question in read_page(open_page("upload", run="first"))
    assert "is a default" not in read_page(open_page("upload", run="first", pool="3000"))


def test_a_number_to_stop_at_beyond_the_pool_is_refused(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    app = open_page("upload", run="first", pool="800", stop="900")
    read_page(app)
    assert "The address asks for the number to stop at “900”" in app.warning[0].value
    assert app.number_input(key="stop").value is None


def test_a_newer_answer_is_offered_and_accepted_on_request(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first", sizes="20,40,80,full"))
    read_page(open_page("upload", run="first"))
    other = stored_runs.plan_run("late", target=stored_runs.build_corpus("late", n=400))
    stored_runs.record_outcomes(other, f1=lambda job: 0.9 * job.n_sentences / (job.n_sentences + 150))
    app = open_page("upload", run="first")
    assert "A newer answer exists: " in read_page(app)
    app.button(key="newer").click().run()
    assert "A newer answer exists: " not in read_page(app)
