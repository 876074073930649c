"""Examples and taggers over the random encoders, for tests of training."""

import numpy as np
import torch
from tiny_encoders import save_tiny

from bioner_core.corpus.sentences import Sentence, Span
from bioner_core.scoring.exact import encode_gold_tags
from bioner_core.tagging.encoders.encoder import load_encoder, reduce_vocabulary
from bioner_core.tagging.encoders.windows import encode_sentences
from bioner_core.tagging.finetuning.batches import EncodedSentence
from bioner_core.tagging.finetuning.tagger import Tagger

DRUGS, ILLS = ("aspirin", "аспирин"), ("headache", "боли")
OTHERS = ["the", "patient", "took", "for", "a", ".", "пациент", "принимал", "от", "головной"]
TYPES = ("Disease", "Drug")


def draw_sentences(n, *, seed=0, types=TYPES, most=12):
    """Return sentences of random words, some of them drugs and diseases."""
    generator = np.random.default_rng(seed)
    words = [*OTHERS, *(DRUGS * 2 if "Drug" in types else ()), *(ILLS * 2 if "Disease" in types else ())]
    sentences = []
    for number in range(n):
        tokens = tuple(generator.choice(words, generator.integers(1, most + 1)).tolist())
        spans = [
            Span(at, at + 1, "Drug" if word in DRUGS else "Disease")
            for at, word in enumerate(tokens)
            if word in DRUGS + ILLS
        ]
        sentences.append(Sentence(tokens=tokens, spans=tuple(spans), document=f"{seed}-{number // 4}"))
    return tuple(sentences)


def build_tiny_examples(sentences, encoder, *, types=TYPES, only=TYPES, max_pieces=128):
    """Encode sentences as ``examples.build_examples`` does."""
    windows = encode_sentences([s.tokens for s in sentences], encoder.tokenizer, max_pieces=max_pieces)
    ids, lengths = encode_gold_tags(sentences, types)
    allowed = np.array([True, *(entity in only for entity in types for _ in "BI")])
    tags = np.split(ids, np.cumsum(lengths)[:-1])
    return [EncodedSentence(windows=w, tags=t, allowed=allowed) for w, t in zip(windows, tags, strict=True)]


def load_tiny_encoder(folder, kind="bert", *, positions=256):
    """Load a random encoder that was saved under ``folder``."""
    return load_encoder(str(save_tiny(kind, folder / kind, positions=positions)), "", cache=folder / "unused")


def build_tiny_tagger(encoder, *, dropout=0.0, dtype="float32", seed=0, reduced=None, types=TYPES):
    """Return a tagger over a copy of the encoder, with all pieces or those in ``reduced``."""
    pieces = range(encoder.model.get_input_embeddings().num_embeddings) if reduced is None else reduced
    model = reduce_vocabulary(encoder, pieces).model
    return Tagger(model, types, dropout=dropout, dtype=dtype, seed=seed)


def copy_weights(tagger):
    """Return copies of the weights, by name, but for the keys' biases, on which softmax does not depend."""
    return {n: w.detach().clone() for n, w in tagger.named_parameters() if not n.endswith("key.bias")}


def copy_gradients(tagger):
    """Return the gradients that are set, by name."""
    return {name: w.grad.clone() for name, w in tagger.named_parameters() if w.grad is not None}


def assert_same(computed, expected, *, within):
    """Compare tensors by name."""
    assert computed.keys() == expected.keys()
    for name, tensor in computed.items():
        torch.testing.assert_close(
            tensor, expected[name], atol=within, rtol=0, msg=lambda m, n=name: f"{n}: {m}"
        )


def assert_near(computed, expected, *, within):
    """Compare weights after a training, by name, by the median of their differences.

    Adam makes a gradient that is rounding noise as large as any other, so single weights may differ.
    """
    assert computed.keys() == expected.keys()
    medians = {name: (tensor - expected[name]).abs().median().item() for name, tensor in computed.items()}
    assert max(medians.values()) <= within, medians
