"""The Rounds page: empty, a new project, what is sent and fetched, the answer, and what goes wrong."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import stored_runs
from replay import load_answers, serve
from small_project import annotate_files, build_corpus, build_project, build_texts

from bioner_core.answers.project_rounds import answer_project
from bioner_core.answers.round_steps import begin_project, fetch_round
from bioner_core.answers.wording.rounds import describe_project
from bioner_core.cli import main, rounds_choosing
from bioner_core.connections.catalog import connect
from bioner_core.connections.credentials import Credential, load_credential
from bioner_core.connections.tool import ToolSettings
from bioner_core.corpus.library import Library
from bioner_core.corpus.reading.passages import Mention
from bioner_core.costs.rates import USER_SOURCE, Rates
from bioner_core.rounds import exchange
from bioner_core.rounds.batch import choose_batch, find_rest
from bioner_core.rounds.exchange import pack_parcel, send_parcel
from bioner_core.rounds.outbox import Outbox
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study import next_batches
from bioner_core.study.next_batches import GONE, NextBatches, ProjectBatchRequest

DATASET = "0a1b2c3d-0000-4000-8000-0123456789ab"


@pytest.fixture
def project(tmp_path):
    """Return a project of 200 texts that begins with 40 annotated sentences."""
    (tmp_path / "prodigy").mkdir()
    project = build_project(tmp_path / "prodigy")
    begin_project(project, build_texts(240), build_corpus(40), ProjectStore())
    return project


def annotate_round(project, n, *, step=0):
    """Send texts, annotate them, and fetch them as a round."""
    store, connection = ProjectStore(), connect(project.settings, None)
    rest = find_rest(
        store.load_pool(project.name), store.load_sent(project.name), store.load_start(project.name)
    )
    parcel = pack_parcel(choose_batch(rest, n_train=n, n_test=5, seed=n), project, connection, start=None)
    assert list(send_parcel(parcel, project, connection, store)) == [n + 5]
    annotate_files(project.settings.address, step=step)
    return fetch_round(project, connection, store).step


def train(project, *, name="trial probe"):
    """Store a finished run of the last round, with F1 of a made-up curve."""
    store = ProjectStore()
    step = store.load_rounds(project.name)[-1]
    run = stored_runs.plan_run(name, sizes="10,20,full", target=store.load_corpus(project.name))
    with run.lock() as writer:
        for job in run.study.jobs:
            outcome = stored_runs.build_outcome(
                run, job, round(0.9 * job.n_sentences / (job.n_sentences + 5), 6)
            )
            points = tuple(point for point in outcome.points if point.entity in ("Drug", "all"))
            counts = replace(outcome.counts, entities=("Drug",), counts=outcome.counts.counts[:, 1:])
            writer.append_result(replace(outcome, points=points, counts=counts))
    store.save_round(project.name, replace(step, run=run.name))


def test_without_a_project_the_page_says_what_one_is_and_makes_it(
    open_page, read_page, tmp_path, idle_worker
):
    app = open_page("rounds")
    text = read_page(app)
    assert "There is no project yet. A project sends texts to your annotation tool" in text
    assert "Tools: Label Studio, doccano, Argilla, INCEpTION, Prodigy." in text
    app.button(key="new project").click().run()
    assert app.error[0].value == "Texts to annotate: found no file. Drop the texts that could be annotated."
    (tmp_path / "prodigy").mkdir()
    app.text_input(key="new name").set_value("trial")
    app.file_uploader(key="new texts").set_value(
        [("a.txt", "\n".join(of.text for of in build_texts(60)).encode(), "text/plain")]
    )
    app.selectbox(key="new tool").set_value("prodigy").run()
    app.text_input(key="new address").set_value(str(tmp_path / "prodigy"))
    app.button(key="new project").click().run()
    assert ProjectStore().load("trial").settings.tool == "prodigy"
    assert "Nothing is annotated yet. 60 texts wait here: send the first ones to Prodigy." in read_page(app)


def test_a_project_of_an_annotated_corpus_begins_with_its_probe(open_page, read_page, tmp_path, idle_worker):
    Library().add(build_corpus(40))
    (tmp_path / "prodigy").mkdir()
    app = open_page("rounds")
    app.text_input(key="new name").set_value("trial")
    app.file_uploader(key="new texts").set_value(
        [("a.txt", "\n".join(of.text for of in build_texts(90)).encode(), "text/plain")]
    )
    app.selectbox(key="new corpus").set_value("notes")
    app.selectbox(key="new tool").set_value("prodigy").run()
    app.text_input(key="new address").set_value(str(tmp_path / "prodigy"))
    app.button(key="new project").click().run()
    [step] = ProjectStore().load_rounds("trial")
    assert (step.number, step.run, step.n_train, step.n_pool) == (0, "notes probe", 28, 78)
    read_page(app)


def test_a_form_with_a_bad_address_or_token_makes_no_project(open_page):
    app = open_page("rounds")
    app.text_input(key="new name").set_value("trial")
    app.file_uploader(key="new texts").set_value([("a.txt", b"No pain\n", "text/plain")])
    app.text_input(key="new address").set_value("http://labels.example.org/projects/1")
    app.text_input(key="new secret").set_value("s3cr3t")
    app.button(key="new project").click().run()
    assert "would cross the network unencrypted" in app.error[0].value
    replay = load_answers("label-studio")
    replay.answers["GET", "/api/projects/1"] = [{"status": 401}]
    with serve(replay) as address:
        app.text_input(key="new address").set_value(f"{address}/projects/1")
        app.button(key="new project").click().run()
    assert "does not accept the token or password" in app.error[0].value
    assert "s3cr3t" not in app.error[0].value
    assert ProjectStore().names() == ()
    assert load_credential(address) is None


def test_texts_are_listed_before_they_are_sent(open_page, read_page, project):
    app = open_page("rounds", project="trial")
    app.session_state["push"] = True
    app.run().number_input(key="texts to train on").set_value(30)
    app.number_input(key="texts to test on").set_value(5).run()
    text = read_page(app)
    assert "35 texts with" in text
    assert "5 of them for testing, without suggestions. They go to Prodigy at" in text
    assert ProjectStore().load_sent("trial") == ()
    app.button(key="send").click().run()
    assert len(ProjectStore().load_sent("trial")) == 35


def test_annotations_are_fetched_as_a_round_and_its_probe_is_started(
    open_page, read_page, project, idle_worker
):
    annotate_round(project, 30)
    store = ProjectStore()
    rest = find_rest(store.load_pool("trial"), store.load_sent("trial"), store.load_start("trial"))
    connection = connect(project.settings, None)
    parcel = pack_parcel(choose_batch(rest, n_train=10, n_test=0, seed=1), project, connection, start=None)
    list(send_parcel(parcel, project, connection, store))
    annotate_files(project.settings.address)
    app = open_page("rounds", project="trial")
    app.button(key="pull").click().run()
    last = store.load_rounds("trial")[-1]
    assert (last.number, last.n_train, last.run) == (2, 68, "notes probe")
    assert app.success[0].value == "Round 2 was fetched; its estimate is being made."
    read_page(app)


def test_what_a_fetch_left_out_is_said_once(open_page, read_page, project, idle_worker):
    annotate_round(project, 30)
    spans = [{"start": 0, "end": 7, "label": "Drug"}, {"start": 8, "end": 13, "label": "Dose"}]
    record = {"text": "Aspirin twice.", "spans": spans, "answer": "accept", "_view_id": "ner_manual"}
    with Path(project.settings.address, "annotated.jsonl").open("a") as file:
        file.write(json.dumps(record) + "\n")
    app = open_page("rounds", project="trial")
    app.button(key="pull").click().run()
    text = read_page(app)
    assert "1 annotated text was not sent from here; it joins the training part." in text
    assert "labels left out: Dose" in text
    assert "not sent from here" not in read_page(app.run())


def test_the_page_answers_with_number_date_chart_and_table(open_page, read_page, project):
    annotate_round(project, 100, step=1)
    train(project)
    app = open_page("rounds", project="trial")
    text = read_page(app)
    answer = answer_project("trial", has_notes=False)
    assert describe_project(answer).replace("’", "'") in text.replace("&#x27;", "'")
    assert answer.velocity is not None
    assert "At the speed so far (" in text
    assert "Annotated by round 1" in text
    [chart] = [of for of in app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")]
    assert "plan for" in chart.proto.spec
    rows = app.dataframe[0].value
    assert list(rows["Round"]) == ["0", "1"]
    assert list(rows["To train on"]) == ["28", "128"]


def test_what_an_answer_rests_on_is_read_when_somebody_asks(open_page, read_page, project):
    annotate_round(project, 100)
    train(project)
    app = open_page("rounds", project="trial")
    assert "A sentence holds" not in read_page(app)
    app.session_state["notes"] = True
    assert "A sentence holds" in read_page(app.run())


def test_a_round_whose_run_is_gone_says_so(open_page, read_page, project):
    step = annotate_round(project, 30)
    ProjectStore().save_round("trial", replace(step, run="deleted"))
    text = read_page(open_page("rounds", project="trial"))
    assert "Round 1 has no estimate: " in text


def test_a_tool_that_asks_for_a_token_gets_it_from_a_form(open_page, read_page):
    with serve(load_answers("label-studio")) as address:
        settings = ToolSettings(tool="label-studio", address=address, project="1")
        begin_project(replace(build_project("/"), settings=settings), build_texts(40), None, ProjectStore())
        app = open_page("rounds", project="trial")
        assert "asks who you are. What you enter is kept on this machine" in read_page(app)
        app.text_input(key="tool secret").set_value("0123")
        next(button for button in app.button if button.label == "Connect").click().run()
        assert load_credential(address) == Credential("0123")
        assert app.button(key="pull")


def test_goal_and_rates_are_chosen_with_the_project(open_page, read_page, tmp_path):
    (tmp_path / "prodigy").mkdir()
    app = open_page("rounds")
    app.text_input(key="new name").set_value("trial")
    app.file_uploader(key="new texts").set_value([("a.txt", b"No pain\n", "text/plain")])
    app.selectbox(key="new tool").set_value("prodigy")
    app.number_input(key="goal new").set_value(95.0)
    app.checkbox(key="has rates new").check().run()
    app.text_input(key="new address").set_value(str(tmp_path / "prodigy"))
    app.number_input(key="Annotators new").set_value(3)
    app.number_input(key="Seconds a sentence, at best new").set_value(30.0).run()
    app.button(key="new project").click().run()
    assert "30 seconds per sentence at the fastest and 17 at the slowest" in app.error[0].value
    assert ProjectStore().names() == ()
    app.number_input(key="and at worst new").set_value(40.0)
    app.button(key="new project").click().run()
    made = ProjectStore().load("trial")
    assert (made.fraction, made.rates) == (
        0.95,
        Rates(seconds_low=30, seconds_high=40, annotators=3, source=USER_SOURCE),
    )
    read_page(app)


def test_goal_and_rates_change_later_as_by_the_command(open_page, read_page, project):
    app = open_page("rounds", project="trial")
    app.session_state["choices"] = True
    app.run().number_input(key="goal trial").set_value(90.0)
    app.checkbox(key="has rates trial").check().run()
    app.number_input(key="Hours a week of each trial").set_value(5.0)
    app.button(key="save choices").click().run()
    read_page(app)
    changed = ProjectStore().load("trial")
    assert (changed.fraction, changed.rates) == (0.9, Rates(hours_a_week=5.0))
    main(["rounds", "change", "trial", "--reset", "goal", "--reset", "rates"])
    assert ProjectStore().load("trial") == project
    main(["rounds", "change", "trial", "--fraction", "0.9", "--hours-a-week", "5"])
    assert ProjectStore().load("trial") == changed


@pytest.fixture
def chooser(monkeypatch, capsys):
    """Choose in this process, before the page is drawn again: a fair stand-in, since only files tell."""

    def start(command, variables, log):
        assert "BIONER_PROJECTS" in variables
        assert main(list(command[3:])) in (0, 1)
        with open(log, "w", encoding="utf-8") as file:
            file.write(capsys.readouterr().err)
        return 1

    def choose(candidates, n, args, *_):
        texts = candidates[-n:]
        marked = Mention("Drug", ((0, 7),))
        return [replace(text, mentions=(marked,) if args.predictions else ()) for text in texts]

    monkeypatch.setattr(next_batches, "start_detached_process", start)
    monkeypatch.setattr(next_batches, "read_start_time", lambda pid: 0.0)
    monkeypatch.setattr(rounds_choosing, "_choose_by_model", choose)


def open_sending(open_page):
    app = open_page("rounds", project="trial")
    app.session_state["push"] = True
    return app.run()


def test_a_strategy_chooses_the_texts_that_are_sent(open_page, read_page, project, chooser):
    app = open_sending(open_page)
    app.number_input(key="texts to train on").set_value(12)
    app.number_input(key="texts to test on").set_value(4)
    app.selectbox(key="strategy").set_value("margin")
    app.checkbox(key="suggest").check().run()
    assert ProjectStore().load_sent("trial") == ()
    app.button(key="choose").click().run()
    text = read_page(app)
    assert "16 texts with" in text
    assert "12 suggested mentions" in text
    (folder,) = NextBatches().folder.iterdir()
    app.button(key="send").click().run()
    sent = ProjectStore().load_sent("trial")
    assert (
        sorted((task.part, task.chosen_by) for task in sent)
        == [("test", "random")] * 4 + [("train", "margin")] * 12
    )
    assert app.success[0].value == "Prodigy has 16 more texts."
    assert not folder.exists()
    assert "batch" not in app.query_params


def test_what_keeps_a_strategy_from_choosing_is_shown_and_others_can_be_chosen(
    open_page, read_page, project, chooser
):
    app = open_sending(open_page)
    app.number_input(key="texts to train on").set_value(9999)
    app.number_input(key="texts to test on").set_value(0)
    app.selectbox(key="strategy").set_value("margin").run()
    app.button(key="choose").click().run()
    assert "9,999 texts to train on: only 200 are left" in read_page(app)
    app.button(key="remove batch").click().run()
    assert app.number_input(key="texts to train on").value == 9999
    assert app.button(key="choose")
    app = open_page("rounds", project="trial", batch="x" * 32)
    assert GONE.split(":")[0] in read_page(app)


def test_the_choice_for_another_project_is_not_sent_here(open_page, read_page, project, chooser, tmp_path):
    begin_project(build_project(tmp_path / "prodigy", "other"), build_texts(10), None, ProjectStore())
    request = ProjectBatchRequest(project="other", n=3, n_test=0, strategy="diverse")
    batch = NextBatches().start_for_project(request)
    assert "This choice of texts is of another project" in read_page(
        open_page("rounds", project="trial", batch=batch)
    )


def test_where_nothing_is_annotated_only_some_strategies_are_offered(open_page, read_page, tmp_path):
    (tmp_path / "prodigy").mkdir()
    begin_project(build_project(tmp_path / "prodigy"), build_texts(10), None, ProjectStore())
    app = open_sending(open_page)
    assert app.selectbox(key="strategy").options == [
        "random texts",
        "diverse: sentences that differ from those already chosen",
    ]
    assert [box.key for box in app.checkbox] == []
    read_page(app)


@pytest.mark.parametrize(("key", "n_lines"), [("finish push", 12), ("drop push", 0)])
def test_a_push_that_broke_off_is_finished_or_left(open_page, read_page, project, monkeypatch, key, n_lines):
    monkeypatch.setattr(exchange, "SETTLE_SECONDS", 0.0)
    store = ProjectStore()
    rest = find_rest(store.load_pool("trial"), (), store.load_start("trial"))
    batch = choose_batch(rest, n_train=10, n_test=2, seed=0)
    Outbox(store, "trial").begin(batch)
    app = open_page("rounds", project="trial")
    assert "A push has not ended: Prodigy may lack 12 texts of it." in read_page(app)
    app.button(key=key).click().run()
    read_page(app)
    files = list(Path(project.settings.address).glob("tasks-*.jsonl"))
    assert sum(len(path.read_text().splitlines()) for path in files) == n_lines
    assert len(store.load_sent("trial")) == n_lines
    assert Outbox(store, "trial").load() is None
    assert app.success[0].value == (
        "Prodigy has 12 more texts." if n_lines else "The texts that were not sent can be chosen again."
    )


def test_another_project_is_one_choice_away(open_page, read_page, project, tmp_path):
    begin_project(build_project(tmp_path / "prodigy", "other"), build_texts(10), None, ProjectStore())
    app = open_page("rounds", project="trial")
    app.selectbox(key="project").set_value("other").run()
    assert "10 texts wait here" in read_page(app)


def test_dates_count_from_the_day_that_is_named(project):
    annotate_round(project, 100, step=1)
    train(project)
    first, later = (answer_project("trial", today=date(2026, 4, day), has_notes=False) for day in (1, 8))
    assert (later.finish.earliest - first.finish.earliest).days == 7
