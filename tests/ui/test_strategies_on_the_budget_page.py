"""Budget: what choosing sentences saves, for runs with strategies."""

import stored_runs

from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.plan import plan_study
from bioner_core.study.store import RunStore

TITLE = "Does it pay to choose sentences?"


def store_run(name, *strategies):
    corpus = stored_runs.build_corpus()
    study = plan_study(
        name=name,
        targets=[corpus],
        model=ModelChoice(name="tiny", revision="1"),
        preset="probe",
        sizes="20,40,80,120,full",
        seeds=(0, 1),
        strategies=strategies,
    )
    run = RunStore().create(study, {corpus.name: corpus})
    stored_runs.record_outcomes(run, f1=lambda job: _compute_f1(job) + 0.01 * job.seed)
    return run


def _compute_f1(job):
    n = job.n_sentences * (2 if job.strategy != "random" else 1)
    return 0.9 * min(n, 140) / (min(n, 140) + 15)


def test_a_run_with_strategies_shows_what_they_save(open_page, read_page):
    store_run("chosen", "margin/20")
    app = open_page("budget", run="chosen", entity="all")
    assert TITLE in [expander.label for expander in app.expander]
    app.session_state["strategies"] = True
    text = read_page(app.run())
    assert "To reach 90 % of full F1 on all in reviews, margin/20 saves " in text
    assert "Hours: a sentence of average length takes 12.5 s" in text


def test_other_runs_show_nothing_of_it_and_points_of_strategies_are_no_sources(open_page, read_page):
    store_run("plain")
    app = open_page("budget", run="plain", entity="all")
    assert TITLE not in [expander.label for expander in app.expander]
    store_run("chosen", "margin/20")
    assert "margin/20" not in read_page(open_page("budget", run="chosen", entity="all"))


def test_the_models_of_a_run_name_their_strategy(open_page):
    store_run("chosen", "margin/20")
    app = open_page("runs", run="chosen")
    app.session_state["models and log"] = True
    app.run()
    tables = [table.value for table in app.dataframe if "Sentences by" in table.value]
    assert len(tables) == 1
    assert set(tables[0]["Sentences by"]) == {"random", "margin/20"}
