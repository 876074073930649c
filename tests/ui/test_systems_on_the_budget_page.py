"""A system that is not trained here, on the Budget page and in its report: the words of the command."""

from dataclasses import replace

import pytest
from budget_text import read_subject, run_budget
from simulated_runs import create_simulated_run

from bioner_core.analysis.external_scoring import score_system, split_target
from bioner_core.cli import main
from bioner_core.study.external_results import save_external_result


@pytest.fixture
def run():
    """Return a run with a system that misses every third mention of a type."""
    run = create_simulated_run()
    _, split = split_target(run, "target")
    predicted = [
        replace(sentence, spans=sentence.spans[: 1 if number % 3 else 0])
        for number, sentence in enumerate(split.test)
    ]
    save_external_result(run, score_system(split, predicted, name="gpt-x", cost="3 EUR"))
    return run


def test_page_and_report_say_what_the_command_says_and_draw_the_line(
    run, open_page, read_page, tmp_path, capsys
):
    [row] = run_budget("study", "--entity", "Disease")
    main(["budget", "study", "--entity", "Disease", "--cost"])
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("A system without annotation (gpt-x, for 3 EUR) gives F1 80.0 (")
    assert f"from about {row['better_from']} sentences ({row['better_from_low']} to " in line
    app = open_page("budget", run="study", entity="Disease")
    read_page(app)
    assert line in read_subject(app)
    [chart] = app.get("vega_lite_chart")
    assert "gpt-x: 80.0" in str(chart.proto)
    main(["report", "study", "--entity", "Disease", "--out", str(tmp_path / "r.html")])
    page = (tmp_path / "r.html").read_text()
    assert line in page
    assert "gpt-x may have seen these test texts" in page
    assert "dotted: gpt-x" in page


def test_a_new_system_stands_on_an_open_page_at_the_next_click(run, open_page):
    _, split = split_target(run, "target")
    app = open_page("budget", run="study", entity="Disease")
    assert "gpt-x" in read_subject(app)
    save_external_result(run, score_system(split, split.test, name="better"))
    app.run()
    answer = "with all 1,000 sentences your own model is not expected to be better."
    assert f"A free system (better) gives F1 100.0 (100.0 to 100.0); {answer}" in read_subject(app)
