"""The agreement of annotators goes with the corpus, from its folders to the number on Budget."""

import json
from dataclasses import replace

import pytest
import stored_runs

from bioner_core.answers.report.context import choose_answer
from bioner_core.answers.report.limits import list_limits
from bioner_core.cli import main
from bioner_core.corpus.checks import check_corpus
from bioner_core.corpus.description import describe_corpus
from bioner_core.corpus.jsonl import load_corpus, save_corpus
from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.errors import BionerError

NOTE = (
    "Annotators of the same texts agree with F1 80.0 (exact places and labels of the files): expect no model "
    "to exceed that."
)
FINDING = (
    "note: notes: annotators of the same texts agree with F1 80.0 (exact places and labels of the files). "
    "Expect no model to exceed that."
)


@pytest.fixture
def folder(tmp_path):
    """Return a corpus of two annotators, with three and two mentions, of which two are the same."""
    texts = {"a": "He took zinc", "b": "No pain now", "c": "Slept badly"}
    first = {"a": "T1\tDrug 8 12\tzinc\n", "b": "T1\tADR 3 7\tpain\n", "c": "T1\tADR 0 11\tSlept badly\n"}
    for annotator, annotations in {"anna": first, "boris": {**first, "c": ""}}.items():
        (tmp_path / "notes" / annotator).mkdir(parents=True)
        for name, text in texts.items():
            (tmp_path / "notes" / annotator / f"{name}.txt").write_text(text)
            (tmp_path / "notes" / annotator / f"{name}.ann").write_text(annotations[name])
    return tmp_path / "notes"


@pytest.fixture
def run():
    """Return a finished run of a corpus whose annotators agree with F1 0.8."""
    run = stored_runs.plan_run(target=stored_runs.build_corpus(agreement_f1=0.8))
    stored_runs.record_outcomes(run)
    return run


def test_a_corpus_keeps_the_agreement_of_its_folders(folder, tmp_path):
    corpus = open_corpus(folder).corpus
    assert corpus.agreement_f1 == 0.8
    Library().add(corpus)
    assert Library().load("notes") == corpus
    renamed = open_corpus("notes", label_map={"Disease": "Reaction"}).corpus
    assert (renamed.agreement_f1, renamed.types) == (0.8, ("Drug", "Reaction"))
    without = replace(corpus, agreement_f1=None)
    assert without.digest == corpus.digest
    save_corpus(tmp_path / "without.jsonl", without)
    assert "agreement" not in (tmp_path / "without.jsonl").read_text()
    assert load_corpus(tmp_path / "without.jsonl") == without


@pytest.mark.parametrize("value", ["2", "-1", "NaN", "Infinity", "true", '"1"', "9" * 400])
def test_an_impossible_agreement_in_a_corpus_file_is_refused(folder, tmp_path, value):
    path = tmp_path / "corpus.jsonl"
    save_corpus(path, open_corpus(folder).corpus)
    path.write_text(path.read_text().replace('"agreement_f1": 0.8', f'"agreement_f1": {value}'))
    with pytest.raises(BionerError, match=r"line 1: not as this program writes a corpus"):
        load_corpus(path)


def test_the_check_says_it_for_files_and_for_the_library(folder, capsys):
    assert main(["corpus", "check", str(folder)]) == 0
    assert FINDING in capsys.readouterr().out.splitlines()
    Library().add(open_corpus(folder).corpus)
    assert main(["corpus", "check", "notes"]) == 0
    assert FINDING in capsys.readouterr().out.splitlines()
    assert not [f for f in check_corpus(stored_runs.build_corpus()) if "agree" in f.message]


def test_a_run_keeps_it_and_says_it_beside_its_number(run, capsys):
    corpus = stored_runs.build_corpus(agreement_f1=0.8)
    assert run.study.descriptions["reviews"] == describe_corpus(corpus, split_corpus(corpus))
    answer = choose_answer(run.curves(), compute_curve_budgets(run.curves()), run=run)
    assert NOTE in list_limits(answer)
    assert main(["budget", run.name]) == 0
    assert f"note: reviews: {NOTE}" in capsys.readouterr().err.splitlines()


def test_a_run_without_it_is_written_as_before_and_says_nothing(capsys):
    run = stored_runs.plan_run()
    stored_runs.record_outcomes(run)
    about = json.loads((run.folder / "study.json").read_text())["corpora"]["reviews"]["about"]
    assert "agreement_f1" not in about
    assert main(["budget", run.name]) == 0
    assert "Annotators" not in capsys.readouterr().err
