"""``bioner in-corpus`` and ``bioner zero-shot``: Tables 2 and 3 in the terminal and for programs."""

import json

import pytest

from bioner_core.cli import main


def test_published_table_2_marks_the_best_and_explains_why_nothing_is_tested(capsys):
    main(["in-corpus", "ecir2020", "--entity", "Drug"])
    out = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "EN UGT Drug BioBERT ecir2020 87.27 91.73 89.44* 1 –" in out
    assert "EN UGT Drug Multi-BERT ecir2020 79.40 91.18 84.88 1 one run each: not testable" in out
    assert len(out) == 1 + 10


def test_two_runs_are_listed_together_in_json(capsys):
    main(["in-corpus", "ecir2020", "four-corpora-probe", "ecir2020", "--format", "json"])
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 20 + 10
    assert {row["run"] for row in rows} == {"ecir2020", "four-corpora-probe"}
    assert rows[0].keys() >= {"corpus", "entity", "precision", "f1", "is_best", "test", "p", "differs"}


def test_the_published_table_3_is_a_matrix(capsys):
    main(["zero-shot", "ecir2020", "--entity", "Drug"])
    title, header, *rows = capsys.readouterr().out.splitlines()
    assert title == "Drug, Multi-BERT. Precision / recall / F1 (%)"
    assert header.split("  ")[0] == "train \\ test"
    assert len(rows) == 4
    assert "78.09 / 76.09 / 77.08" in rows[0]  # from EN EHR on EN UGT
    main(["zero-shot", "ecir2020", "--format", "json"])
    rows = json.loads(capsys.readouterr().out)
    pairs = [row for row in rows if row["train"] != row["test"]]
    assert len(pairs) == 24
    assert {"train", "test", "model", "method", "entity", "precision", "recall", "f1", "seeds"} == set(
        pairs[0]
    )


@pytest.mark.parametrize("command", ["in-corpus", "zero-shot"])
def test_an_unknown_type_is_refused_with_the_available_ones(capsys, command):
    assert main([command, "ecir2020", "--entity", "Dose"]) == 1
    message = "bioner: run ecir2020: no entity 'Dose'. Available: Disease, Drug.\n"
    assert capsys.readouterr().err == message


def test_trials_below_one_are_refused(capsys):
    assert main(["in-corpus", "ecir2020", "--trials", "0"]) == 1
    assert "--trials is 0; it must be 1 or more" in capsys.readouterr().err
