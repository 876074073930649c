"""The paper's questions: each number in a sentence is one of its row, and those are the run's."""

import json
import re

import pytest

from bioner_core.analysis.resampling import chance
from bioner_core.answers.research_questions import FewShot, ZeroShot, answer_questions, build_answer_record
from bioner_core.answers.wording.numbers import format_count, format_percent
from bioner_core.cli import main
from bioner_core.curves.curve import build_curves
from bioner_core.curves.sources import list_source_corpora
from bioner_core.study.store import RunStore


def told(name, **wanted):
    run = RunStore().open(name)
    found = answer_questions(build_curves(run.points(), run.planned_seeds()))
    return [
        one
        for one in found
        if all(build_answer_record(one).get(key) == value for key, value in wanted.items())
    ]


def shown(row):
    """Return the numbers of a row in every way that a sentence may write them."""
    numbers = [v for v in row.values() if isinstance(v, int | float) and not isinstance(v, bool)]
    for value in numbers:
        yield from (format_percent(value), format_count(abs(value)), f"{100 * value:g}", f"{value:.2g}")


@pytest.mark.parametrize("name", ["ecir2020", "four-corpora-probe"])
def test_every_number_in_a_sentence_stands_in_its_row(name):
    for one in told(name):
        row = build_answer_record(one)
        names = [str(row.get(key) or "$^") for key in ("target", "entity", "source")]
        names += list_source_corpora(str(row.get("source") or "none"))
        text = re.sub("|".join([r"\bF1\b", *map(re.escape, names)]), "", row["sentence"])
        numbers = re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)
        assert numbers and set(numbers) <= set(shown(row)), row


def test_the_published_zero_shot_is_the_share_of_tables_2_and_3():
    (one,) = told("ecir2020", question="RQ1", target="EN UGT", entity="Drug")
    assert isinstance(one, ZeroShot)
    assert (one.source, one.f1, one.full_f1) == ("EN EHR", 0.7708, 0.8488)
    assert one.share == pytest.approx(0.7708 / 0.8488)


def test_the_source_that_needs_least_is_told_beside_none():
    (one,) = told("ecir2020", question="RQ2", target="RU UGT", entity="Disease", fraction=0.99)
    assert isinstance(one, FewShot)
    assert (one.best.source, one.best.n_plan, one.none.n_plan) == ("EN UGT+RU EHR", 880, 1390)
    assert one.best.saved_plan == 510


def test_a_target_without_sources_is_told_without_pretraining():
    points = [p for p in RunStore().open("ecir2020").points() if p.source == "none"]
    found = [
        one
        for one in answer_questions(build_curves(points))
        if isinstance(one, FewShot) and one.fraction == 0.99
    ]
    (one,) = [one for one in found if (one.target, one.entity) == ("RU UGT", "Disease")]
    assert one.sentence.startswith("Disease in RU UGT, 99 % of full F1: without pretraining 1,390 sentences")
    assert one.sentence.endswith("; no source was tried.")


def test_a_number_of_sentences_has_its_interval_and_its_seeds():
    run = RunStore().open("four-corpora-probe")
    found = answer_questions(run.curves(), chance=chance(run))
    (one,) = [
        a
        for a in found
        if isinstance(a, FewShot) and (a.target, a.entity, a.fraction) == ("phee", "Drug", 0.98)
    ]
    row = build_answer_record(one)
    assert row["n_low_none"] < row["n_plan_none"] < row["n_high_none"]
    assert (row["interval_of_none"], row["n_seeds_none"]) == ("seeds and documents", 5)
    told_interval = f"{format_count(row['n_low_none'])} to {format_count(row['n_high_none'])}"
    assert f"{format_count(row['n_plan_none'])} sentences ({told_interval}; " in one.sentence


def test_a_source_that_takes_more_is_said_to():
    (one,) = told("ecir2020", question="RQ2", target="EN UGT", entity="Disease", fraction=0.99)
    assert one.sentence.endswith(": 90 more than without.")


def test_the_command_tells_sentences_or_rows_and_refuses_what_is_not_there(capsys):
    assert main(["answers", "ecir2020", "--target", "RU UGT", "--entity", "Drug"]) == 0
    assert [line[:3] for line in capsys.readouterr().out.splitlines()] == ["RQ1", "RQ2", "RQ2", "RQ3", "RQ3"]
    assert main(["answers", "ecir2020", "--target", "RU UGT", "--format", "json"]) == 0
    assert {row["question"] for row in json.loads(capsys.readouterr().out)} == {"RQ1", "RQ2", "RQ3"}
    assert main(["answers", "ecir2020", "--target", "nowhere"]) == 1
    assert "no target 'nowhere'. There are: EN EHR" in capsys.readouterr().err
