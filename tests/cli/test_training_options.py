"""Training options of ``bioner curve`` and ``bioner transfer``: the plan follows them."""

import pytest

from bioner_core.cli import curve, main
from bioner_core.study.presets import PRESETS
from bioner_core.study.store import RunStore

MODEL = "multilingual-e5-small-q4"
PLAN = ("--preset", "probe", "--seeds", "0", "--run", "own", "--model", MODEL)
COMMANDS = [("curve", "mine.conll"), ("transfer", "mine.conll", "other.conll")]
OPTIONS = {
    "patience": 2,
    "dropout": 0.25,
    "warmup": 0.2,
    "weight_decay": 0.05,
    "clip_norm": 2.5,
    "max_pieces": 64,
}
NAMED = [text for name, value in OPTIONS.items() for text in (f"--{name.replace('_', '-')}", str(value))]

pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write two corpora, a third of whose sentences are the same one; training is replaced by a stub."""
    monkeypatch.setattr(curve, "train_or_follow", lambda run: 1)
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "other"):
        lines = (
            f"-DOCSTART- O\n\ntook O\n{name}{n} B-Drug\n\nno O\npain{n} B-ADR\n\nOk O\n" for n in range(20)
        )
        (tmp_path / f"{name}.conll").write_text("\n".join(lines), encoding="utf-8")


def plan_training(*arguments):
    assert main([*arguments, *PLAN]) == 1
    return RunStore().open("own").study


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_settings_follow_the_options(command):
    settings = plan_training(*command, *NAMED).settings
    assert {name: getattr(settings, name) for name in OPTIONS} == OPTIONS


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(("options", "n_upper"), [((), 4), (("--upper-layers", "6"), 6)])
def test_the_preset_partial_trains_upper_layers(command, options, n_upper):
    assert main([*command, *PLAN, "--preset", "partial", *options]) == 1
    study = RunStore().open("own").study
    assert (study.method, study.settings.first_layers) == ("partial", 8)
    assert study.settings.upper_layers == n_upper


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_omitted_options_default_to_the_preset(command):
    study = plan_training(*command)
    assert study.settings == PRESETS["probe"].settings_for(MODEL)
    assert not any(job.leave_out_shared for job in study.jobs)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--dropout", "1.5", "dropout is 1.5; it must lie in 0 to below 1."),
        ("--warmup", "1", "warmup is 1.0; it must lie in 0 to below 1."),
        ("--weight-decay", "-0.1", "weight_decay is -0.1; it must lie in 0 to below 1."),
        ("--clip-norm", "0", "clip_norm is 0.0; it must be above 0."),
        ("--max-pieces", "7", "max_pieces is 7; it must be 8 or more."),
        ("--patience", "-1", "patience is -1; it must be 0 or more."),
        ("--upper-layers", "-1", "upper_layers is -1; it must be 0 or more."),
        ("--first-layers", "-1", "first_layers is -1; it must be 0 or more."),
        (
            "--first-layers",
            "6",
            "upper_layers is 0 and first_layers 6; where the first 6 layers are kept, 1 to 6 of them can be "
            "trained.",
        ),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_line_and_creates_no_run(capsys, option, value, message):
    for command in COMMANDS:
        assert main([*command, *PLAN, option, value]) == 1
        lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("warning: ")]
        assert lines == [f"bioner: {message}"]
    assert "own" not in RunStore().names()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_shared_sentences_can_be_left_out_of_training(command):
    whole = plan_training(*command)
    RunStore().delete("own")
    study = plan_training(*command, "--leave-out-shared")
    assert all(job.leave_out_shared for job in study.jobs)
    n_before = whole.train_sizes["mine"]
    assert (n_before, study.train_sizes["mine"]) == (42, 28)


def test_a_run_is_extended_only_with_the_same_options(capsys):
    n_jobs = len(plan_training("curve", "mine.conll", *NAMED, "--sizes", "10").jobs)
    assert len(plan_training("curve", "mine.conll", *NAMED, "--sizes", "20").jobs) == n_jobs + 1
    for options in (NAMED[2:], [*NAMED, "--leave-out-shared"]):
        capsys.readouterr()
        assert main(["curve", "mine.conll", *PLAN, *options, "--sizes", "25"]) == 1
        assert "bioner: run own: was planned with " in capsys.readouterr().err
    assert len(RunStore().open("own").study.jobs) == n_jobs + 1


def test_different_settings_are_named_in_the_error(capsys):
    plan_training("curve", "mine.conll", *PLAN, "--sizes", "10", "--epochs", "3")
    capsys.readouterr()
    assert main(["curve", "mine.conll", *PLAN, "--sizes", "10", "--epochs", "4"]) == 1
    lines = capsys.readouterr().err.splitlines()[-1]
    assert lines.startswith("bioner: run own: was planned with settings epochs 3, not epochs 4, so that ")


@pytest.mark.parametrize("source", ["", "mine.conll+", "mine.conll:", " "])
def test_an_empty_corpus_name_is_refused(capsys, source):
    assert main(["curve", "other.conll", *PLAN, "--source", source]) == 1
    assert "the name of a corpus is empty." in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "99999", "x"])
def test_an_invalid_port_is_a_usage_error(capsys, port):
    with pytest.raises(SystemExit):
        main(["app", "--port", port])
    assert "write a number from 1 to 65535, such as 8501" in capsys.readouterr().err
