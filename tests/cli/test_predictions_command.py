"""``bioner predictions``: texts out, annotations in, term lists, and the break-even of ``bioner budget``."""

import json

import pytest
from simulated_runs import create_simulated_run

from bioner_core.analysis.external_scoring import split_target
from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.study.corpus_copies import locate_copy
from bioner_core.study.store import RunStore


@pytest.fixture
def run():
    return create_simulated_run()


def export(run, tmp_path):
    """Return the exported records of the run's test part, whose corpus is now in the library."""
    Library().add(run.corpora()["target"])
    assert main(["predictions", "export", "target", "--out", str(tmp_path / "test.jsonl")]) == 0
    return [json.loads(line) for line in (tmp_path / "test.jsonl").read_text().splitlines()]


def annotate(records, path, *, every):
    """Write the second kind of mention into records, right in all but each ``every``th."""
    for number, record in enumerate(records):
        start = record["text"].index("word")
        end = len(record["text"]) if number % every else start
        record["entities"] = [{"start": start, "end": end, "label": "Chemical"}] if end > start else []
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def test_predictions_go_from_the_exported_texts_to_the_line_below_the_budget(run, tmp_path, capsys):
    records = export(run, tmp_path)
    err = capsys.readouterr().err
    assert err.startswith(
        f"300 test sentences of target written to {tmp_path / 'test.jsonl'}. warning: this file"
    )
    assert records[0] == {"id": 0, "document": "target166", "text": "target helps word1000", "entities": []}
    assert main(["predictions", "export", "target", "--out", str(tmp_path / "test.jsonl")]) == 1
    assert "already exists" in capsys.readouterr().err
    path = annotate(records[:240], tmp_path / "tool.jsonl", every=3)
    assert main(["predictions", "add", "study", path, "--name", "gpt-x", "--cost", "3 EUR"]) == 0
    out = capsys.readouterr().out
    assert "240 of 300 test sentences (80 %) are in tool.jsonl, 60 are missing and count as without" in out
    main(["predictions", "list", "study", "--format", "json"])
    [row] = json.loads(capsys.readouterr().out)
    tp, fn = 160, 140
    assert row["system_f1"] == pytest.approx(2 * tp / (2 * tp + fn))
    assert (row["system"], row["entity"], row["system_cost"]) == ("gpt-x", "Drug", "3 EUR")
    main(["budget", "study", "--entity", "Drug", "--format", "json"])
    [row] = json.loads(capsys.readouterr().out)
    assert row["better_from_low"] <= row["better_from"] <= row["better_from_high"]
    main(["budget", "study", "--entity", "Drug"])
    *_, line, correction = capsys.readouterr().out.splitlines()
    assert line.startswith("A system without annotation (gpt-x, for 3 EUR) gives F1 69.6 (")
    assert f"your own model is better; for 90 % of full F1 you need {row['n90']:,}." in line
    assert correction.startswith(
        "As pre-annotation: of 100 mentions, gpt-x marks 27 right; of 100 that it marks, 0 are wrong (all "
        "types, in the test part). For the hours of correcting, state under Settings which share"
    )
    assert f" {row['better_from']:,} sentences" in line
    main(["export", "study"])
    rows = [line for line in capsys.readouterr().out.splitlines() if ",external," in line]
    assert len(rows) == 1
    main(["predictions", "remove", "study", "gpt-x"])
    main(["budget", "study", "--entity", "Drug", "--format", "json"])
    assert "better_from" not in capsys.readouterr().out


def test_term_lists_are_scored_from_a_file_and_from_training_sentences(run, tmp_path, capsys):
    terms = tmp_path / "terms.txt"
    terms.write_text("TARGET\tDisease\nword1001\tDrug\n")
    assert main(["predictions", "terms", "study", str(terms)]) == 0
    assert main(["predictions", "terms", "study", "--from-training", "50"]) == 0
    capsys.readouterr()
    main(["predictions", "list", "study", "--format", "json"])
    rows = {(row["system"], row["entity"]): row for row in json.loads(capsys.readouterr().out)}
    assert rows["terms", "Disease"]["system_f1"] == 1
    assert rows["terms", "Drug"]["system_f1"] == pytest.approx(2 / 301)
    assert rows["terms-50", "Disease"]["system_sentences"] == 50
    assert ("terms-50", "Drug") not in rows  # no training word stands in the test part
    assert main(["predictions", "terms", "study"]) == 1
    assert "one of the two" in capsys.readouterr().err


def test_a_run_without_text_takes_that_of_the_library_if_it_is_the_same(run, tmp_path, capsys):
    path = annotate(export(run, tmp_path), tmp_path / "tool.jsonl", every=3)
    locate_copy(run.folder, "target").unlink()
    assert split_target(run, "target")[1].test == split_target(RunStore().open("study"), "target")[1].test
    assert main(["predictions", "add", "study", path, "--name", "x"]) == 0
    Library().delete("target")
    capsys.readouterr()
    assert main(["predictions", "add", "study", path, "--name", "y"]) == 1
    message = capsys.readouterr().err
    assert "run study: holds no text of target, and the library has no corpus of this name" in message
    assert "bioner corpus add PATH --name target" in message


def test_training_texts_are_exported_added_and_timed(run, tmp_path, capsys):
    Library().add(run.corpora()["target"])
    path = tmp_path / "train.jsonl"
    assert main(["predictions", "export", "target", "--part", "training", "--out", str(path)]) == 0
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(records) == 1000
    file = annotate(records[:100], tmp_path / "tool.jsonl", every=4)
    assert main(["predictions", "add", "study", file, "--name", "x"]) == 1
    assert "holds none of the 300 test sentences of target" in capsys.readouterr().err
    assert main(["predictions", "add", "study", file, "--name", "x", "--part", "training"]) == 0
    assert (
        "100 of 1,000 training sentences (10 %) are in tool.jsonl, 900 are left out."
        in capsys.readouterr().out
    )
    main(["predictions", "list", "study", "--format", "json"])
    [row] = json.loads(capsys.readouterr().out)
    assert (row["method"], row["system_f1"]) == ("pre-annotation", pytest.approx(2 * 75 / 175))
    batches = ["--without", "50", "10", "--with", "50", "9.2"]
    assert main(["predictions", "timed", "study", "x", *batches, "--save"]) == 0
    out = capsys.readouterr().out
    assert "11.0 s per sentence with correcting, 12.0 s without: 8 % less. So 43 % of the time marks" in out
    main(["budget", "study", "--entity", "Drug", "--cost"])
    assert "% less). Annotators tend to keep what is proposed" in capsys.readouterr().out
    main(["budget", "study", "--entity", "Drug", "--marking", "0.8", "--format", "json"])
    [row] = json.loads(capsys.readouterr().out)
    assert row["corrected_share"] == pytest.approx(1 - 0.8 * (0.375 - 0.5 * 0.375))
    assert row["corrected_hours_low"] == pytest.approx(row["corrected_share"] * row["hours_low"], abs=0.02)
    assert main(["predictions", "timed", "study", "y", *batches]) == 1
    assert "no system 'y' on target. Available: x." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "ecir2020", "x.jsonl", "--name", "x"], "Make a copy: bioner runs export ecir2020 copy.zip"),
        (["add", "study", "x.jsonl", "--name", "target"], "run study: target is one of its corpora."),
        (["add", "study", "x.jsonl", "--name", "x"], "x.jsonl: no such file or folder."),
        (
            ["add", "study", "x.jsonl", "--name", "x", "--target", "y"],
            "run study: no target 'y'. Name one with",
        ),
        (["remove", "study", "x"], "run study: no system 'x'. Available: none yet."),
    ],
)
def test_what_cannot_be_done_is_refused_before_work_begins(run, capsys, arguments, message):
    assert main(["predictions", *arguments]) == 1
    assert message in capsys.readouterr().err
