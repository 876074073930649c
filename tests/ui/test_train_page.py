"""The Train page: plan, start, progress, failures and all states of a run."""

import re

import pytest
import stored_runs

from bioner_core.costs.rates import Rates, save_rates
from bioner_core.study.executors.backend import read_backend
from bioner_core.study.pace import Pace, save_pace
from bioner_core.study.run_files import STUDY_FILE
from bioner_core.study.run_state import DeviceProgress, RunningJob, WorkerProgress
from bioner_core.study.store import SHIPPED, RunStore

PACKAGED = {"preset": "probe"}  # its encoder needs no hub


def list_button_keys(app):
    return {button.key for button in app.button}


def read_progress(app):
    [bar] = app.get("progress")
    return bar.text.strip("*")


def test_without_a_corpus_the_page_says_where_to_get_one(open_page, read_page):
    text = read_page(open_page("train"))
    assert "There is no corpus to train on yet." in text
    assert "Upload a corpus first" in text


def test_a_synthetic_corpus_is_marked_among_the_options(open_page):
    stored_runs.add_to_library("made up", is_synthetic=True)
    stored_runs.add_to_library("reviews")
    options = open_page("train").multiselect(key="targets").options
    assert options == [
        "made up: English, forum posts and reviews, synthetic, 200 sentences",
        "reviews: English, forum posts and reviews, 200 sentences",
    ]


def test_without_a_target_nothing_can_be_started(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("train")
    assert "Choose a target. The plan then appears here" in read_page(app)
    assert "start" not in list_button_keys(app)


def test_the_plan_changes_with_the_choices(open_page, read_page):
    stored_runs.add_to_library("reviews", "notes")
    app = open_page("train", **PACKAGED)
    app.multiselect(key="targets").select("reviews").run()
    assert "\n9 models, " in read_page(app)
    assert (
        "reviews: sizes 200, 400, 800 and 1,600 left out, since its training part has 140 sentences."
        in read_page(app)
    )
    app.multiselect(key="sources").select("notes").run()
    assert "\n18 models, " in read_page(app)
    app.number_input(key="seeds").set_value(1).run()
    app.text_input(key="sizes").set_value("10:30:10,full").run()
    assert "\n8 models, " in read_page(app)
    assert app.query_params == {
        "preset": "probe",
        "targets": "reviews",
        "sources": "notes",
        "seeds": "1",
        "sizes": "10:30:10,full",
    }


def test_a_plan_that_allows_no_estimate_gives_the_reason(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("train", **PACKAGED, targets="reviews", sizes="50")
    assert (
        "reviews: no number of sentences can be estimated from this plan: it has 1 size below full"
        in read_page(app)
    )
    app.text_input(key="sizes").set_value("50,100").run()
    assert "reviews: no share of full F1 can be estimated from this plan" in read_page(app)
    app.text_input(key="sizes").set_value("50,100,full").run()
    assert "can be estimated from this plan" not in read_page(app)


def test_an_address_makes_the_same_plan(open_page, read_page):
    stored_runs.add_to_library("reviews", "notes", "posts")
    app = open_page(
        "train", **PACKAGED, targets="reviews", sources="notes+posts,notes:posts", seeds="2", sizes="20,full"
    )
    assert "\n12 models, " in read_page(app)
    assert app.multiselect(key="sources").value == ["notes+posts", "notes:posts"]


def test_every_combination_of_the_sources_is_planned_by_the_probe(open_page, read_page):
    stored_runs.add_to_library("reviews", "notes", "posts", "files")
    address = {"targets": "reviews", "sources": "notes,posts,files", "subsets": "3", "seeds": "1"}
    app = open_page("train", sizes="20,full", **address)
    assert "\n16 models, " in read_page(app)  # none: 20 and full; seven combinations: zero-shot and 20
    assert app.segmented_control(key="preset").value == "probe"
    app.selectbox(key="subsets").set_value(None).run()
    app.segmented_control(key="preset").set_value("probe").run()  # else quick, whose encoder is not here
    assert "\n8 models, " in read_page(app)
    assert "subsets" not in app.query_params


def test_a_mixed_source_of_three_is_planned(open_page, read_page):
    stored_runs.add_to_library("reviews", "notes", "posts", "files")
    app = open_page(
        "train", **PACKAGED, targets="reviews", sources="notes+posts:files", seeds="1", sizes="20,full"
    )
    assert "\n4 models, " in read_page(app)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ({"sizes": "50,many"}, "sizes: found 'many'."),
        ({"sources": "gone"}, "gone: no such corpus in the library. Available: notes, reviews."),
        ({"sources": "reviews"}, "source reviews: contains the target reviews. Use other corpora."),
        ({"sources": "notes+notes"}, "source notes+notes: names notes twice."),
        ({"encoder": "/no/such/folder"}, "model /no/such/folder: no such folder."),
        ({"encoder": "lstm-crf"}, "model lstm-crf: has no encoder that a probe could freeze."),
    ],
)
def test_an_impossible_plan_is_refused_in_one_sentence(open_page, read_page, address, message):
    stored_runs.add_to_library("reviews", "notes")
    app = open_page("train", **{**PACKAGED, "targets": "reviews", **address})
    read_page(app)
    [error] = app.error
    assert error.value.replace("\\", "").startswith(message)
    assert "start" not in list_button_keys(app)


def test_the_lstm_crf_uses_a_file_of_vectors_or_trains_them(open_page, read_page, tmp_path):
    stored_runs.add_to_library("reviews")
    app = open_page("train", preset="quick", targets="reviews", encoder="lstm-crf", sizes="20", seeds="1")
    text = read_page(app)
    assert "\n1 model, " in text
    assert "No word vectors are given: the LSTM-CRF's (200 dimensions) are trained by fastText" in text
    path = tmp_path / "vectors.vec"
    app.text_input(key="vectors").set_value(str(path)).run()
    read_page(app)
    [error] = app.error
    assert "cannot be read (No such file or directory)." in error.value
    path.write_text("1 2\naspirin 1 0\n")
    app.text_input(key="vectors").set_value(str(path)).run()
    assert "No word vectors are given" not in read_page(app)
    app.text_input(key="run name").set_value("own").run()


def test_a_setting_out_of_range_is_refused(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("train", **PACKAGED, targets="reviews")
    app.number_input(key="dropout").set_value(1.5).run()
    read_page(app)
    assert [e.value for e in app.error] == ["dropout is 1.5; it must lie in 0 to below 1."]


def test_the_number_of_upper_layers_is_a_choice_of_the_preset_partial(open_page, read_page, idle_worker):
    stored_runs.add_to_library("reviews")
    app = open_page("train", preset="partial", targets="reviews", sizes="20,full", seeds="1")
    title = "partial: the first 8 layers of the encoder; the last 4 of these are trained, the others frozen."
    assert title in read_page(app)
    app.number_input(key="upper_layers").set_value(6).run()
    app.button(key="start").click().run()
    [run] = [run for run in RunStore().runs() if not run.is_shipped]
    assert (run.study.method, run.study.settings.upper_layers) == ("partial", 6)
    assert run.study.settings.first_layers == 8
    other = open_page("train", **PACKAGED, targets="reviews")
    assert not {"first_layers", "upper_layers"} & {field.key for field in other.number_input}


def test_missing_targets_in_the_address_give_a_warning(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("train", **PACKAGED, targets="reviews,gone")
    read_page(app)
    assert [w.value for w in app.warning] == [
        "The address asks for targets that are not available here: “gone”."
    ]
    assert app.multiselect(key="targets").value == ["reviews"]


def test_advanced_options_are_in_the_address(open_page, read_page, idle_worker):
    stored_runs.add_to_library("reviews")
    app = open_page(
        "train", **PACKAGED, targets="reviews", sizes="20,full", seeds="1", epochs="3", unshared="True"
    )
    app.number_input(key="patience").set_value(2)
    app.selectbox(key="decoding").set_value("words").run()
    address = app.query_params
    assert (address["epochs"], address["patience"], address["decoding"]) == ("3", "2", "words")
    again = open_page("train", **address)
    again.button(key="start").click().run()
    [run] = [run for run in RunStore().runs() if not run.is_shipped]
    settings = run.study.settings
    assert (settings.epochs, settings.patience, settings.decoding) == (3, 2, "words")
    assert all(job.leave_out_shared for job in run.study.jobs)


def test_a_run_remembers_the_place_that_was_chosen_for_it(open_page, read_page, idle_worker):
    stored_runs.add_to_library("reviews")
    app = open_page("train", **PACKAGED, targets="reviews", sizes="20,full", seeds="1")
    app.text_input(key="train on").set_value("cluster").run()
    assert "backend 'cluster': is none." in app.error[0].value
    app.text_input(key="train on").set_value("ray://head:10001").run()
    assert "The models are trained on ray://head" in read_page(app)
    assert "train on" not in app.query_params  # a link must not send corpora elsewhere
    app.button(key="start").click().run()
    [run] = [run for run in RunStore().runs() if not run.is_shipped]
    assert read_backend(run).address == "ray://head:10001"


def test_an_invalid_advanced_option_gives_a_warning(open_page, read_page):
    stored_runs.add_to_library("reviews")
    app = open_page("train", **PACKAGED, targets="reviews", dropout="much")
    read_page(app)
    assert next(w.value for w in app.warning) == (
        "The address asks for the dropout “much”, which is not available here. Shown instead: nothing."
    )


def test_findings_are_displayed_before_training_starts(open_page, read_page):
    stored_runs.add_to_library("reviews")
    text = read_page(open_page("train", **PACKAGED, targets="reviews"))
    assert "Before you start: 2 warnings" in text
    assert "the test part has" in text


def test_a_started_run_is_stored_and_in_the_address(open_page, read_page, idle_worker):
    stored_runs.add_to_library("reviews")
    app = open_page("train", **PACKAGED, targets="reviews", sizes="20,full", seeds="1")
    app.number_input(key="epochs").set_value(3)
    app.text_input(key="run name").set_value("my run").run()
    app.button(key="start").click().run()
    assert app.query_params == {"run": "my run"}
    study = RunStore().open("my run").study
    assert (len(study.jobs), study.settings.epochs, study.method) == (2, 3, "probe")
    assert read_progress(app) == "The worker is starting."
    assert "How far is the training?" in [title.value for title in app.title]


def test_an_existing_run_name_is_refused(open_page, read_page, idle_worker):
    stored_runs.add_to_library("reviews")
    stored_runs.plan_run("reviews probe")
    app = open_page("train", **PACKAGED, targets="reviews")
    assert app.text_input(key="run name").placeholder == "reviews probe 2"
    app.text_input(key="run name").set_value("Reviews Probe").run()
    app.button(key="start").click().run()
    read_page(app)
    assert app.error[0].value.startswith("run reviews probe: already exists.")


def test_a_running_study_displays_its_progress_and_can_be_cancelled(open_page, read_page):
    run = stored_runs.plan_run("first", seeds=(0, 1))
    with run.lock():
        app = open_page("train", run="first")
        assert read_progress(app) == "0 of 8 models trained."
        assert list_button_keys(app) == {"pause", "cancel"}
        app.button(key="cancel").click().run()
        assert read_progress(app) == "Stopping after 0 of 8 models. Finished models are kept."
    app.run()
    assert read_progress(app) == "Cancelled after 0 of 8 models. Finished models are kept; Resume continues."
    assert "resume" in list_button_keys(app)


def test_a_finished_run_shows_its_curve_and_its_models(open_page, read_page):
    run = stored_runs.plan_run("first")
    stored_runs.record_outcomes(run)
    app = open_page("train", run="first")
    assert read_progress(app) == "All 4 models are trained."
    assert app.get("vega_lite_chart")
    models = app.dataframe[0].value
    assert list(models["State"]) == ["done"] * 4
    assert models["F1 Drug"].is_monotonic_increasing
    assert list_button_keys(app) == set()


def test_failures_show_their_reason_and_can_be_retried(open_page, read_page, idle_worker):
    run = stored_runs.plan_run("first")
    stored_runs.record_outcomes(run, run.study.jobs[:2])
    stored_runs.record_failures(run, run.study.jobs[2:], "out of memory, even one sentence at a time")
    app = open_page("train", run="first")
    assert read_progress(app) == "2 of 4 models are trained, 2 failed."
    assert [w.value for w in app.warning] == ["2 models failed: out of memory, even one sentence at a time"]
    assert app.button(key="retry").label == "Retry 2 failed models"
    app.button(key="retry").click().run()
    read_page(app)
    assert run.log_tail()[-1].endswith("first --retry")


def test_a_stopped_run_is_resumed(open_page, read_page, idle_worker):
    run = stored_runs.plan_run("first")
    stored_runs.record_outcomes(run, run.study.jobs[:1])
    app = open_page("train", run="first")
    assert read_progress(app).startswith("Stopped after 1 of 4 models: no worker is running.")
    app.button(key="resume").click().run()
    assert read_progress(app) == "The worker is starting."


def test_a_run_locked_by_another_worker_displays_its_progress(open_page, read_page):
    run = stored_runs.plan_run("first")
    app = open_page("train", run="first")
    with run.lock():
        app.button(key="resume").click().run()
        read_page(app)
        assert read_progress(app) == "0 of 4 models trained."


def test_a_store_of_a_newer_program_is_reported_in_one_sentence(open_page, read_page):
    run = stored_runs.plan_run("first")
    path = run.folder / STUDY_FILE
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'))
    app = open_page("train", run="first")
    read_page(app)
    [error] = app.error
    assert "written by a newer version of BioNER Budget" in error.value


def test_an_unwritable_folder_is_reported(open_page, read_page):
    run = stored_runs.plan_run("first")
    app = open_page("train", run="first")
    (run.folder / "worker.log").mkdir()
    app.button(key="resume").click().run()
    read_page(app)
    [error] = app.error
    assert "worker.log" in error.value


def test_the_published_run_has_nothing_to_train(open_page, read_page):
    app = open_page("train", run="ecir2020")
    read_page(app)
    assert read_progress(app) == "Published results: there is nothing to train."
    assert list_button_keys(app) == set()


def test_a_missing_run_is_reported_in_one_sentence(open_page, read_page):
    app = open_page("train", run="gone")
    read_page(app)
    [error] = app.error
    assert error.value == f"run gone: no such run. Available: {', '.join(SHIPPED)}."


def test_the_worker_s_current_task_has_a_progress_bar(open_page, read_page):
    run = stored_runs.plan_run("first")
    at = [
        RunningJob(job=run.study.jobs[0], phase=phase, done=30, total=40)
        for phase in ("training", "reading reviews")
    ]
    with run.lock() as writer:
        writer.save_progress(WorkerProgress(pid=1, host="here", seconds_left=90, running=tuple(at)))
        app = open_page("train", run="first")
        read_page(app)
    assert [(bar.text, bar.value) for bar in app.get("progress")] == [
        ("**0 of 4 models trained, about 90 s left.**", 0),
        ("training reviews, 20 sentences, seed 0", 75),
        ("reading reviews", 75),
    ]


def report_devices(writer, *names):
    devices = [
        DeviceProgress(name=name, n_running=2, memory=3_000_000_000, passes_per_second=120.0)
        for name in names
    ]
    writer.save_progress(WorkerProgress(pid=1, host="here", devices=tuple(devices)))


def test_a_live_run_shows_its_devices_and_offers_a_note_at_the_end(open_page, read_page):
    run = stored_runs.plan_run("first")
    with run.lock() as writer:
        report_devices(writer, "cpu")
        app = open_page("train", run="first")
        text = read_page(app)
        assert "\nCPU: 2 models, 120 sentence-passes/s, 3.0 GB\n" in text
        assert 'data-run="first" data-title="BioNER Budget: first" data-text=""><button' in text
        report_devices(writer, "node2 cuda:0", "node3 cuda:0")
        text = read_page(app.run())
        assert "\n2 devices: 4 models, 240 sentence-passes/s, 6.0 GB\n- node2" in text
        assert "- node2, GPU: 2 models, 120 sentence-passes/s, 3.0 GB\n- node3, GPU: 2 models" in text
    stored_runs.record_outcomes(run)
    text = read_page(app.run())
    assert 'data-text="All 4 models are trained."></div>' in text


def test_another_session_sees_the_same_training_and_all_others(open_page, read_page):
    runs = [stored_runs.plan_run(name) for name in ("first", "second")]
    with runs[0].lock() as writer, runs[1].lock():
        report_devices(writer, "cpu")
        open_page("train", run="first")  # a tab that is closed later leaves nothing behind
        app = open_page("train", run="second")
        assert "**Other runs in training**" in read_page(app)
        bars = [bar.text for bar in app.get("progress")]
        assert bars == ["**0 of 4 models trained.**", "0 of 4 models trained."]
        assert "\nCPU: 2 models, 120 sentence-passes/s, 3.0 GB\n" in read_page(app)
        stored_runs.add_to_library("reviews")
        assert len(open_page("train").get("progress")) == len(open_page("runs").get("progress")) == 2


def test_a_plan_of_days_warns_and_has_a_price(open_page, read_page, idle_worker):
    stored_runs.add_to_library("reviews")
    address = {**PACKAGED, "targets": "reviews", "sizes": "20,full", "seeds": "1"}
    open_page("train", **address).button(key="start").click().run()
    [run] = [run for run in RunStore().runs() if not run.is_shipped]
    save_pace(RunStore().folder, run.study.jobs, Pace(seconds_per_unit=100.0))
    save_rates(Rates(machine_price=2.0, machine_watts=300))
    app = open_page("train", **address)
    text = read_page(app)
    assert re.search(
        r"\n2 models, [\d,]+ sentence-passes, about \d+ h on this machine's CPU, [\d,.]+ EUR, ", text
    )
    assert "\nThe time rests on the last training with this model and method here.\n" in text
    [warning] = app.warning
    assert "the preset probe" not in warning.value  # it is chosen
    assert "a search trains only the models that the number needs" in warning.value
