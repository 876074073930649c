"""Answers to the paper's questions: the numbers of each sentence are those of its row."""

import json
import re

import pytest

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.research_questions import FewShot, ZeroShot, answer_questions, build_answer_record
from bioner_core.answers.wording.numbers import format_count, format_percent
from bioner_core.cli import main
from bioner_core.curves.budget_table import compute_budgets
from bioner_core.curves.curve import build_curves
from bioner_core.curves.sources import list_source_corpora
from bioner_core.study.store import RunStore


def select_answers(name, **wanted):
    run = RunStore().open(name)
    answers = answer_questions(build_curves(run.points(), run.planned_seeds()))
    return [
        answer
        for answer in answers
        if all(build_answer_record(answer).get(key) == value for key, value in wanted.items())
    ]


def format_numbers(row):
    """Return the numbers of a row in every way that a sentence may write them."""
    numbers = [v for v in row.values() if isinstance(v, int | float) and not isinstance(v, bool)]
    for value in numbers:
        yield from (format_percent(value), format_count(abs(value)), f"{100 * value:g}", f"{value:.2g}")


@pytest.mark.parametrize("name", ["ecir2020", "four-corpora-probe"])
def test_every_number_in_a_sentence_is_in_its_record(name):
    for answer in select_answers(name):
        row = build_answer_record(answer)
        names = [str(row.get(key) or "$^") for key in ("target", "entity", "source")]
        names += list_source_corpora(str(row.get("source") or "none"))
        text = re.sub("|".join([r"\bF1\b", *map(re.escape, names)]), "", row["sentence"])
        numbers = re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)
        assert numbers and set(numbers) <= set(format_numbers(row)), row


def test_the_published_zero_shot_share_is_table_3_divided_by_table_2():
    (answer,) = select_answers("ecir2020", question="RQ1", target="EN UGT", entity="Drug")
    assert isinstance(answer, ZeroShot)
    assert (answer.source, answer.f1, answer.full_f1) == ("EN EHR", 0.7708, 0.8488)
    assert answer.share == pytest.approx(0.7708 / 0.8488)


def test_the_best_source_is_compared_with_no_pretraining():
    (answer,) = select_answers("ecir2020", question="RQ2", target="RU UGT", entity="Disease", fraction=0.99)
    assert isinstance(answer, FewShot)
    rows = [row for row in compute_budgets(RunStore().open("ecir2020").points()) if row.target == "RU UGT"]
    plans = {row.source: row.n_plan for row in rows if row.entity == "Disease"}
    least = min((source for source in plans if source != "none" and plans[source]), key=plans.get)
    assert (answer.best.source, answer.best.n_plan, answer.none.n_plan) == (
        least,
        plans[least],
        plans["none"],
    )
    assert answer.best.saved_plan == plans["none"] - plans[least]


def test_a_target_without_sources_is_answered_without_pretraining():
    points = [p for p in RunStore().open("ecir2020").points() if p.source == "none"]
    answers = [
        answer
        for answer in answer_questions(build_curves(points))
        if isinstance(answer, FewShot) and answer.fraction == 0.99
    ]
    (answer,) = [answer for answer in answers if (answer.target, answer.entity) == ("RU UGT", "Disease")]
    assert answer.sentence.startswith(
        f"Disease in RU UGT, 99 % of full F1: without pretraining {answer.none.n_plan:,} sentences"
    )
    assert answer.sentence.endswith("; no source was tried.")


def test_a_plan_is_answered_with_its_interval_and_seeds():
    run = RunStore().open("four-corpora-probe")
    answers = answer_questions(run.curves(), chance=estimate_sampling_noise(run))
    (answer,) = [
        a
        for a in answers
        if isinstance(a, FewShot) and (a.target, a.entity, a.fraction) == ("phee", "Drug", 0.98)
    ]
    row = build_answer_record(answer)
    assert row["n_low_none"] < row["n_plan_none"] < row["n_high_none"]
    assert (row["interval_of_none"], row["n_seeds_none"]) == ("seeds and documents", 1)  # of a searched size
    interval = f"{format_count(row['n_low_none'])} to {format_count(row['n_high_none'])}"
    assert f"{format_count(row['n_plan_none'])} sentences ({interval}; " in answer.sentence


def test_a_source_that_needs_more_sentences_is_answered_with_the_difference():
    (answer,) = select_answers("ecir2020", question="RQ2", target="EN UGT", entity="Disease", fraction=0.99)
    more = answer.best.n_plan - answer.none.n_plan
    assert more > 0
    assert answer.sentence.endswith(f": {more} more than without.")


def test_the_command_prints_sentences_or_rows_and_refuses_unknown_targets(capsys):
    assert main(["answers", "ecir2020", "--target", "RU UGT", "--entity", "Drug"]) == 0
    assert [line[:3] for line in capsys.readouterr().out.splitlines()] == ["RQ1", "RQ2", "RQ2", "RQ3", "RQ3"]
    assert main(["answers", "ecir2020", "--target", "RU UGT", "--format", "json"]) == 0
    assert {row["question"] for row in json.loads(capsys.readouterr().out)} == {"RQ1", "RQ2", "RQ3"}
    assert main(["answers", "ecir2020", "--target", "nowhere"]) == 1
    assert "no target 'nowhere'. Available: EN EHR" in capsys.readouterr().err
