"""Ranking of sources: by measured gains, else by language and zero-shot F1; back-tested."""

import json
from dataclasses import replace
from itertools import combinations

import pytest

from bioner_core.analysis.overlap import Overlap
from bioner_core.analysis.source_ranking import (
    BASE,
    LANGUAGE,
    SLOPE,
    CorpusProfile,
    build_profile,
    predict_gain,
    rank_sources,
)
from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.curves.best_source import add_chances
from bioner_core.curves.budget_table import compute_budgets
from bioner_core.curves.points import CurvePoint
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.store import RunStore
from tests.ui.stored_runs import build_corpus, plan_run, record_outcomes

TARGET = CorpusProfile(name="T", language="en", domain="UGT", types=("Disease", "Drug"))


def build_point(source, n, f1, entity="Drug", **more):
    return CurvePoint(
        target="T", source=source, model="m", method="finetune", entity=entity, n_sentences=n, f1=f1, **more
    )


def list_sources(ranked):
    return [source.source for source in ranked]


def test_untried_sources_are_ranked_by_language_not_by_domain_or_size():
    other_language = CorpusProfile(
        name="far", language="ru", domain="UGT", types=TARGET.types, sentences=90_000
    )
    same_language = CorpusProfile(name="near", language="en", domain="EHR", types=TARGET.types, sentences=900)
    first, second = rank_sources(TARGET, [other_language, same_language, TARGET])
    assert (first.source, second.source) == ("near", "far")
    assert first.score == predict_gain(None, is_same_language=True)
    assert first.why == (
        "gain not known: no model was fine-tuned from it; same language (en); other domain (EHR); 900 "
        "sentences"
    )
    assert (first.gain, second.gain) == (None, None)
    assert second.why.endswith("other language (ru); same domain (UGT); 90,000 sentences")


def test_zero_shot_f1_outranks_language():
    other_language = CorpusProfile(name="far", language="ru", types=("Drug",))
    same_language = CorpusProfile(name="near", language="en", types=("Drug",))
    points = [build_point("far", 0, 0.6), build_point("near", 0, 0.1)]
    ranked = rank_sources(TARGET, [same_language, other_language], points=points, types=["Drug"])
    assert list_sources(ranked) == ["far", "near"]
    assert ranked[0].score == pytest.approx(BASE + SLOPE * 0.6)
    assert ranked[1].score == pytest.approx(BASE + SLOPE * (0.1 + LANGUAGE))
    assert ranked[0].zero_shot == 0.6
    assert "zero-shot F1 Drug 60.0" in ranked[0].why


def test_measured_gains_replace_predicted_ones():
    points = [
        *(build_point("none", n, f1) for n, f1 in ((100, 0.5), (400, 0.7), (800, 0.75))),
        build_point("none", 2000, 0.8, is_full=True),
        *(build_point("good", n, f1) for n, f1 in ((0, 0.0), (100, 0.7), (400, 0.8), (800, 0.1))),
    ]
    good = CorpusProfile(name="good", language="ru", types=("Drug",))
    same_language = CorpusProfile(name="near", language="en", types=("Drug",))
    ranked = rank_sources(TARGET, [same_language, good], points=points, types=["Drug"])
    assert list_sources(ranked) == ["good", "near"]
    assert ranked[0].is_measured
    assert not ranked[1].is_measured
    assert ranked[0].score == pytest.approx(0.15)  # 0.2 at 100 and 0.1 at 400; 800 lies beyond few-shot
    assert ranked[0].why.startswith("measured: +15.0 points of F1 at 50 to 400 sentences; ")


def test_a_type_without_test_mentions_does_not_hide_measured_gains():
    points = [build_point(source, n, f1) for source, n, f1 in (
        ("none", 100, 0.5), ("A", 100, 0.6), ("none", 200, 0.6), ("A", 200, 0.7),
    )]  # fmt: skip
    lost = [replace(point, entity="Disease", f1=0.0, support=0) for point in points]
    (ranked,) = rank_sources(TARGET, [CorpusProfile(name="A", language="en")], points=[*points, *lost])
    assert (ranked.is_measured, ranked.score) == (True, pytest.approx(0.1))


@pytest.mark.parametrize(("method", "learner"), [("probe", "a probe"), ("partial", "upper layers alone")])
def test_gains_on_a_frozen_encoder_are_reported_but_do_not_count(method, learner):
    points = [
        replace(point, method=method)
        for point in (
            build_point("none", 100, 0.5),
            build_point("A", 100, 0.9),
            build_point("none", 200, 0.5),
            build_point("A", 200, 0.9),
        )
    ]
    (ranked,) = rank_sources(TARGET, [CorpusProfile(name="A", language="en")], points=points, types=["Drug"])
    assert ranked.score == predict_gain(None, is_same_language=True)
    assert (ranked.is_measured, ranked.saved) == (False, None)
    assert ranked.gain is None
    assert ranked.why == (
        f"gain not known: no model was fine-tuned from it; {learner} gained +40.0; same language (en)"
    )


def test_a_type_that_a_source_does_not_annotate_has_no_gain():
    half = CorpusProfile(name="half", language="en", types=("Drug",))
    (ranked,) = rank_sources(TARGET, [half])
    assert ranked.score == pytest.approx(predict_gain(None, is_same_language=True) / 2)
    assert ranked.why.endswith("does not annotate Disease")


def test_shared_word_pieces_only_break_ties():
    a = CorpusProfile(name="a", language="en", types=TARGET.types, coverage={"Drug": 0.2, "Disease": 0.2})
    b = CorpusProfile(name="b", language="en", types=TARGET.types, coverage={"Drug": 0.9, "Disease": 0.7})
    c = CorpusProfile(name="c", language="ru", types=TARGET.types, coverage={"Drug": 1.0, "Disease": 1.0})
    ranked = rank_sources(TARGET, [a, c, b])
    assert list_sources(ranked) == ["b", "a", "c"]
    assert "knows 80 % of the entities' word pieces" in ranked[0].why


def test_several_sources_together_are_ranked_where_they_were_tried():
    points = [
        build_point("none", 100, 0.5),
        build_point("A+B", 100, 0.6),
        build_point("none", 200, 0.6),
        build_point("A+B", 200, 0.6),
    ]
    ranked = rank_sources(TARGET, [CorpusProfile(name="A")], points=points, types=["Drug"])
    assert list_sources(ranked) == ["A+B", "A"]
    assert ranked[0].score == pytest.approx(0.05)


def test_a_source_profile_has_language_domain_size_and_coverage():
    notes = build_corpus("notes", domain="EHR")
    row = Overlap(
        corpus_1="T", corpus_2="notes", entity="Drug", unique_1=2, unique_2=2, shared=1,
        share_of_1=0.5, share_of_2=0.5, coverage_1=0.75, coverage_2=None,
    )  # fmt: skip
    profile = build_profile(notes, overlaps=[row])
    assert (profile.name, profile.language, profile.domain, profile.sentences) == ("notes", "en", "EHR", 200)
    assert profile.coverage == {"Drug": 0.75}


def load_published():
    run = RunStore().open("ecir2020")
    profiles = {
        name: CorpusProfile(
            name=name, language=description.language, domain=description.domain, types=("Disease", "Drug")
        )
        for name, description in describe_run_corpora(run).items()
    }
    return run.points(), profiles


def test_on_the_published_pairs_19_of_24_orders_are_right_and_6_of_8_firsts():
    points, profiles = load_published()
    zero_shot = [p for p in points if p.n_sentences == 0 and p.source in profiles]
    right = firsts = 0
    for target in profiles:
        for entity in ("Disease", "Drug"):
            others = [p for name, p in profiles.items() if name != target]
            truth = {
                source.source: source.score
                for source in rank_sources(profiles[target], others, points=points, types=[entity])
            }
            blind = rank_sources(profiles[target], others, points=zero_shot, types=[entity])
            assert not any(source.is_measured for source in blind)
            firsts += truth[blind[0].source] == max(truth[name] for name in profiles if name != target)
            right += sum(
                (a.score - b.score) * (truth[a.source] - truth[b.source]) > 0
                for a, b in combinations(blind, 2)
            )
    assert (right, firsts) == (19, 6)


def test_the_published_best_source_for_drugs_in_posts_is_named_with_its_saving():
    points, profiles = load_published()
    best = rank_sources(profiles["EN UGT"], list(profiles.values()), points=points, types=["Drug"])[0]
    assert best.source == "EN EHR"
    chosen = [p for p in points if (p.target, p.entity) == ("EN UGT", "Drug")]
    row = next(row for row in add_chances(compute_budgets(chosen)) if row.source == "EN EHR")
    assert (best.saved, best.saved_is_bound) == (row.saved_plan, False)
    assert f"; saves {row.saved_plan} sentences;" in best.why
    assert "zero-shot F1 Drug 77.1; same language (en); other domain (EHR)" in best.why


def test_the_command_ranks_the_library_and_marks_measured_gains(capsys, tmp_path):
    for name, language in (("target", "en"), ("near", "en"), ("far", "ru")):
        Library().add(build_corpus(name, language=language))
    wanted = ["corpus", "sources", "target", "--model", str(tmp_path)]
    assert main([*wanted, "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert [row["source"] for row in json.loads(captured.out)] == ["near", "far"]
    assert captured.err.startswith("note: word pieces are left out. model ")
    run = plan_run(
        "tried",
        sizes="50,100,full",
        target=build_corpus("target"),
        sources=[build_corpus("far", language="ru")],
    )
    record_outcomes(run, f1=lambda job: 0.5 + 0.2 * (job.source == "far"))
    assert main([*wanted, "--run", "tried", "--format", "json"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["source"], first["is_measured"], first["zero_shot"]) == ("far", False, 0.7)
    assert first["gain"] == pytest.approx(predict_gain(0.7, is_same_language=False))
    assert "; a probe gained +20.0; " in first["why"]
    assert main([*wanted[:3], "near", *wanted[3:], "--entity", "Drug"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["near", "not", "known"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--entity", "Gene"), "bioner: target: does not annotate Gene. It has: Disease, Drug."),
        (
            ("--run", "ecir2020"),
            "bioner: run ecir2020: has no curve of target. Name a run that does, or leave --run out.",
        ),
    ],
)
def test_unknown_types_and_runs_without_the_target_are_refused(capsys, options, message):
    Library().add(build_corpus("target"))
    Library().add(build_corpus("near"))
    assert main(["corpus", "sources", "target", *options]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == message


def test_synthetic_sources_are_ranked_only_where_they_are_named(capsys, tmp_path):
    for name, is_synthetic in (("target", False), ("near", False), ("made up", True)):
        Library().add(build_corpus(name, is_synthetic=is_synthetic))
    options = ["--model", str(tmp_path), "--format", "json"]
    assert main(["corpus", "sources", "target", *options]) == 0
    assert [row["source"] for row in json.loads(capsys.readouterr().out)] == ["near"]
    assert main(["corpus", "sources", "target", "made up", *options]) == 0
    captured = capsys.readouterr()
    assert [row["source"] for row in json.loads(captured.out)] == ["made up"]
    assert captured.err.startswith("note: made up is synthetic: its numbers are no evidence.\n")


def test_an_empty_library_is_reported(capsys):
    Library().add(build_corpus("target"))
    Library().add(build_corpus("made up", is_synthetic=True))
    assert main(["corpus", "sources", "target"]) == 1
    assert capsys.readouterr().err == (
        "bioner: the library has no other corpus to pretrain on, synthetic ones aside. Add one, or name "
        "files.\n"
    )
