"""The probe's head: it reads the features of whole sentences, and trains in a thread of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from bioner_core.study.jobs import Settings
from bioner_core.tagging.batches import draws
from bioner_core.tagging.encode import Ints
from bioner_core.tagging.train import share_of_peak

WIDTH = 128  # of the hidden states
LAYERS = 2  # convolutions over a word and its two neighbours
SCORED = 256  # sentences read at once when a head is scored


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """A sentence as a head reads it."""

    vectors: NDArray[np.float16]  # features, (tokens, features)
    tags: Ints  # gold tag ids over the label space, (tokens,)
    allowed: NDArray[np.bool_]  # tags of the types that its corpus annotates, and O, (tags,)


class Head(nn.Module):
    """Residual convolutions of width 3 over the words of a sentence, and a softmax over BIO tags.

    :param dropout: of features and hidden states, in [0, 1)
    :param seed: of the initial weights and of dropout: heads that train side by side do not mix
    """

    def __init__(self, n_features: int, n_tags: int, *, dropout: float, seed: int, device: str) -> None:
        super().__init__()
        self.share = dropout
        self.generator = torch.Generator(device).manual_seed(seed)
        skip = partial(nn.utils.skip_init, nn.Linear, device=device)
        self.first = skip(n_features, WIDTH)
        self.layers = nn.ModuleList(skip(3 * WIDTH, WIDTH) for _ in range(LAYERS))
        self.last = skip(WIDTH, n_tags)
        for linear in (self.first, *self.layers, self.last):
            bound = linear.in_features**-0.5
            nn.init.uniform_(linear.weight, -bound, bound, generator=self.generator)
            nn.init.uniform_(linear.bias, -bound, bound, generator=self.generator)

    def forward(self, vectors: Tensor, inside: Tensor) -> Tensor:
        """Return logits, (rows, tags), of words that stand one behind the other.

        :param vectors: features, (rows, features); an empty row parts two sentences
        :param inside: 1 where a row is a word, 0 where it is empty, (rows, 1)
        """
        states = functional.relu(self.first(self._dropped(vectors)))  # (rows, WIDTH)
        for layer in self.layers:
            padded = functional.pad(self._dropped(states) * inside, (0, 0, 1, 1))
            states = states + functional.relu(layer(torch.cat([padded[:-2], padded[1:-1], padded[2:]], 1)))
        logits: Tensor = self.last(self._dropped(states))
        return logits

    def _dropped(self, numbers: Tensor) -> Tensor:
        if not self.training or not self.share:
            return numbers
        kept = torch.empty_like(numbers).uniform_(generator=self.generator) >= self.share
        return numbers * kept / (1 - self.share)


def train_head(
    head: Head, lessons: Sequence[Lesson], settings: Settings, *, seed: int
) -> Iterator[tuple[int, int]]:
    """Train in place as ``train.train`` does; yield the number of each step, from 1, and their total."""
    lessons = [lesson for lesson in lessons if len(lesson.tags)]
    optimizer = AdamW(head.parameters(), weight_decay=settings.weight_decay, fused=True)
    total = settings.n_steps(len(lessons))
    head.train()
    chosen = draws(len(lessons), batch_size=settings.batch_size, n_steps=total, seed=seed)
    for number, places in enumerate(chosen, start=1):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * share_of_peak(number, total, settings.warmup)
        together = [lessons[place] for place in places]
        vectors, inside, device = *_rows(together), head.first.weight.device
        logits = head(vectors.to(device), inside.to(device))[inside[:, 0] > 0]
        tags = torch.from_numpy(np.concatenate([lesson.tags for lesson in together])).to(device)
        allowed = np.concatenate([np.tile(e.allowed, (len(e.tags), 1)) for e in together])
        logits = logits.masked_fill(~torch.from_numpy(allowed).to(device), -torch.inf)
        optimizer.zero_grad()
        functional.cross_entropy(logits, tags).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(head.parameters(), settings.clip_norm)
        optimizer.step()
        yield number, total


@torch.inference_mode()
def tags_of_head(head: Head, lessons: Sequence[Lesson], allowed: NDArray[np.bool_]) -> Ints:
    """Return the likeliest allowed tag of every word, one sentence behind the other, (tokens,)."""
    head.eval()
    device = head.first.weight.device
    forbidden = ~torch.from_numpy(allowed).to(device)
    parts = [np.empty(0, dtype=np.int64)]
    for start in range(0, len(lessons), SCORED):
        vectors, inside = _rows(lessons[start : start + SCORED])
        logits = head(vectors.to(device), inside.to(device))[inside[:, 0] > 0]
        parts.append(logits.masked_fill(forbidden, -torch.inf).argmax(-1).cpu().numpy())
    return np.concatenate(parts)


def _rows(lessons: Sequence[Lesson]) -> tuple[Tensor, Tensor]:
    """Return features with an empty row behind each sentence, (rows, features), and which are words."""
    n_features = lessons[0].vectors.shape[1]
    ends = np.cumsum([len(lesson.tags) + 1 for lesson in lessons])
    vectors = np.zeros((ends[-1], n_features), dtype=np.float32)
    inside = np.ones((ends[-1], 1), dtype=np.float32)
    inside[ends - 1] = 0
    for lesson, end in zip(lessons, ends, strict=True):
        vectors[end - 1 - len(lesson.tags) : end - 1] = lesson.vectors
    return torch.from_numpy(vectors), torch.from_numpy(inside)
