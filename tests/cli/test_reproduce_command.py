"""`bioner reproduce ecir2020`: from folders as distributed to the page; stand-in corpora are synthetic."""

import csv
import json
import re
from dataclasses import replace

import pytest

from bioner_core.cli import main
from bioner_core.cli import reproduce_steps as module
from bioner_core.cli.runs import train_jobs
from bioner_core.reproduce.protocol import CORPORA
from bioner_core.study.jobs import JobResult
from bioner_core.study.presets import PRESETS
from bioner_core.study.store import RunStore
from bioner_core.study.word_vectors import inspect_vectors
from tests.cli.stand_ins import conll_notes, stand_ins
from tests.tagging.tiny_encoders import save_tiny
from tests.tagging.vector_files import save


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return stand_ins(tmp_path_factory.mktemp("stand_ins"), n_documents=6)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny("bert", tmp_path_factory.mktemp("models") / "tiny", positions=64)


@pytest.fixture
def in_this_process(monkeypatch):
    """Train in this process: the same runner, without the seconds in which a helper process loads torch."""

    def here(jobs, *, corpora, runner, cache):
        yield from train_jobs(jobs, corpora=corpora, device="cpu", cache=cache)

    monkeypatch.setattr("bioner_core.cli.runs.local", here)


@pytest.fixture
def few_epochs(monkeypatch):
    """Train two epochs instead of forty: the way from files to page is tested, not what is learned."""
    paper = PRESETS["paper"]
    short = replace(paper, settings=replace(paper.settings, epochs=2))
    monkeypatch.setitem(PRESETS, "paper", short)


@pytest.fixture
def few_steps(monkeypatch):
    """Train the LSTM-CRF two epochs."""
    paper = PRESETS["paper"]
    short = {name: replace(settings, epochs=2, min_steps=0) for name, settings in paper.by_model.items()}
    monkeypatch.setitem(PRESETS, "paper", replace(paper, by_model=short))


def paper_names(folders):
    options = {f"--{corpus.option}": name for name, corpus in CORPORA.items()}
    return {options[option]: str(folder) for option, folder in folders.items()}


def command(folders, *options, only=("--cadec", "--n2c2", "--ru-ugt", "--ru-ehr")):
    paths = [part for option in only for part in (option, str(folders[option]))]
    return ["reproduce", "ecir2020", *paths, *map(str, options)]


def refused(capsys, *arguments):
    assert main([str(a) for a in arguments]) == 1
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("bioner:")]


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_published_run_beside_itself_differs_nowhere_but_where_table_5_is_misprinted(capsys, tmp_path):
    arguments = ["reproduce", "ecir2020", "--from", "ecir2020", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--format", "json"]) == 0
    found = {row["table"]: row for row in json.loads(capsys.readouterr().out)}
    for name, n in (("table2", 60), ("table3", 72), ("figure1", 1326)):
        assert (found[name]["n_cells"], found[name]["n_known"], found[name]["n_equal"]) == (n, n, n)
    assert (found["table5"]["n_known"], found["table5"]["n_equal"]) == (18, 12)
    assert found["table1"]["n_known"] == 0
    table5 = rows(tmp_path / "out/table5.csv")
    misprinted = [row for row in table5 if row["difference"] != "0"]
    assert len(misprinted) == 6
    assert all(f"the published curve gives {int(row['ours']):,}" in row["note"] for row in misprinted)
    assert len(list((tmp_path / "out").glob("*.csv"))) == 6


def test_a_plan_counts_models_by_what_they_are_for_and_trains_nothing(capsys, folders):
    options = ("--sizes", "5,10,full", "--plan-only", "--format", "json")
    assert main(command(folders, *options)) == 0
    found = {(row["run"], row["purpose"]): row for row in json.loads(capsys.readouterr().out)}
    multi, n = "ecir2020-multi-bert", lambda row: (row["n_models"], row["n_scored"])
    assert n(found[multi, "sources to pretrain on"]) == (5, 0)
    assert n(found[multi, "Table 2: full data"]) == (4, 0)
    assert n(found[multi, "Table 3: zero-shot, nothing to train"]) == (0, 12)
    assert n(found[multi, "Figure 1: without pretraining"]) == (4 * 2, 0)
    assert n(found[multi, "Figure 1: after one source"]) == (4 * 3 * 2, 0)
    assert n(found[multi, "Figure 1: after EN UGT+RU EHR"]) == (2, 1)
    assert n(found["ecir2020-biobert", "Table 2: full data"]) == (2, 0)
    assert n(found["ecir2020-lstm-crf", "Table 2: full data"]) == (4, 0)
    assert RunStore().names() == ("ecir2020", "four-corpora-probe", "rumedner-finetuned")


def test_read_counts_stand_beside_table_1(capsys, folders):
    assert main(command(folders, "--plan-only", only=("--cadec",))) == 0
    said = capsys.readouterr()
    assert re.search(r"EN UGT +6 \(1,249\) +\d+ \(7,670\) +\d+ \(1,798\) +\d+ \(6,590\)", said.out)
    assert "note: EN EHR (n2c2 2018 track 2) is not given (--n2c2)." in said.err


def test_two_corpora_are_trained_stopped_resumed_and_compared(
    capsys, folders, tiny, tmp_path, monkeypatch, in_this_process, few_epochs
):
    whole = command(
        folders, "--model", tiny, "--models", "multi-bert", "--sizes", "5,10,full", "--out", tmp_path / "out",
        only=("--cadec", "--ru-ugt"),
    )  # fmt: skip

    def stopped(run, *, executor, runner, cache, retry=False):
        for n, outcome in enumerate(train_pending_jobs(run, executor=executor, runner=runner, cache=cache)):
            yield outcome
            if isinstance(outcome, JobResult) and n > 3:
                raise KeyboardInterrupt

    from bioner_core.cli import runs

    train_pending_jobs = runs.train_pending_jobs
    with monkeypatch.context() as patched:
        patched.setattr(runs, "train_pending_jobs", stopped)
        assert main(whole) == 130
    run = RunStore().open("ecir2020-tiny")
    first = run.finished_job_ids()
    assert 0 < len(first) < 12
    assert not (tmp_path / "out").exists()

    assert main(whole) == 0
    said = capsys.readouterr()
    assert (len(run.finished_job_ids()), run.finished_job_ids() >= first, run.pending()) == (12, True, ())
    lines = [line for line in said.err.splitlines() if line.startswith("[") and "EN UGT from" in line]
    assert len(lines) == 6  # each job once, over both calls
    table2 = {
        (r["corpus"], r["model"], r["entity"], r["measure"]): r for r in rows(tmp_path / "out/table2.csv")
    }
    point = next(p for p in run.points() if p.target == "EN UGT" and p.is_full and p.entity == "Drug")
    own = table2["EN UGT", "Multi-BERT", "Drug", "f1"]
    assert float(own["ours"]) == pytest.approx(100 * point.f1, abs=0.006)
    assert float(own["difference"]) == pytest.approx(float(own["ours"]) - 84.88, abs=0.006)
    assert table2["EN EHR", "Multi-BERT", "Drug", "f1"]["ours"] == ""
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert (
        "(stands in)" in page
        and "RU EHR (Russian clinical notes (Shelmanov et al. 2015)) is not given" in page
    )
    assert "<script" not in page and "http-equiv" not in page


def test_nothing_of_a_text_is_in_the_outcome(folders, tiny, tmp_path, in_this_process, few_epochs):
    arguments = command(
        folders, "--model", tiny, "--models", "multi-bert", "--sizes", "5,full", "--out", tmp_path / "out",
        only=("--cadec",),
    )  # fmt: skip
    assert main(arguments) == 0
    corpus = RunStore().open("ecir2020-tiny").corpora()["EN UGT"]
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    mentions = {
        " ".join(s.tokens[span.start : span.end]) for s in corpus.sentences for span in s.spans if s.spans
    }
    assert len(mentions) > 5
    assert [words for words in mentions if len(words) > 8 and words in written] == []


def test_runs_made_elsewhere_are_compared_under_the_names_they_have(capsys, tmp_path):
    out = tmp_path / "out"
    arguments = ["reproduce", "ecir2020", "--from", "four-corpora-probe", "--cadec", "psytar_en"]
    assert main([*arguments, "--ru-ugt", "rumedner_ru", "--out", str(out)]) == 0
    figure = {(r["target"], r["source"], r["entity"], r["measure"]): r for r in rows(out / "figure1.csv")}
    points = [
        p.f1
        for p in RunStore().open("four-corpora-probe").points()
        if (p.target, p.source, p.entity, p.n_sentences) == ("psytar_en", "none", "Disease", 100)
    ]
    assert len(points) == 5
    own = figure["EN UGT", "none", "Disease", "100"]["ours"]
    assert float(own) == pytest.approx(100 * sum(points) / len(points), abs=0.006)
    assert "psytar_en for CADEC" in (out / "index.html").read_text(encoding="utf-8")


def test_runs_without_the_paper_s_targets_are_refused_with_those_they_have(capsys, tmp_path):
    (line,) = refused(
        capsys, "reproduce", "ecir2020", "--from", "four-corpora-probe", "--out", tmp_path / "o"
    )
    assert line.startswith(
        "bioner: runs four-corpora-probe: no target is one of EN UGT, EN EHR, RU UGT, RU EHR. Their targets: "
    )
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "bioner: reproduce: name one corpus or more (--cadec, --n2c2, --ru-ugt, --ru-ehr), or finished"),
        (
            {"--cadec": "nowhere"},
            "bioner: --cadec: nowhere: no such file or folder, nor corpus of the library",
        ),
        ({"--cadec": "--ru-ehr"}, "its text is Russian; EN UGT (CADEC) is English. Are two options swapped?"),
        ({"--ru-ehr": "--cadec"}, "its text is not Russian; RU EHR (Russian clinical notes"),
        ({"--cadec": "--n2c2", "--n2c2": "--n2c2"}, "--cadec"),
        ({"--cadec": "empty"}, "bioner: --cadec: "),
        ({"--cadec": "untyped"}, "Known in CADEC are drug, drugs, disease, adr, symptom, finding; --map"),
    ],
)
def test_folders_that_cannot_be_used_get_one_clear_message(capsys, folders, tmp_path, change, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "untyped").mkdir()
    (tmp_path / "untyped/1.txt").write_text("She took aspirin and it helped.\n")
    (tmp_path / "untyped/1.ann").write_text("T1\tDrug 9 16\taspirin\n")
    there = {"empty": tmp_path / "empty", "untyped": tmp_path / "untyped", "nowhere": "nowhere"}
    arguments = ["reproduce", "ecir2020", "--out", tmp_path / "out"]
    for option, value in change.items():
        arguments += [option, there.get(value) or folders[value]]
    lines = refused(capsys, *arguments)
    assert len(lines) == 1 and message in lines[0], lines
    assert not (tmp_path / "out").exists()
    assert RunStore().names() == ("ecir2020", "four-corpora-probe", "rumedner-finetuned")


def test_an_unknown_label_in_a_map_is_refused(capsys, folders):
    (line,) = refused(capsys, *command(folders, "--map", "Medikament=Drug", only=("--cadec",)))
    assert line.startswith(
        "bioner: --map Medikament=Drug: no corpus has this label. There are: ADR, Disease, Drug"
    )


def test_a_baseline_that_cannot_be_had_is_left_out_with_a_word(capsys, folders, tiny):
    arguments = command(folders, "--model", tiny, "--sizes", "5,full", only=("--cadec",))
    args = module_arguments(arguments)
    given = module.read_corpora(args, {"EN UGT": str(folders["--cadec"])})
    plan = module.plan_studies(args, given)
    assert "multi-bert" in plan.studies
    assert any(
        note.startswith("BioBERT is left out: model dmis-lab/biobert-base-cased-v1.1") for note in plan.notes
    )


def test_the_lstm_crf_is_planned_with_vectors_of_own_text_and_left_out_of_probes(folders, tiny):
    arguments = command(folders, "--model", tiny, "--models", "multi-bert,lstm-crf", only=("--cadec",))
    for preset, has_it in (("quick", True), ("probe", False)):
        args = module_arguments([*arguments, "--preset", preset, "--sizes", "5,full"])
        plan = module.plan_studies(args, module.read_corpora(args, {"EN UGT": str(folders["--cadec"])}))
        assert ("lstm-crf" in plan.studies) == has_it
        assert any(note.startswith("No word vectors are given") for note in plan.all_notes) == has_it
        assert any(note.startswith("LSTM-CRF is left out: model") for note in plan.notes) == (not has_it)


def test_the_lstm_crf_reads_each_language_s_vectors(folders, tmp_path):
    path = save(tmp_path, "word2vec text")
    arguments = [*command(folders, "--models", "lstm-crf"), "--vectors-en", str(path)]
    args = module_arguments(arguments)
    plan = module.plan_studies(args, module.read_corpora(args, paper_names(folders)))
    english, own = plan.studies["lstm-crf-en"], plan.studies["lstm-crf"]
    assert (english.name, own.name) == ("ecir2020-lstm-crf-en", "ecir2020-lstm-crf")
    assert (english.targets, own.targets) == (("EN UGT", "EN EHR"), ("RU UGT", "RU EHR"))
    assert (english.settings.vectors, own.settings.vectors) == (str(path), "")
    assert english.model.revision == inspect_vectors(path).digest != own.model.revision
    assert english.settings.epochs == PRESETS["paper"].settings_for("lstm-crf").epochs


def test_table_2_is_made_of_the_runs_of_both_languages(folders, tmp_path, in_this_process, few_steps):
    path = save(tmp_path, "word2vec binary")
    options = ("--models", "lstm-crf", "--vectors-ru", path, "--out", tmp_path / "out")
    assert main(command(folders, *options, only=("--cadec", "--ru-ugt"))) == 0
    ours = {
        row["corpus"]: row["ours"]
        for row in rows(tmp_path / "out/table2.csv")
        if (row["model"], row["entity"], row["measure"]) == ("LSTM-CRF", "Drug", "f1")
    }
    assert bool(ours["EN UGT"]) and bool(ours["RU UGT"]) and ours["EN EHR"] == ""
    assert {"ecir2020-lstm-crf", "ecir2020-lstm-crf-ru"} <= set(RunStore().names())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--models", "biobert", "--vectors-en", "there.vec"),
            "--vectors-en: only lstm-crf reads word vectors, and --models has biobert. Add lstm-crf, or",
        ),
        (
            ("--vectors-ru", "there.vec"),
            "--vectors-ru: no corpus in this language is given, only EN UGT. Name",
        ),
        (("--models", "lstm-crf", "--vectors-en", "not-there.vec"), "not-there.vec: cannot be read (No such"),
    ],
)
def test_vectors_that_nothing_reads_are_refused_before_training(capsys, folders, options, message):
    (line,) = refused(capsys, *command(folders, *options, only=("--cadec",)))
    assert message in line
    assert RunStore().names() == ("ecir2020", "four-corpora-probe", "rumedner-finetuned")


def test_multi_bert_is_never_replaced_in_silence(capsys, folders):
    (line,) = refused(capsys, *command(folders, "--models", "multi-bert", only=("--cadec",)))
    assert line.startswith(
        "bioner: model bert-base-multilingual-cased: neither a folder nor in the hub's cache"
    )


def test_notes_as_columns_are_read_like_their_folder(folders, tmp_path):
    path = conll_notes(tmp_path / "notes.conll", 6)
    given = [module.read_all({"RU EHR": str(p)}, label_map={})["RU EHR"] for p in (path, folders["--ru-ehr"])]
    assert given[0].n_read == given[1].n_read
    assert given[0].left_out == given[1].left_out == ("Treatment",)


def module_arguments(arguments):
    from bioner_core.cli import build_parser

    return build_parser().parse_args(arguments)


@pytest.mark.long
def test_all_four_corpora_with_the_packaged_encoder(folders, tmp_path):
    arguments = command(
        folders, "--model", "multilingual-e5-small-q4", "--models", "multi-bert", "--preset", "probe",
        "--sizes", "5,10,full", "--seeds", "0", "--out", tmp_path / "out",
    )  # fmt: skip
    assert main(arguments) == 0
    assert all(row["ours"] for row in rows(tmp_path / "out/table3.csv"))
    assert all(row["ours"] for row in rows(tmp_path / "out/table4.csv"))
