"""Sentences that readers misunderstood are gone, and what stands in their place."""

from pathlib import Path

import pytest

from bioner_core.answers.wording.budget_cards import build_first_crossing_card, build_plan_card
from bioner_core.answers.wording.budgets import describe_goal
from bioner_core.answers.wording.certainty import describe_seeds
from bioner_core.answers.wording.sources import describe_points
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.curves.gain import Gain

ROOT = Path(__file__).resolve().parents[3]
OLD = (  # each with what is said instead, where that is a fixed text
    ("single sizes pass", "by chance; the trend does not"),
    ("the smoothed curve does not up to", "by chance; the trend does not"),
    ("short of the", " sentences F1 is "),
    ("one chance in twenty", "the chance of success is 5 %"),
    ("would lift the yardstick", "The model is still improving, so full F1 would rise with more data"),
    ("curves of EN EHR (", "9 in 10 fall in this range"),
    ("Annotated, though not", "Types you searched for but never found"),
    ("reads a frozen encoder", "This is a quick test; full training may differ."),
    ("are placed, of", " mentions will be used"),
    ("What is lacking", "Still to annotate: "),
    ("annotators finish documents", "If you annotate whole documents, you"),
)


@pytest.fixture(scope="module")
def source():
    """Return the text of the program, its adjacent string literals joined."""
    paths = [*ROOT.glob("bioner_core/**/*.py"), *ROOT.glob("pages/*.py")]
    text = " ".join(path.read_text(encoding="utf-8") for path in paths)
    return " ".join(text.replace('"\n', "\n").split())


@pytest.mark.parametrize(("old", "new"), OLD)
def test_old_sentences_are_gone_and_plain_ones_stand_in_their_place(source, old, new):
    assert old not in source
    assert new in source


def build_row(**fields):
    base = {"target": "t", "entity": "Drug", "source": "none", "model": "m", "method": "probe"}
    numbers = {"fraction": 0.99, "full_f1": 0.849, "target_f1": 0.99 * 0.849, "plan_full_f1": 0.838}
    return Budget(**{**base, **numbers, "status": "reached", "n_max": 1950, **fields})


def test_the_card_and_the_chart_have_one_goal_and_the_first_crossing_names_its_own():
    row = build_row(n_plan=490, n_first=500, best_f1=0.86, best_n=800)
    assert describe_goal(row) == "99 % of full F1 (83.0 of 83.8, smoothed)"
    card = build_first_crossing_card(row, f1=0.842, largest=1950)
    assert card.text.startswith("F1 is 84.2, the goal is 84.1 (not smoothed). ")
    same = build_row(plan_full_f1=0.849, n_plan=490, n_first=500)
    assert describe_goal(same) == "99 % of full F1 (84.1 of 84.9)"
    assert "(not smoothed)" not in build_first_crossing_card(same, f1=0.842, largest=1950).text


def test_a_goal_out_of_reach_is_told_plainly():
    rates = Rates()
    row = build_row(status="not_reached", best_f1=0.72, best_n=1600, plan_full_f1=0.849)
    text = build_plan_card(row, seeds="", rates=rates).text
    assert text.startswith("With 1,600 sentences F1 is 72.0; the goal is 84.1")
    lucky = build_row(status="reached", best_f1=0.86, best_n=800, n_low=940, n_high_beyond=True)
    text = build_plan_card(lucky, seeds="", rates=rates).text
    assert text.startswith("Some sizes reach 83.0 by chance; the trend does not")
    assert "with 940 sentences, the chance of success is 5 %" in text


@pytest.mark.parametrize(
    ("n_seeds", "most", "words"),
    [(1, 1, "one model per size"), (1, 4, "1 to 4 seeds per size"), (3, 3, "3 seeds per size")],
)
def test_a_searched_run_tells_how_many_seeds_its_sizes_have(n_seeds, most, words):
    row = build_row(n_seeds=n_seeds, interval_of="seeds and documents")
    assert describe_seeds(row, is_published=False, most_seeds=most) == words


@pytest.mark.parametrize(
    ("f1", "words"),
    [
        (-0.0004, "adds 0.0 points of F1 (−1.1 to 1.0)"),
        (-0.012, "costs 1.2 points of F1 (−1.0 to 1.1)"),
        (0.012, "adds 1.2 points of F1 (−1.1 to 1.0)"),
    ],
)
def test_a_gain_that_rounds_to_nothing_is_no_cost(f1, words):
    text = describe_points(Gain(n=400, f1=f1, low=-0.011, high=0.010), build_row(source="reviews"))
    assert text == f"at 400 sentences pretraining on reviews {words}"
