"""Every family of encoders trains, pretrains, probes and scores reproducibly."""

from dataclasses import replace

import pytest
import torch
from tiny_encoders import TOKENIZERS, save_tiny
from tiny_taggers import build_tiny_tagger, draw_sentences, load_tiny_encoder
from torch import nn

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.study.jobs import JobFailure, JobResult, Settings, TrainJob
from bioner_core.tagging.finetuning.dropout import Dropout
from bioner_core.tagging.finetuning.packing import find_first_position
from bioner_core.tagging.run import run_jobs

QUICK = Settings(epochs=1, min_steps=6, batch_size=8, learning_rate=1e-2, max_pieces=48)
ODD = (
    "\u200b",
    "🙂",
    "[UNK]",
    "aspirin" * 12,
)  # no piece, an unknown one, a special one, longer than a window

OTHERS = [kind for kind in TOKENIZERS if kind != "bert"]


def build_corpus(name, seed):
    odd = Sentence(tokens=ODD, document=f"{seed}-0")
    return Corpus(
        name=name, sentences=(odd, *draw_sentences(30, seed=seed, most=9)), types=("Disease", "Drug")
    )


CORPORA = {name: build_corpus(name, seed) for seed, name in enumerate(("reviews", "notes"))}


def build_jobs(model):
    """Return a fine-tuned model and a probe: from scratch, from a source, and from a source alone."""
    for method in ("finetune", "probe"):
        for source, n in (("none", 12), ("notes", 12), ("notes", 0)):
            yield TrainJob(
                target="reviews",
                target_digest=CORPORA["reviews"].digest,
                source=source,
                source_digests=() if source == "none" else (CORPORA[source].digest,),
                model=model,
                model_revision="",
                method=method,
                n_sentences=n,
                seed=0,
                settings=QUICK if method == "finetune" else replace(QUICK, dropout=0.3),
            )


def train_and_score(model, cache):
    outcomes = list(run_jobs(list(build_jobs(model)), corpora=CORPORA, device="cpu", cache=cache))
    assert [outcome for outcome in outcomes if isinstance(outcome, JobFailure)] == []
    results = [outcome for outcome in outcomes if isinstance(outcome, JobResult)]
    return {(d.job.id, p.entity): (p.precision, p.recall, p.f1) for d in results for p in d.points}


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_jobs_of_every_encoder_family_are_reproducible(kind, tmp_path):
    model = str(save_tiny(kind, tmp_path / kind))
    first = train_and_score(model, tmp_path)
    assert len(first) == 6 * 3
    assert train_and_score(model, tmp_path) == first  # pretrained weights and features come from disk


@pytest.mark.parametrize("kind", ["bert", *(pytest.param(k, marks=pytest.mark.long) for k in OTHERS)])
def test_jobs_are_reproducible_without_cache(kind, tmp_path):
    model = str(save_tiny(kind, tmp_path / kind))
    assert train_and_score(model, tmp_path / "cache") == train_and_score(model, tmp_path / "another")


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_every_dropout_layer_of_a_family_is_set(kind, tmp_path):
    tagger = build_tiny_tagger(load_tiny_encoder(tmp_path, kind), dropout=0.25)
    modules = list(tagger.encoder.modules())
    probabilities = [m.p for m in modules if isinstance(m, nn.Dropout | Dropout)]
    probabilities += [
        m.attention_dropout for m in modules if isinstance(getattr(m, "attention_dropout", None), float)
    ]
    assert probabilities
    assert set(probabilities) == {0.25}


@pytest.mark.parametrize("kind", ["distilbert", "deberta-v2", "deberta-v3", "modernbert"])
def test_families_without_absolute_positions_are_padded_not_packed(kind, tmp_path):
    assert find_first_position(build_tiny_tagger(load_tiny_encoder(tmp_path, kind)).encoder) is None


def test_sliding_window_attention_is_kept_without_fused_kernels(tmp_path):
    encoder = load_tiny_encoder(tmp_path, "modernbert")
    pieces = torch.arange(5, 45)[None]
    with torch.no_grad():
        expected = encoder.model(pieces).last_hidden_state
        tagger = build_tiny_tagger(encoder).eval()
        torch.testing.assert_close(tagger.encoder(pieces).last_hidden_state, expected, atol=1e-6, rtol=0)
