"""The paper's plan and the comparison with its tables."""

import pytest

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.reproduce.agreement import format_cells_csv, measure_agreement
from bioner_core.reproduce.paper_corpora import read_paper_corpus
from bioner_core.reproduce.planning import list_run_parts, plan_paper_study
from bioner_core.reproduce.protocol import CORPORA, MODELS
from bioner_core.reproduce.replication import load_published, load_replication
from bioner_core.reproduce.tables import Cell, build_budget_cells
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.store import RunStore
from tests.cli.synthetic_corpora import write_synthetic_corpora


def build_corpus(name, n=2900):
    """Return a corpus whose training part has more than 2,000 sentences."""
    spans = (Span(0, 1, "Drug"), Span(1, 2, "Disease"))
    sentences = tuple(
        Sentence(tokens=(f"{name}{i}", "x"), spans=spans, document=str(i // 10)) for i in range(n)
    )
    return Corpus(name=name, sentences=sentences, types=("Disease", "Drug"))


def build_cell(replicated, published=50.0, unit="percent"):
    return Cell(row={"corpus": "EN UGT"}, measure="f1", unit=unit, published=published, replicated=replicated)


def test_the_plan_of_all_four_corpora_has_the_documented_695_models():
    corpora = {name: build_corpus(name) for name in CORPORA}
    corpus_input = {}
    for key, model in MODELS.items():
        choice = ModelChoice(name=model.name, revision="1")
        study = plan_paper_study(model, corpora, choice=choice, name=key, preset="paper")
        corpus_input[key] = {part.purpose: (part.n_models, part.n_scored) for part in list_run_parts(study)}
    assert corpus_input == {
        "multi-bert": {
            "sources to pretrain on": (5, 0),
            "Table 2: full data": (4, 0),
            "Table 3: zero-shot, nothing to train": (0, 12),
            "Figure 1: without pretraining": (4 * 40, 0),
            "Figure 1: after one source": (12 * 40, 0),
            "Figure 1: after EN UGT+RU EHR": (40, 1),
        },
        "biobert": {"Table 2: full data": (2, 0)},
        "lstm-crf": {"Table 2: full data": (4, 0)},
    }
    assert sum(n for run in corpus_input.values() for n, _ in run.values()) == 695


def test_the_pair_of_sources_is_planned_for_russian_reviews_only():
    corpora = {name: build_corpus(name, 60) for name in CORPORA}
    choice = ModelChoice(name="tiny", revision="1")
    study = plan_paper_study(
        MODELS["multi-bert"],
        corpora,
        choice=choice,
        name="run",
        preset="paper",
        sizes="5,full",
        full_sources=True,
    )
    assert {job.target for job in study.jobs if len(job.sources) > 1} == {"RU UGT"}
    assert len(study.jobs) == len(study.job_ids) == 4 * (2 + 3 * 3) + 3


def test_biobert_is_planned_for_english_only():
    choice = ModelChoice(name="biobert", revision="1")
    russian = {name: build_corpus(name, 60) for name in ("RU UGT", "RU EHR")}
    assert plan_paper_study(MODELS["biobert"], russian, choice=choice, name="run", preset="paper") is None


@pytest.mark.parametrize(
    ("name", "option", "left_out"),
    [
        ("EN UGT", "--cadec", ()),
        ("EN EHR", "--n2c2", ("Frequency",)),
        ("RU UGT", "--ru-ugt", ("Drugform",)),
        ("RU EHR", "--ru-ehr", ("Treatment",)),
    ],
)
def test_corpora_as_distributed_become_drug_and_disease(tmp_path, name, option, left_out):
    folder = write_synthetic_corpora(tmp_path, n_documents=5)[option]
    corpus_input = read_paper_corpus(name, str(folder), label_map={})
    assert (corpus_input.corpus.name, corpus_input.corpus.types, corpus_input.dropped_labels) == (
        name,
        ("Disease", "Drug"),
        left_out,
    )
    assert corpus_input.had_split == (name == "EN EHR")
    assert {sentence.part for sentence in corpus_input.corpus.sentences} == {""}
    assert len({sentence.document for sentence in corpus_input.corpus.sentences}) == 5


def test_scores_deviate_in_points_and_counts_in_percent():
    assert build_cell(52.5).deviation == 2.5
    assert build_cell(55.0, unit="count").deviation == 10
    assert build_cell(None).deviation is None
    agreement = measure_agreement(
        "table2",
        [build_cell(50), build_cell(51), build_cell(48), build_cell(55), build_cell(44.9), build_cell(None)],
    )
    assert (agreement.n_cells, agreement.n_compared, agreement.n_equal, agreement.within) == (
        6,
        5,
        1,
        (2, 3, 4),
    )


def test_csv_leaves_unknown_cells_empty():
    assert format_cells_csv([build_cell(48.25), build_cell(None)]) == (
        "corpus,measure,published,ours,difference,note\nEN UGT,f1,50,48.25,-1.75,\nEN UGT,f1,50,,,\n"
    )


def test_table_5_of_the_published_run_equals_the_recomputed_one():
    run, curves = load_published()
    cells = list(build_budget_cells(run, curves, load_replication([run], {})))
    assert all(cell.replicated == cell.recomputed_published for cell in cells)
    assert sum(cell.replicated == cell.published for cell in cells) == 12


def test_two_encoders_for_multi_bert_are_refused_unless_one_is_named():
    runs = [RunStore().open(name) for name in ("ecir2020", "four-corpora-probe")]
    names = {"EN EHR": "psytar_en"}
    with pytest.raises(BionerError, match=r"^Multi-BERT: the runs have .*Name one with --model"):
        load_replication(runs, names)
    encoder = runs[1].points()[0].model
    corpus_input = load_replication(runs, names, model=encoder)
    assert corpus_input.encoders["Multi-BERT"] == (encoder, "probe")
    assert {curve.target for curve in corpus_input.curves if curve.model == "Multi-BERT"} == {"EN EHR"}
