"""``bioner curve --model lstm-crf``: plans, training, notes, and refused options."""

import json

import pytest

from bioner_core.cli import main
from bioner_core.cli.runs import load_torch_and_train
from bioner_core.study.store import RunStore
from bioner_core.study.word_vectors import TRAINED_REVISION, inspect_vectors
from bioner_core.tagging import run as tagging_run

SENTENCE = "aspirin\tB-Drug\nhelps\tO\n{}\tB-Disease\n\n"
PLAN = ("--sizes", "10,full", "--seeds", "0", "--run", "own", "--min-steps", "4", "--epochs", "1")
TRAINED_VECTORS_NOTE = (
    "note: No word vectors are given: the LSTM-CRF's (200 dimensions) are trained by fastText on the text of "
    "the training parts of each model's target and sources, never on a test part."
)


@pytest.fixture(autouse=True)
def train_in_this_process(monkeypatch):
    """Train in this process: the same runner, without the seconds in which a helper process loads torch."""

    def run_here(jobs, *, corpora, runner, cache, **options):
        tagging_run._opened.clear()  # a new process has loaded nothing
        yield from load_torch_and_train(jobs, corpora=corpora, device="cpu", cache=cache)

    monkeypatch.setattr("bioner_core.study.executors.backend.run_locally", run_here)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write a corpus and a file of word vectors."""
    monkeypatch.chdir(tmp_path)
    text = "".join(SENTENCE.format(("pain", "cough")[n % 2]) for n in range(40))
    (tmp_path / "mine.conll").write_text(text, encoding="utf-8")
    (tmp_path / "vectors.vec").write_text("2 3\naspirin 1 0 0\nhelps 0 1 0\n", encoding="utf-8")
    return tmp_path


def read_error(capsys, *arguments):
    """Run a command that must fail and write nothing; return its last line on stderr."""
    assert main(["curve", "mine.conll", *arguments]) == 1
    assert "own" not in RunStore().names()
    return capsys.readouterr().err.splitlines()[-1]


def test_word_vectors_are_trained_on_the_corpus_text_by_default(files, capsys):
    assert main(["curve", "mine.conll", "--model", "lstm-crf", *PLAN]) == 0
    assert TRAINED_VECTORS_NOTE in capsys.readouterr().err.splitlines()
    run = RunStore().open("own")
    assert {(p.model, p.method, p.n_sentences) for p in run.points()} == {
        ("lstm-crf", "finetune", 10),
        ("lstm-crf", "finetune", 28),
    }
    assert run.study.model.revision == TRAINED_REVISION
    assert run.study.notes[-1] == TRAINED_VECTORS_NOTE.removeprefix("note: ")
    assert main(["in-corpus", "own", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["model"] for row in rows} == {"lstm-crf"}


def test_a_file_of_vectors_is_recorded_in_the_plan_and_reused(files, capsys):
    named = ("--model", "lstm-crf", "--vectors", "vectors.vec")
    assert main(["curve", "mine.conll", *named, *PLAN]) == 0
    assert TRAINED_VECTORS_NOTE not in capsys.readouterr().err
    study = RunStore().open("own").study
    assert study.settings.vectors == str(files / "vectors.vec")
    assert study.model.revision == inspect_vectors(files / "vectors.vec").digest
    n_jobs = len(study.jobs)
    assert main(["curve", "mine.conll", *PLAN]) == 0  # the run keeps its model and vectors
    assert len(RunStore().open("own").study.jobs) == n_jobs


def test_vectors_that_changed_fail_with_the_reason(files, capsys):
    named = ("--model", "lstm-crf", "--vectors", "vectors.vec")
    assert main(["curve", "mine.conll", *named, *PLAN]) == 0
    (files / "vectors.vec").write_text("1 3\naspirin 1 0 0\n", encoding="utf-8")
    assert main(["curve", "mine.conll", *PLAN[2:], "--sizes", "20"]) == 1
    (failure,) = RunStore().open("own").failures()
    assert "is not what the job was planned for" in failure.reason


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--model", "lstm-crf", "--preset", "probe"),
            "model lstm-crf: has no encoder that a probe could freeze. Use the preset quick or paper.",
        ),
        (
            ("--model", "lstm-crf", "--dtype", "bfloat16"),
            "model lstm-crf: trains in float32 only, not in bfloat16.",
        ),
        (
            ("--model", "lstm-crf", "--vectors", "none.vec"),
            "none.vec: cannot be read (No such file or directory).",
        ),
        (
            ("--model", "multilingual-e5-small-q4", "--vectors", "vectors.vec"),
            "only the model lstm-crf reads word vectors, multilingual-e5-small-q4 does not. Use --model "
            "lstm-crf, or leave the vectors out.",
        ),
    ],
)
def test_unsuitable_options_are_refused_in_one_line_before_a_run_is_written(
    files, capsys, arguments, message
):
    assert read_error(capsys, *arguments, *PLAN).endswith(message)


def test_pickled_vectors_are_refused_before_anything_is_written(files, capsys):
    (files / "vectors.kv").write_bytes(b"\x80\x04\x95")
    assert "is pickled" in read_error(capsys, "--model", "lstm-crf", "--vectors", "vectors.kv", *PLAN)
