"""`bioner reproduce ecir2020`: from distributed folders to the page, on synthetic corpora."""

import csv
import json
import re
from dataclasses import replace

import pytest

from bioner_core.cli import main, reproduce_steps
from bioner_core.cli.runs import load_torch_and_train
from bioner_core.reproduce.protocol import CORPORA
from bioner_core.study.jobs import JobResult
from bioner_core.study.presets import PRESETS
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.study.word_vectors import inspect_vectors
from tests.cli.synthetic_corpora import write_conll_notes, write_synthetic_corpora
from tests.tagging.tiny_encoders import save_tiny
from tests.tagging.vector_files import save_vectors


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return write_synthetic_corpora(tmp_path_factory.mktemp("synthetic_corpora"), n_documents=6)


@pytest.fixture(scope="module")
def tiny_encoder(tmp_path_factory):
    return save_tiny("bert", tmp_path_factory.mktemp("models") / "tiny", positions=64)


@pytest.fixture
def train_in_this_process(monkeypatch):
    """Train in this process: the same runner, without the seconds in which a helper process loads torch."""

    def run_here(jobs, *, corpora, runner, cache, **options):
        yield from load_torch_and_train(jobs, corpora=corpora, device="cpu", cache=cache)

    monkeypatch.setattr("bioner_core.study.executors.backend.run_locally", run_here)


@pytest.fixture
def few_epochs(monkeypatch):
    """Train two epochs instead of forty: the steps from files to page are tested, not the scores."""
    paper = PRESETS["paper"]
    short = replace(paper, settings=replace(paper.settings, epochs=2))
    monkeypatch.setitem(PRESETS, "paper", short)


@pytest.fixture
def few_steps(monkeypatch):
    """Train the LSTM-CRF two epochs."""
    paper = PRESETS["paper"]
    short = {name: replace(settings, epochs=2, min_steps=0) for name, settings in paper.by_model.items()}
    monkeypatch.setitem(PRESETS, "paper", replace(paper, by_model=short))


def map_to_paper_names(folders):
    options = {f"--{corpus.option}": name for name, corpus in CORPORA.items()}
    return {options[option]: str(folder) for option, folder in folders.items()}


def build_command(folders, *options, only=("--cadec", "--n2c2", "--ru-ugt", "--ru-ehr")):
    paths = [part for option in only for part in (option, str(folders[option]))]
    return ["reproduce", "ecir2020", *paths, *map(str, options)]


def read_errors(capsys, *arguments):
    assert main([str(a) for a in arguments]) == 1
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("bioner:")]


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_published_run_differs_from_the_paper_only_where_table_5_is_misprinted(capsys, tmp_path):
    arguments = ["reproduce", "ecir2020", "--from", "ecir2020", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--format", "json"]) == 0
    rows = {row["table"]: row for row in json.loads(capsys.readouterr().out)}
    for name, n in (("table2", 60), ("table3", 72), ("figure1", 1326)):
        assert (rows[name]["n_cells"], rows[name]["n_known"], rows[name]["n_equal"]) == (n, n, n)
    assert (rows["table5"]["n_known"], rows["table5"]["n_equal"]) == (18, 12)
    assert rows["table1"]["n_known"] == 0
    table5 = read_rows(tmp_path / "out/table5.csv")
    misprinted = [row for row in table5 if row["difference"] != "0"]
    assert len(misprinted) == 6
    assert all(f"the published curve gives {int(row['ours']):,}" in row["note"] for row in misprinted)
    assert len(list((tmp_path / "out").glob("*.csv"))) == 6


def test_plan_only_counts_models_by_purpose_and_trains_nothing(capsys, folders):
    options = ("--sizes", "5,10,full", "--plan-only", "--format", "json")
    assert main(build_command(folders, *options)) == 0
    rows = {(row["run"], row["purpose"]): row for row in json.loads(capsys.readouterr().out)}
    multi, count = "ecir2020-multi-bert", lambda row: (row["n_models"], row["n_scored"])
    assert count(rows[multi, "sources to pretrain on"]) == (5, 0)
    assert count(rows[multi, "Table 2: full data"]) == (4, 0)
    assert count(rows[multi, "Table 3: zero-shot, nothing to train"]) == (0, 12)
    assert count(rows[multi, "Figure 1: without pretraining"]) == (4 * 2, 0)
    assert count(rows[multi, "Figure 1: after one source"]) == (4 * 3 * 2, 0)
    assert count(rows[multi, "Figure 1: after EN UGT+RU EHR"]) == (2, 1)
    assert count(rows["ecir2020-biobert", "Table 2: full data"]) == (2, 0)
    assert count(rows["ecir2020-lstm-crf", "Table 2: full data"]) == (4, 0)
    assert RunStore().names() == SHIPPED


def test_read_counts_are_printed_beside_table_1(capsys, folders):
    assert main(build_command(folders, "--plan-only", only=("--cadec",))) == 0
    captured = capsys.readouterr()
    assert re.search(r"EN UGT +6 \(1,249\) +\d+ \(7,670\) +\d+ \(1,798\) +\d+ \(6,590\)", captured.out)
    assert "note: EN EHR (n2c2 2018 track 2) is not given (--n2c2)." in captured.err


def test_training_of_two_corpora_is_stopped_resumed_and_compared(
    capsys, folders, tiny_encoder, tmp_path, monkeypatch, train_in_this_process, few_epochs
):
    whole = build_command(
        folders, "--model", tiny_encoder, "--models", "multi-bert", "--sizes", "5,10,full",
        "--out", tmp_path / "out", only=("--cadec", "--ru-ugt"),
    )  # fmt: skip

    def stop_early(run, *, executor, runner, cache, **options):
        for n, outcome in enumerate(train_pending_jobs(run, executor=executor, runner=runner, cache=cache)):
            yield outcome
            if isinstance(outcome, JobResult) and n > 3:
                raise KeyboardInterrupt

    from bioner_core.cli import runs

    train_pending_jobs = runs.train_pending_jobs
    with monkeypatch.context() as patched:
        patched.setattr(runs, "train_pending_jobs", stop_early)
        assert main(whole) == 130
    run = RunStore().open("ecir2020-tiny")
    first = run.finished_job_ids()
    assert 0 < len(first) < 12
    assert not (tmp_path / "out").exists()

    assert main(whole) == 0
    captured = capsys.readouterr()
    assert (len(run.finished_job_ids()), run.finished_job_ids() >= first, run.pending()) == (12, True, ())
    lines = [line for line in captured.err.splitlines() if line.startswith("[") and "EN UGT from" in line]
    assert len(lines) == 6  # each job once, over both calls
    table2 = {
        (r["corpus"], r["model"], r["entity"], r["measure"]): r
        for r in read_rows(tmp_path / "out/table2.csv")
    }
    point = next(p for p in run.points() if p.target == "EN UGT" and p.is_full and p.entity == "Drug")
    row = table2["EN UGT", "Multi-BERT", "Drug", "f1"]
    assert float(row["ours"]) == pytest.approx(100 * point.f1, abs=0.006)
    assert float(row["difference"]) == pytest.approx(float(row["ours"]) - 84.88, abs=0.006)
    assert table2["EN EHR", "Multi-BERT", "Drug", "f1"]["ours"] == ""
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert (
        "(stands in)" in page
        and "RU EHR (Russian clinical notes (Shelmanov et al. 2015)) is not given" in page
    )
    assert "<script" not in page and "http-equiv" not in page


def test_the_written_files_hold_no_corpus_text(
    folders, tiny_encoder, tmp_path, train_in_this_process, few_epochs
):
    arguments = build_command(
        folders, "--model", tiny_encoder, "--models", "multi-bert", "--sizes", "5,full",
        "--out", tmp_path / "out", only=("--cadec",),
    )  # fmt: skip
    assert main(arguments) == 0
    corpus = RunStore().open("ecir2020-tiny").corpora()["EN UGT"]
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    mentions = {
        " ".join(s.tokens[span.start : span.end]) for s in corpus.sentences for span in s.spans if s.spans
    }
    assert len(mentions) > 5
    assert [words for words in mentions if len(words) > 8 and words in written] == []


def test_finished_runs_are_compared_under_their_corpus_names(capsys, tmp_path):
    out = tmp_path / "out"
    arguments = ["reproduce", "ecir2020", "--from", "four-corpora-probe", "--cadec", "psytar_en"]
    assert main([*arguments, "--ru-ugt", "rumedner_ru", "--out", str(out)]) == 0
    figure = {
        (r["target"], r["source"], r["entity"], r["measure"]): r for r in read_rows(out / "figure1.csv")
    }
    points = [
        p.f1
        for p in RunStore().open("four-corpora-probe").points()
        if (p.target, p.source, p.entity, p.n_sentences) == ("psytar_en", "none", "Disease", 100)
    ]
    assert len(points) == 5
    row = figure["EN UGT", "none", "Disease", "100"]["ours"]
    assert float(row) == pytest.approx(100 * sum(points) / len(points), abs=0.006)
    assert "psytar_en for CADEC" in (out / "index.html").read_text(encoding="utf-8")


def test_runs_without_the_paper_s_targets_are_refused_with_their_targets(capsys, tmp_path):
    (line,) = read_errors(
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
def test_unusable_folders_get_one_clear_message(capsys, folders, tmp_path, change, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "untyped").mkdir()
    (tmp_path / "untyped/1.txt").write_text("She took aspirin and it helped.\n")
    (tmp_path / "untyped/1.ann").write_text("T1\tDrug 9 16\taspirin\n")
    unusable_folders = {"empty": tmp_path / "empty", "untyped": tmp_path / "untyped", "nowhere": "nowhere"}
    arguments = ["reproduce", "ecir2020", "--out", tmp_path / "out"]
    for option, value in change.items():
        arguments += [option, unusable_folders.get(value) or folders[value]]
    lines = read_errors(capsys, *arguments)
    assert len(lines) == 1 and message in lines[0], lines
    assert not (tmp_path / "out").exists()
    assert RunStore().names() == SHIPPED


def test_an_unknown_label_in_a_map_is_refused(capsys, folders):
    (line,) = read_errors(capsys, *build_command(folders, "--map", "Medikament=Drug", only=("--cadec",)))
    assert line.startswith(
        "bioner: --map Medikament=Drug: no corpus has this label. Available: ADR, Disease, Drug"
    )


def test_an_unavailable_baseline_is_left_out_with_a_note(capsys, folders, tiny_encoder):
    arguments = build_command(folders, "--model", tiny_encoder, "--sizes", "5,full", only=("--cadec",))
    args = parse_arguments(arguments)
    inputs = reproduce_steps.read_corpora(args, {"EN UGT": str(folders["--cadec"])})
    plan = reproduce_steps.plan_studies(args, inputs)
    assert "multi-bert" in plan.studies
    assert any(
        note.startswith("BioBERT is left out: model dmis-lab/biobert-base-cased-v1.1") for note in plan.notes
    )


def test_the_lstm_crf_is_planned_with_trained_vectors_and_left_out_of_probes(folders, tiny_encoder):
    arguments = build_command(
        folders, "--model", tiny_encoder, "--models", "multi-bert,lstm-crf", only=("--cadec",)
    )
    for preset, has_it in (("quick", True), ("probe", False)):
        args = parse_arguments([*arguments, "--preset", preset, "--sizes", "5,full"])
        plan = reproduce_steps.plan_studies(
            args, reproduce_steps.read_corpora(args, {"EN UGT": str(folders["--cadec"])})
        )
        assert ("lstm-crf" in plan.studies) == has_it
        assert any(note.startswith("No word vectors are given") for note in plan.all_notes) == has_it
        assert any(note.startswith("LSTM-CRF is left out: model") for note in plan.notes) == (not has_it)


def test_the_lstm_crf_reads_each_language_s_vectors(folders, tmp_path):
    path = save_vectors(tmp_path, "word2vec text")
    arguments = [*build_command(folders, "--models", "lstm-crf"), "--vectors-en", str(path)]
    args = parse_arguments(arguments)
    plan = reproduce_steps.plan_studies(args, reproduce_steps.read_corpora(args, map_to_paper_names(folders)))
    english, row = plan.studies["lstm-crf-en"], plan.studies["lstm-crf"]
    assert (english.name, row.name) == ("ecir2020-lstm-crf-en", "ecir2020-lstm-crf")
    assert (english.targets, row.targets) == (("EN UGT", "EN EHR"), ("RU UGT", "RU EHR"))
    assert (english.settings.vectors, row.settings.vectors) == (str(path), "")
    assert english.model.revision == inspect_vectors(path).digest != row.model.revision
    assert english.settings.epochs == PRESETS["paper"].settings_for("lstm-crf").epochs


def test_table_2_combines_the_runs_of_both_languages(folders, tmp_path, train_in_this_process, few_steps):
    path = save_vectors(tmp_path, "word2vec binary")
    options = ("--models", "lstm-crf", "--vectors-ru", path, "--out", tmp_path / "out")
    assert main(build_command(folders, *options, only=("--cadec", "--ru-ugt"))) == 0
    replicated = {
        row["corpus"]: row["ours"]
        for row in read_rows(tmp_path / "out/table2.csv")
        if (row["model"], row["entity"], row["measure"]) == ("LSTM-CRF", "Drug", "f1")
    }
    assert bool(replicated["EN UGT"]) and bool(replicated["RU UGT"]) and replicated["EN EHR"] == ""
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
def test_unused_vectors_are_refused_before_training(capsys, folders, options, message):
    (line,) = read_errors(capsys, *build_command(folders, *options, only=("--cadec",)))
    assert message in line
    assert RunStore().names() == SHIPPED


def test_a_missing_multi_bert_is_an_error_not_replaced(capsys, folders):
    (line,) = read_errors(capsys, *build_command(folders, "--models", "multi-bert", only=("--cadec",)))
    assert line.startswith(
        "bioner: model bert-base-multilingual-cased: neither a folder nor in the hub's cache"
    )


def test_notes_in_conll_format_are_read_like_their_brat_folder(folders, tmp_path):
    path = write_conll_notes(tmp_path / "notes.conll", 6)
    inputs = [
        reproduce_steps.read_paper_corpora({"RU EHR": str(p)}, label_map={})["RU EHR"]
        for p in (path, folders["--ru-ehr"])
    ]
    assert inputs[0].n_read == inputs[1].n_read
    assert inputs[0].dropped_labels == inputs[1].dropped_labels == ("Treatment",)


def parse_arguments(arguments):
    from bioner_core.cli import build_parser

    return build_parser().parse_args(arguments)


@pytest.mark.long
def test_all_four_corpora_with_the_packaged_encoder(folders, tmp_path):
    arguments = build_command(
        folders, "--model", "multilingual-e5-small-q4", "--models", "multi-bert", "--preset", "probe",
        "--sizes", "5,10,full", "--seeds", "0", "--out", tmp_path / "out",
    )  # fmt: skip
    assert main(arguments) == 0
    assert all(row["ours"] for row in read_rows(tmp_path / "out/table3.csv"))
    assert all(row["ours"] for row in read_rows(tmp_path / "out/table4.csv"))
