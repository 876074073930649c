"""Plans of ``bioner curve --source …``: several sources, mixed and staged, and all subsets."""

import pytest

from bioner_core.cli import curve, main
from bioner_core.study.store import RunStore

CONLL = "aspirin\tB-Drug\nhelps\tO\n\nno\tO\n{}\tB-Disease\n\n"
PLAN = ("--sizes", "10,20", "--seeds", "0", "--run", "own", "--model", "multilingual-e5-small-q4")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write four corpora; training is replaced by a stub, since only the plan is tested."""
    monkeypatch.setattr(curve, "train_or_follow", lambda run: 1)
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "a", "b", "c"):
        text = "".join(CONLL.format(f"{name}{n}") for n in range(40))
        (tmp_path / f"{name}.conll").write_text(text, encoding="utf-8")


def plan_curve(*arguments):
    assert main(["curve", "mine.conll", *arguments, *PLAN]) == 1
    return RunStore().open("own").study


@pytest.mark.parametrize(
    ("argument", "source"),
    [
        ("a.conll+b.conll+c.conll", "a+b+c"),
        ("a.conll:b.conll:c.conll", "a:b:c"),
        ("a.conll+b.conll:c.conll", "a+b:c"),
    ],
)
def test_plus_and_colon_join_three_sources(files, argument, source):
    assert plan_curve("--source", argument).sources == ("none", source)


def test_subsets_plan_every_combination_with_the_probe(files):
    options = [part for name in "abc" for part in ("--source", f"{name}.conll")]
    study = plan_curve(*options, "--subsets", "3")
    assert study.sources == ("none", "a", "b", "c", "a+b", "a+c", "b+c", "a+b+c")
    assert (study.preset, study.method) == ("probe", "probe")


def test_subsets_keep_a_preset_that_is_named(files):
    study = plan_curve("--source", "a.conll", "--source", "b.conll", "--subsets", "2", "--preset", "quick")
    assert (study.preset, study.method) == ("quick", "finetune")


def test_a_corpus_named_twice_is_one_clear_error(files, capsys):
    assert main(["curve", "mine.conll", "--source", "a.conll+b.conll:a.conll", *PLAN]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "bioner: source a+b:a: names a twice. Name each corpus once."
    )


def test_several_targets_share_a_run_and_are_sources_of_each_other(files):
    options = [part for name in ("mine", "a") for part in ("--source", f"{name}.conll")]
    study = plan_curve("a.conll", "b.conll", *options, "--subsets", "2")
    assert {(job.target, job.source) for job in study.jobs} == {
        *((target, "none") for target in ("mine", "a", "b")),
        *(("mine", "a"), ("a", "mine"), ("b", "mine"), ("b", "a"), ("b", "mine+a")),
    }


def test_a_run_of_several_targets_is_named_after_them(files):
    assert main(["curve", "mine.conll", "a.conll", "b.conll", "--sizes", "10", "--preset", "probe"]) == 1
    assert "mine and 2 more probe" in RunStore().names()


@pytest.mark.parametrize("command", ["curve", "transfer"])
def test_two_corpora_of_one_name_are_refused(files, capsys, tmp_path, command):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.conll").write_text(CONLL.format("else") * 20, encoding="utf-8")
    assert main([command, "a.conll", "other/a.conll"]) == 1
    assert "other/a.conll: another corpus of this command is named a, too." in capsys.readouterr().err
    assert "own" not in RunStore().names()
