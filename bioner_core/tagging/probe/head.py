"""The probe's head: it reads the features of whole sentences, and learns tags on the CPU in one thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from bioner_core.study.jobs import Decoding, Settings
from bioner_core.tagging.decoding import likeliest
from bioner_core.tagging.finetuning.windows import Ints
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.small_models import train_small

WIDTH = 128  # of the hidden states
LAYERS = 2  # convolutions over a word and its two neighbours
SCORED = 64  # sentences read at once when a head is scored
NO_WORD = -100  # the tag of an empty row


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """A sentence as a head reads it."""

    vectors: NDArray[np.float16]  # (tokens, features)
    tags: Ints  # (tokens,), gold tag ids over the head's label space
    allowed: NDArray[np.bool_]  # (tags,), those of the types that its corpus annotates, and O


class Head(nn.Module):
    """Residual convolutions over the words of a sentence, and a softmax over BIO tags.

    :param types: entity types of the label space, in the order of the tag ids
    :param dropout: of features and hidden states, in [0, 1)
    :param seed: of the weights
    """

    def __init__(self, n_features: int, types: tuple[str, ...], *, dropout: float, seed: int) -> None:
        super().__init__()
        self.types = types
        self.share = dropout
        self.generator = torch.Generator().manual_seed(seed)  # heads that train side by side do not mix
        self.first = self._linear(n_features, WIDTH)
        self.layers = nn.ModuleList(self._linear(3 * WIDTH, WIDTH) for _ in range(LAYERS))
        self.last = self._linear(WIDTH, 1 + 2 * len(types))

    def forward(self, vectors: Tensor, inside: Tensor) -> Tensor:
        """Return logits, (rows, tags), of sentences that stand one behind the other, an empty row between.

        :param vectors: features, (rows, features)
        :param inside: 1 where a row is a word, 0 where it is empty, (rows, 1)
        """
        states = functional.relu(self.first(self._dropped(vectors, of_columns=True)))  # (rows, WIDTH)
        for layer in self.layers:
            padded = functional.pad(self._dropped(states) * inside, (0, 0, 1, 1))
            around = torch.cat([padded[:-2], padded[1:-1], padded[2:]], dim=1)  # (rows, 3 WIDTH)
            states = states + functional.relu(layer(around))
        logits: Tensor = self.last(self._dropped(states))
        return logits

    def _linear(self, n_in: int, n_out: int) -> nn.Linear:
        """Return torch's linear map with torch's bounds, drawn by the head's own generator."""
        linear: nn.Linear = nn.utils.skip_init(nn.Linear, n_in, n_out)  # type: ignore[no-untyped-call]
        for numbers in (linear.weight, linear.bias):
            nn.init.uniform_(numbers, -(n_in**-0.5), n_in**-0.5, generator=self.generator)
        return linear

    def _dropped(self, numbers: Tensor, *, of_columns: bool = False) -> Tensor:
        """Drop numbers, or whole columns: as good for the many features, and cheap."""
        if not self.training or not self.share:
            return numbers
        shape = numbers.shape[1:] if of_columns else numbers.shape
        kept = torch.rand(shape, generator=self.generator) >= self.share
        return numbers * (kept.float() / (1 - self.share))


def train_head(head: Head, lessons: Sequence[Lesson], settings: Settings, *, seed: int) -> Iterator[Step]:
    """Train in place as ``train.train`` does; yield each step.

    :param lessons: each with at least one word
    :param seed: of the order of the sentences and of dropout
    """
    head.generator.manual_seed(seed)
    optimizer = AdamW(head.parameters(), weight_decay=settings.weight_decay, fused=True)

    def loss_of(places: Ints) -> Tensor:
        logits, words = _logits(head, [lessons[place] for place in places])
        tags = np.full(len(words), NO_WORD)
        tags[words] = np.concatenate([lessons[place].tags for place in places])
        return functional.cross_entropy(logits, torch.from_numpy(tags), ignore_index=NO_WORD)

    yield from train_small(head, optimizer, loss_of, len(lessons), settings, seed=seed)


@torch.inference_mode()
def tags_of_head(head: Head, lessons: Sequence[Lesson], *, decoding: Decoding = "words") -> Ints:
    """Return the likeliest allowed tag of every word, one sentence behind the other, (tokens,)."""
    head.eval()
    parts = [np.empty((0, head.last.out_features), dtype=np.float32)]
    for start in range(0, len(lessons), SCORED):
        logits, words = _logits(head, lessons[start : start + SCORED])
        parts.append(logits.numpy()[words])
    lengths = np.array([len(lesson.tags) for lesson in lessons], dtype=np.int64)
    return likeliest(np.concatenate(parts), lengths, decoding=decoding)


def _logits(head: Head, lessons: Sequence[Lesson]) -> tuple[Tensor, NDArray[np.bool_]]:
    """Return logits, -inf for tags that are not allowed, (rows, tags), and which rows are words, (rows,)."""
    ends = np.cumsum([len(lesson.tags) + 1 for lesson in lessons])  # an empty row behind each sentence
    vectors = np.zeros((ends[-1], lessons[0].vectors.shape[1]), dtype=np.float16)
    for lesson, end in zip(lessons, ends, strict=True):
        vectors[end - 1 - len(lesson.tags) : end - 1] = lesson.vectors
    words = np.ones(ends[-1], dtype=np.bool_)
    words[ends - 1] = False
    logits: Tensor = head(torch.from_numpy(vectors).float(), torch.from_numpy(words[:, None]).float())
    allowed = np.stack([lesson.allowed for lesson in lessons])  # (sentences, tags)
    if not allowed.all():
        forbidden = np.repeat(~allowed, np.diff(ends, prepend=0), axis=0)  # (rows, tags)
        logits = logits.masked_fill(torch.from_numpy(forbidden), -torch.inf)
    return logits, words
