"""Plans: jobs of targets, sources, sizes and seeds; refused plans; stable job ids."""

from dataclasses import replace
from time import perf_counter

import pytest
from fake_runner import CORPORA, MODEL, build_corpus, build_study

from bioner_core.errors import BionerError
from bioner_core.study.duration import format_duration, format_workload
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.grid import list_subsets
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.study.plan import plan_study
from bioner_core.study.presets import PACKAGED, PRESETS
from bioner_core.study.sizes import parse_sizes
from bioner_core.study.workload import count_pretraining_passes, count_study_passes, count_training_passes

ALLOWED = 'Allowed are numbers, from:to:step and "full", joined by commas, such as 50:2000:50,full.'


def list_sizes(planned, source, seed=0):
    return [(j.n_sentences, j.is_full) for j in planned.jobs if (j.source, j.seed) == (source, seed)]


def test_sources_are_planned_with_zero_shot_and_without_full():
    planned = build_study(sizes="10,20,full")
    assert list_sizes(planned, "none") == [(10, False), (20, False), (60, True)]
    assert list_sizes(planned, "source") == [(0, False), (10, False), (20, False)]
    assert planned.sources == ("none", "source")
    assert (planned.targets, planned.seeds) == (("target",), (0, 1))
    assert planned.corpora == {name: c.digest for name, c in CORPORA.items()}
    assert planned.train_sizes == {"target": 60, "source": 60}


def test_full_sources_adds_the_full_size_to_sources():
    assert list_sizes(build_study(sizes="10,full", full_sources=True), "source") == [
        (0, False),
        (10, False),
        (60, True),
    ]


def test_sizes_above_full_are_left_out_with_a_note():
    planned = build_study(sizes="50,100,1600,full")
    assert list_sizes(planned, "none") == [(50, False), (60, True)]
    assert planned.notes == (
        "target: sizes 100 and 1,600 left out, since its training part has 60 sentences.",
    )
    single = build_study(sizes="10,100")
    assert single.notes == ("target: size 100 left out, since its training part has 60 sentences.",)


def test_the_size_of_the_whole_training_part_is_full_and_planned_once():
    assert list_sizes(build_study(sizes="10,60,full"), "none") == [(10, False), (60, True)]
    assert list_sizes(build_study(sizes="10,60"), "none") == [(10, False), (60, True)]


def test_sizes_without_full_are_allowed():
    assert list_sizes(build_study(sizes="10,20"), "none") == [(10, False), (20, False)]


def test_a_source_that_annotates_no_type_of_the_target_has_no_zero_shot_point():
    other = build_corpus("other", types=("Dose",))
    planned = plan_study(
        name="s",
        targets=[CORPORA["target"]],
        sources=["other"],
        corpora={"other": other},
        model=MODEL,
        sizes="10",
    )
    assert list_sizes(planned, "other") == [(10, False)]
    assert planned.notes == (
        "target from other: no zero-shot point, since other annotates none of Disease, Drug.",
    )


def test_sources_together_and_one_after_the_other_name_their_digests_in_order():
    corpora = {name: build_corpus(name) for name in ("A", "B")}
    target = CORPORA["target"]
    planned = plan_study(
        name="s", targets=[target], sources=["B+A", "A:B"], corpora=corpora, model=MODEL, sizes="10"
    )
    digests = {job.source: job.source_digests for job in planned.jobs}
    a, b = corpora["A"].digest, corpora["B"].digest
    assert digests == {"none": (), "B+A": (b, a), "A:B": (a, b)}


def test_with_several_targets_each_is_pretrained_on_the_others():
    both = list(CORPORA.values())
    planned = plan_study(
        name="s", targets=both, sources=["target", "source"], model=MODEL, sizes="full", seeds=[0]
    )
    assert [(j.target, j.source, j.n_sentences) for j in planned.jobs] == [
        ("target", "none", 60),
        ("target", "source", 0),
        ("source", "none", 60),
        ("source", "target", 0),
    ]


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (["nowhere"], "source nowhere: there is no corpus 'nowhere'. Available: source, target."),
        (["source+source"], "source source+source: names source twice. Name each corpus once."),
        (["target"], "source target: contains the target target. Use other corpora."),
        (["source+target"], "source source+target: contains the target target. Use other corpora."),
        (
            ["source+"],
            "source source+: a name is missing beside + or :. Write A+B (together), A:B (A, then B) "
            "or A+B:C (A and B together, then C).",
        ),
    ],
)
def test_a_source_that_cannot_be_used_is_refused(sources, message):
    with pytest.raises(BionerError) as refused:
        build_study(sources=sources)
    assert str(refused.value) == message


def build_corpora(*names):
    return {name: build_corpus(name) for name in names}


def plan_from_sources(sources, *, corpora=None, **options):
    available = corpora or build_corpora("A", "B", "C", "D")
    options = {"sizes": "10", "seeds": [0], "model": MODEL, **options}
    return plan_study(name="s", targets=[CORPORA["target"]], sources=sources, corpora=available, **options)


def test_one_corpus_under_two_names_is_refused():
    a = build_corpus("A")
    with pytest.raises(BionerError) as refused:
        plan_from_sources(["A:twin"], corpora={"A": a, "twin": replace(a, name="twin")})
    assert str(refused.value) == "source A:twin: A and twin hold the same sentences. Name one of them."


def test_three_and_more_sources_together_in_turn_and_mixed_are_planned():
    planned = plan_from_sources(["A+B+C", "A:B:C", "A+B:C:D"])
    assert planned.sources == ("none", "A+B+C", "A:B:C", "A+B:C:D")
    mixed = next(job for job in planned.jobs if job.source == "A+B:C:D")
    assert mixed.sources == ("A", "B", "C", "D")
    assert mixed.source_digests == tuple(planned.corpora[name] for name in mixed.sources)


def test_pretraining_counts_the_sentences_of_each_stage_of_a_mixed_source():
    planned = plan_from_sources(["A+B:C"], settings=Settings(epochs=1, min_steps=0, batch_size=32))
    assert planned.train_sizes["A"] == 60
    # 120 sentences are 4 steps of 32, the stage of 60 sentences 2 of 32.
    assert count_pretraining_passes(planned.jobs, planned.train_sizes) == {
        ("none", 0): 0,
        ("A+B:C", 0): 4 * 32 + 2 * 32,
    }


def test_a_source_in_another_order_of_the_same_group_is_planned_once():
    assert plan_from_sources(["A+B", "B+A", "A:B", "B:A"]).sources == ("none", "A+B", "A:B", "B:A")


def test_every_subset_of_up_to_three_of_four_corpora_is_planned_in_less_than_a_second():
    sources = list_subsets(["A", "B", "C", "D"], 3)
    assert len(sources) == 4 + 6 + 4
    began = perf_counter()
    planned = plan_from_sources(sources, sizes="1:60:1,full", seeds=range(3))
    assert perf_counter() - began < 1
    assert set(planned.sources) == {"none", *sources}
    assert len(planned.jobs) == 3 * (60 + 14 * 61)  # zero-shot, too, for each source


@pytest.mark.parametrize(
    ("sources", "max_size", "message"),
    [
        (["A", "B"], 0, "subsets: found 0; allowed is 1 or more, such as 3."),
        ([], 2, "subsets: no source is named. Name two or more corpora to combine."),
        (["A:B", "C"], 2, "subsets: A:B specifies an order, but combinations have no order. Name each "
         "corpus separately."),
        (list("ABCDEFGHIJ"), 5, "subsets: 10 corpora have 637 combinations of up to 5; at most 200 are "
         "allowed. Name fewer corpora, or a smaller number."),
    ],
)  # fmt: skip
def test_invalid_subsets_are_refused(sources, max_size, message):
    with pytest.raises(BionerError) as refused:
        list_subsets(sources, max_size)
    assert str(refused.value) == message


def test_a_type_that_the_source_lacks_is_noted_as_without_zero_shot_point():
    planned = plan_from_sources(["one"], corpora={"one": build_corpus("one", types=("Drug",))})
    assert planned.notes == (
        "target from one: no zero-shot point of Disease, since one does not annotate it.",
    )


def test_a_plan_without_jobs_is_refused_with_the_reason():
    with pytest.raises(BionerError) as refused:
        build_study(sizes="100", sources=())
    assert str(refused.value) == (
        "study study: nothing is left to train. "
        "target: size 100 left out, since its training part has 60 sentences."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("50;100", f"sizes: found '50;100'. {ALLOWED}"),
        ("", f"sizes: found ''. {ALLOWED}"),
        ("-5", f"sizes: found '-5'. {ALLOWED}"),
        ("50:40:10", "sizes: '50:40:10' is empty. Write from:to:step with a step above 0, from below to."),
        ("50:60:0", "sizes: '50:60:0' is empty. Write from:to:step with a step above 0, from below to."),
        ("1:999999999:1", "sizes: '1:999999999:1' names more than 1,000 sizes. Use a larger step."),
    ],
)
def test_sizes_that_cannot_be_read_are_refused(text, message):
    with pytest.raises(BionerError) as refused:
        parse_sizes(text)
    assert str(refused.value) == message


def test_a_range_of_sizes_includes_its_end():
    assert parse_sizes("50:2000:50,full") == (*range(50, 2001, 50), "full")
    assert parse_sizes([100, "full", 50]) == (50, 100, "full")


def test_presets_have_the_documented_values():
    paper, quick, probe = (PRESETS[name] for name in ("paper", "quick", "probe"))
    assert (paper.sizes, paper.n_seeds, paper.method) == ("50:2000:50,full", 1, "finetune")
    assert paper.settings == Settings(
        epochs=40, batch_size=32, learning_rate=5e-5, warmup=0.1, max_pieces=128, min_steps=0
    )
    assert (quick.sizes, quick.n_seeds) == ("50,100,200,400,800,1600,full", 3)
    assert quick.settings.min_steps == 200
    assert quick.settings_for(PACKAGED) == replace(
        quick.settings, batch_size=8, head_rate=10.0, min_steps=400
    )
    assert (probe.sizes, probe.n_seeds, probe.method) == (quick.sizes, 3, "probe")
    partial = PRESETS["partial"]
    assert (partial.sizes, partial.n_seeds, partial.method) == (quick.sizes, 3, "partial")
    for model in (PACKAGED, "another"):
        assert partial.settings_for(model) == replace(
            quick.settings_for(model), learning_rate=3e-4, first_layers=8, upper_layers=4
        )


def test_a_setting_added_later_keeps_the_ids_of_older_jobs():
    job = build_study().jobs[0]
    assert "head_rate" not in job.settings.record
    faster = replace(job, settings=replace(job.settings, head_rate=10.0))
    assert faster.settings.record["head_rate"] == 10.0
    assert faster.id != job.id


@pytest.mark.parametrize(
    ("method", "source", "job_id"),  # of the shipped runs
    [
        ("finetune", "none", "657cb1d1e10d08df"),
        ("finetune", "psytar_en", "294fc3fdcc16e14d"),
        ("probe", "none", "32ab25666eeea6e9"),
        ("probe", "psytar_en", "b895b1a100a58438"),
    ],
)
def test_jobs_of_earlier_versions_keep_their_ids(method, source, job_id):
    preset = "quick" if method == "finetune" else "probe"
    job = TrainJob(
        target="rumedner_ru",
        target_digest="98a6690878337db7",
        source=source,
        source_digests=() if source == "none" else ("06590f0739d578b6",),
        model=PACKAGED,
        model_revision="1571fc9827503943",
        method=method,
        n_sentences=50,
        seed=0,
        settings=PRESETS[preset].settings_for(PACKAGED),
    )
    assert job.id == job_id
    assert replace(job, method="partial").id != job_id


def plan_preset(preset, *, model=MODEL, **options):
    return plan_study(name="s", targets=[CORPORA["target"]], model=model, preset=preset, **options)


@pytest.mark.parametrize(("preset", "n_upper"), [("quick", 3), ("probe", 1), ("partial", 0)])
def test_upper_layers_belong_to_the_preset_partial_alone(preset, n_upper):
    settings = replace(PRESETS[preset].settings_for(MODEL.name), first_layers=0, upper_layers=n_upper)
    with pytest.raises(BionerError) as refused:
        plan_preset(preset, settings=settings)
    assert str(refused.value) == (
        f"upper_layers is {n_upper}: the preset partial trains 1 layer or more, other presets leave it 0. "
        "Change --upper-layers, or the preset."
    )


def test_the_lstm_crf_has_no_layers_to_freeze():
    with pytest.raises(BionerError) as refused:
        plan_preset("partial", model=ModelChoice(name="lstm-crf", revision="r"))
    assert str(refused.value) == (
        "model lstm-crf: has no encoder that the preset partial could freeze. Use the preset quick or paper."
    )


def test_an_unknown_preset_is_refused():
    with pytest.raises(BionerError) as refused:
        build_study(preset="fast")
    assert str(refused.value) == "preset 'fast': unknown. Allowed: paper, quick, partial, probe."


def test_job_ids_depend_on_all_that_determines_a_score_and_on_nothing_else():
    base = build_study()
    assert build_study("another name", seeds=(1, 0)).job_ids == base.job_ids
    others = [
        build_study(split_seed=1),
        build_study(sample="documents"),
        build_study(leave_out_shared=True),
        build_study(method="probe"),
    ]
    for other in others:
        assert not other.job_ids.keys() & base.job_ids.keys()


def test_sentence_passes_count_training_and_each_pretraining_once():
    settings = Settings(epochs=2, batch_size=16, min_steps=10)
    planned = build_study(sizes="8,32,full", seeds=(0, 1))
    planned = replace(planned, jobs=tuple(replace(job, settings=settings) for job in planned.jobs))
    by_size = {job.n_sentences: count_training_passes(job) for job in planned.jobs}
    # 8 sentences: 10 steps of 8; 32: 10 steps of 16; 60: 10 steps of 16 (2 × 60 / 16 = 7.5 are fewer).
    assert by_size == {0: 0, 8: 80, 32: 160, 60: 160}
    assert count_pretraining_passes(planned.jobs, planned.train_sizes) == {
        ("none", 0): 0,
        ("source", 0): 160,
        ("none", 1): 0,
        ("source", 1): 160,
    }
    assert count_study_passes(planned) == 2 * (80 + 160 + 160 + 80 + 160 + 160)


def test_the_size_of_a_plan_is_formatted():
    # A seed: 10 + 20 + 2 × 32 + 2 × 32, from the source 10 + 20 + 2 × 32, its pretraining 2 × 32: 316.
    planned = build_study(sizes="10,20,40,full")
    assert format_workload(planned) == "16 models, 630 sentence-passes"
    assert format_workload(build_study(sizes="10", sources=(), seeds=[0])) == "1 model, 10 sentence-passes"


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (98, "98 s"), (99, "2 min"), (36_000, "10 h")])
def test_durations_are_formatted(seconds, text):
    assert format_duration(seconds) == text


def test_a_study_refuses_jobs_that_could_not_be_compared():
    planned = build_study()
    mixed = (planned.jobs[0], replace(planned.jobs[1], split_seed=7))
    with pytest.raises(BionerError) as refused:
        replace(planned, jobs=mixed)
    assert str(refused.value) == "study study: all jobs must have the same split_seed."
    with pytest.raises(BionerError) as refused:
        replace(planned, corpora={})
    assert str(refused.value) == "study study: jobs use ['source', 'target'], which is no corpus of it."


def test_the_model_and_its_revision_are_in_every_job():
    planned = plan_study(
        name="s",
        targets=[CORPORA["target"]],
        model=ModelChoice(name="m", revision="r", note="why"),
        sizes="10",
        preset="probe",
    )
    assert {(j.model, j.model_revision, j.method) for j in planned.jobs} == {("m", "r", "probe")}
    assert planned.seeds == (0, 1, 2)
    assert planned.model.note == "why"
