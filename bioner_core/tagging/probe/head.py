"""The probe's head: convolutions over the features of a sentence, trained on the CPU in one thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from bioner_core.study.jobs import Decoding, Settings
from bioner_core.tagging.decoding import decode_scores
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.small_models import train_small

HIDDEN_DIM = 128
N_CONVOLUTIONS = 2  # convolutions over a word and its two neighbours
PREDICT_BATCH_SIZE = 64  # sentences
IGNORE_INDEX = -100  # the tag of the padding row between two sentences


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeExample:
    """A sentence as a head reads it."""

    features: NDArray[np.float16]  # (tokens, features)
    tags: Ints  # (tokens,), gold tag ids over the head's label space
    allowed: NDArray[np.bool_]  # (tags,), those of the types that its corpus annotates, and O


class ProbeHead(nn.Module):
    """Residual convolutions over the words of a sentence, and a softmax over BIO tags.

    :param types: entity types of the label space, in the order of the tag ids
    :param dropout: of features and hidden states, in [0, 1)
    :param seed: of the weights
    """

    def __init__(self, n_features: int, types: tuple[str, ...], *, dropout: float, seed: int) -> None:
        super().__init__()
        self.types = types
        self.dropout = dropout
        self.generator = torch.Generator().manual_seed(seed)  # not the global one: heads train side by side
        self.input_layer = self._linear(n_features, HIDDEN_DIM)
        self.layers = nn.ModuleList(self._linear(3 * HIDDEN_DIM, HIDDEN_DIM) for _ in range(N_CONVOLUTIONS))
        self.output_layer = self._linear(HIDDEN_DIM, 1 + 2 * len(types))

    def forward(self, features: Tensor, word_mask: Tensor) -> Tensor:
        """Return logits, (rows, tags), of concatenated sentences with an empty row behind each.

        :param features: (rows, features)
        :param word_mask: 1 where a row is a word, 0 where it is empty, (rows, 1)
        """
        inputs = self._apply_dropout(features, of_columns=True)
        states = functional.relu(self.input_layer(inputs))  # (rows, HIDDEN_DIM)
        for layer in self.layers:
            padded = functional.pad(self._apply_dropout(states) * word_mask, (0, 0, 1, 1))
            context = torch.cat([padded[:-2], padded[1:-1], padded[2:]], dim=1)  # (rows, 3 HIDDEN_DIM)
            states = states + functional.relu(layer(context))
        logits: Tensor = self.output_layer(self._apply_dropout(states))
        return logits

    def _linear(self, n_in: int, n_out: int) -> nn.Linear:
        """Return a linear layer with torch's default bounds, drawn by the head's generator."""
        linear: nn.Linear = nn.utils.skip_init(nn.Linear, n_in, n_out)  # type: ignore[no-untyped-call]
        for weight in (linear.weight, linear.bias):
            nn.init.uniform_(weight, -(n_in**-0.5), n_in**-0.5, generator=self.generator)
        return linear

    def _apply_dropout(self, states: Tensor, *, of_columns: bool = False) -> Tensor:
        """Drop elements, or whole columns: as good for the many features, and cheap."""
        if not self.training or not self.dropout:
            return states
        shape = states.shape[1:] if of_columns else states.shape
        is_kept = torch.rand(shape, generator=self.generator) >= self.dropout
        return states * (is_kept.float() / (1 - self.dropout))


def train_head(
    head: ProbeHead, examples: Sequence[ProbeExample], settings: Settings, *, seed: int
) -> Iterator[Step]:
    """Train a head in place, with the schedule of ``finetuning.train``; yield each step.

    :param examples: each with at least one word
    :param seed: of the order of the sentences and of dropout
    """
    head.generator.manual_seed(seed)
    optimizer = AdamW(head.parameters(), weight_decay=settings.weight_decay, fused=True)

    def compute_loss(indices: Ints) -> Tensor:
        logits, is_word = _compute_logits(head, [examples[index] for index in indices])
        tags = np.full(len(is_word), IGNORE_INDEX)
        tags[is_word] = np.concatenate([examples[index].tags for index in indices])
        return functional.cross_entropy(logits, torch.from_numpy(tags), ignore_index=IGNORE_INDEX)

    yield from train_small(head, optimizer, compute_loss, len(examples), settings, seed=seed)


def predict_with_head(
    head: ProbeHead, examples: Sequence[ProbeExample], *, decoding: Decoding = "words"
) -> Ints:
    """Return the likeliest allowed tag of every word, one sentence behind the other, (tokens,)."""
    return decode_head_scores(score_with_head(head, examples), examples, decoding=decoding)


def decode_head_scores(
    scores: NDArray[np.float32], examples: Sequence[ProbeExample], *, decoding: Decoding
) -> Ints:
    """Return the tags of ``score_with_head``, (tokens,)."""
    lengths = np.array([len(example.tags) for example in examples], dtype=np.int64)
    return decode_scores(scores, lengths, decoding=decoding)


@torch.inference_mode()
def score_with_head(head: ProbeHead, examples: Sequence[ProbeExample]) -> NDArray[np.float32]:
    """Return the logits of every word, -inf where not allowed, sentence behind sentence, (tokens, tags)."""
    head.eval()
    logits_of_batches = [np.empty((0, head.output_layer.out_features), dtype=np.float32)]
    for start in range(0, len(examples), PREDICT_BATCH_SIZE):
        logits, is_word = _compute_logits(head, examples[start : start + PREDICT_BATCH_SIZE])
        logits_of_batches.append(logits.numpy()[is_word])
    return np.concatenate(logits_of_batches)


def _compute_logits(head: ProbeHead, examples: Sequence[ProbeExample]) -> tuple[Tensor, NDArray[np.bool_]]:
    """Return logits, -inf for tags that are not allowed, (rows, tags), and which rows are words, (rows,)."""
    ends = np.cumsum([len(example.tags) + 1 for example in examples])  # an empty row behind each sentence
    features = np.zeros((ends[-1], examples[0].features.shape[1]), dtype=np.float16)
    for example, end in zip(examples, ends, strict=True):
        features[end - 1 - len(example.tags) : end - 1] = example.features
    is_word = np.ones(ends[-1], dtype=np.bool_)
    is_word[ends - 1] = False
    logits: Tensor = head(torch.from_numpy(features).float(), torch.from_numpy(is_word[:, None]).float())
    allowed = np.stack([example.allowed for example in examples])  # (sentences, tags)
    if not allowed.all():
        is_forbidden = np.repeat(~allowed, np.diff(ends, prepend=0), axis=0)  # (rows, tags)
        logits = logits.masked_fill(torch.from_numpy(is_forbidden), -torch.inf)
    return logits, is_word
