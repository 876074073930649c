"""The next batch: never what is annotated, what the strategy says, with suggestions. Synthetic corpus."""

from dataclasses import replace

import pytest
from tiny_encoders import save_tiny
from tiny_taggers import draw_sentences

from bioner_core.corpus.cache import FEATURES
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import build_text_key
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.strategies import STRATEGIES
from bioner_core.tagging.selection.next_batch import choose_next

SENTENCES = draw_sentences(200, seed=1, most=6)
ANNOTATED = Corpus(name="reviews", sentences=SENTENCES[:80], types=("Disease", "Drug"))
POOL = Corpus(
    name="pool",
    sentences=tuple(
        Sentence(sentence.tokens, document=f"p{number // 5}") for number, sentence in enumerate(SENTENCES)
    ),
    types=(),
)


@pytest.fixture
def choose(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    model = ModelChoice(name=str(save_tiny("bert", tmp_path / "bert", positions=128)), revision="")

    def choose(strategy, annotated=ANNOTATED, *, n=12, **options):
        options = {"model": model, "device": "cpu", "cache": tmp_path / "cache", **options}
        steps = choose_next(POOL, annotated, strategy=strategy, n=n, **options)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value

    return choose


@pytest.mark.parametrize("strategy", ["random", *STRATEGIES])
def test_the_next_batch_is_new_and_the_same_again(strategy, choose):
    batch = choose(strategy)
    assert batch == choose(strategy)
    assert len({of.place for of in batch}) == len(batch) >= 12
    if strategy != "documents":
        annotated = {build_text_key(sentence) for sentence in ANNOTATED.sentences}
        texts = [build_text_key(POOL.sentences[of.place]) for of in batch]
        assert annotated.isdisjoint(texts)
        assert len(set(texts)) == len(texts) == 12
    assert not any(of.spans for of in batch)


def test_documents_come_whole(choose):
    places = [of.place for of in choose("documents")]
    assert len(places) == 15
    assert min(places) >= 80  # the documents before are annotated
    assert sorted(places) == [5 * first + k for first in sorted({p // 5 for p in places}) for k in range(5)]


def test_suggestions_are_what_the_probe_finds(choose):
    batch = choose("random", n=60, has_suggestions=True)
    assert [of.place for of in batch] == [of.place for of in choose("random", n=60)]
    right = total = 0
    for of in batch:
        gold = set(SENTENCES[of.place].spans)
        right, total = right + len(gold & set(of.spans)), total + len(gold)
    assert right > total / 2


def test_without_annotation_only_strategies_that_learn_nothing_choose(choose):
    assert len(choose("random", None)) == len(choose("diverse", None)) == 12
    for options in ({"strategy": "margin"}, {"strategy": "random", "has_suggestions": True}):
        with pytest.raises(BionerError, match="Name a corpus, or take random or diverse"):
            choose(annotated=None, **options)


def test_nothing_is_left_where_all_is_annotated(choose):
    with pytest.raises(BionerError) as refused:
        choose("random", replace(ANNOTATED, sentences=SENTENCES))
    assert str(refused.value) == ("pool: nothing is left to annotate; all of it is in the corpus already.")


def test_features_of_the_pool_are_not_kept(choose, tmp_path):
    choose("margin")
    assert [path.name.split("-")[0] for path in (tmp_path / "cache" / FEATURES).glob("*.npy")] == [
        ANNOTATED.digest
    ]
