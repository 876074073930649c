"""The LSTM-CRF: word vectors and a character LSTM, two word LSTMs, a CRF, with variational dropout.

The network is that of Lample et al. 2016 (https://arxiv.org/abs/1603.01360) in the sizes of the Saber library
(Giorgi and Bader 2019); dropout is Gal and Ghahramani's (2016, https://arxiv.org/abs/1512.05287).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import NAdam

from bioner_core.study.jobs import Settings
from bioner_core.tagging.finetuning.windows import Ints
from bioner_core.tagging.lstm_crf.crf import CRF, turned
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.small_models import train_small

CHARACTER_WIDTH = 30  # of a character's embedding
SPELLING_WIDTH = 100  # of the character LSTM, in each direction
CONTEXT_WIDTH = 100  # of each word LSTM, in each direction
LONGEST_WORD = 25  # characters read of a word
SCORED = 64  # sentences read at once when a model is scored
_COMMON, _RARE = 2048, 256  # code points with a row of their own (Latin to Arabic); rows that others share


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """A sentence as the LSTM-CRF reads it."""

    tokens: tuple[str, ...]
    rows: Ints  # (tokens,) in the table of word vectors; 0 has none
    tags: Ints  # (tokens,), gold tag ids over the model's label space
    allowed: NDArray[np.bool_]  # (tags,), those of the types that its corpus annotates, and O


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Sentences as tensors, padded to the longest."""

    vectors: Tensor  # (sentences, words, dimensions), 0 where a word has none
    known: Tensor  # (sentences, words, 1), bool: it has a vector
    places: Tensor  # (sentences, words), of each word among the distinct ones
    characters: Tensor  # (distinct words, characters), 0 behind a word
    n_characters: Tensor  # (distinct words,)
    lengths: Tensor  # (sentences,), words
    tags: Tensor  # (sentences, words), 0 behind a sentence
    allowed: Tensor  # (sentences, tags), bool


class BothWays(nn.Module):
    """An LSTM that reads sequences from their begin, and one that reads them from their end.

    A sequence turned round where it ends needs neither packing nor a mask, which are slow on a CPU.
    """

    def __init__(self, n_in: int, width: int) -> None:
        super().__init__()
        self.on = nn.LSTM(n_in, width, batch_first=True)
        self.back = nn.LSTM(n_in, width, batch_first=True)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Return states, (sequences, steps, 2 width), of inputs, (sequences, steps, numbers)."""
        places = turned(lengths, inputs.size(1))[:, :, None]
        backwards = self.back(inputs.gather(1, places.expand_as(inputs)))[0]
        backwards = backwards.gather(1, places.expand_as(backwards))
        return torch.cat([self.on(inputs)[0], backwards], 2)


class LstmCrf(nn.Module):
    """Tags sentences; the word vectors themselves are fixed and no weights of it.

    :param table: word vectors, row 0 for words without one, (words, dimensions)
    :param types: entity types of the label space, in the order of the tag ids
    :param constrained: whether the CRF knows what BIO allows
    :param dropout: of words, and behind each LSTM, in [0, 1)
    :param seed: of the weights
    """

    def __init__(
        self,
        table: NDArray[np.float32],
        types: tuple[str, ...],
        *,
        constrained: bool,
        dropout: float,
        seed: int,
        device: str = "cpu",
    ) -> None:
        super().__init__()
        self.table = table
        self.types = types
        self.share = dropout
        self.device = torch.device(device)
        self.generator = torch.Generator().manual_seed(seed)  # models that train side by side do not mix
        n_dimensions = table.shape[1]
        n_tags = 1 + 2 * len(types)
        self.characters = nn.Embedding(1 + _COMMON + _RARE, CHARACTER_WIDTH, padding_idx=0)
        self.spelling = BothWays(CHARACTER_WIDTH, SPELLING_WIDTH)
        self.unknown = nn.Parameter(torch.zeros(n_dimensions))  # the vector of words that have none
        self.context = nn.ModuleList(
            (
                BothWays(n_dimensions + 2 * SPELLING_WIDTH, CONTEXT_WIDTH),
                BothWays(2 * CONTEXT_WIDTH, CONTEXT_WIDTH),
            )
        )
        self.scores = nn.Linear(2 * CONTEXT_WIDTH, n_tags)
        self._draw_weights()
        self.crf = CRF(len(types), constrained=constrained)
        self.to(self.device)

    @torch.no_grad()
    def _draw_weights(self) -> None:
        """Draw all weights by the model's own generator; characters start far apart, forget gates open."""
        for weight in self.parameters():
            nn.init.uniform_(weight, -0.1, 0.1, generator=self.generator)
        nn.init.normal_(self.characters.weight, generator=self.generator)
        self.characters.weight[0] = 0
        for lstm in (way for both in (self.spelling, *self.context) for way in (both.on, both.back)):
            for bias in (lstm.bias_ih_l0, lstm.bias_hh_l0):  # they add up
                bias.zero_()
                bias[lstm.hidden_size : 2 * lstm.hidden_size] = 0.5
        nn.init.zeros_(self.scores.bias)

    def forward(self, batch: Batch) -> Tensor:
        """Return the scores of tags, (sentences, words, tags); they mean nothing behind a sentence."""
        words = torch.where(batch.known, batch.vectors, self.unknown)
        states = self._dropped(torch.cat([words, self._spelt(batch)], 2))
        for lstm in self.context:
            states = self._dropped(lstm(states, batch.lengths))
        scores: Tensor = self.scores(states)
        return scores

    def loss(self, batch: Batch) -> Tensor:
        """Return the mean negative log-likelihood of the gold tags, in nats a sentence."""
        return -self.crf.log_likelihood(self(batch), batch.tags, batch.lengths, batch.allowed).mean()

    def _spelt(self, batch: Batch) -> Tensor:
        """Return each word's last states of the character LSTM, (sentences, words, 2 SPELLING_WIDTH)."""
        embedded = self.characters(batch.characters)  # (distinct words, characters, CHARACTER_WIDTH)
        states = self.spelling(embedded, batch.n_characters)  # (distinct words, characters, 2 SPELLING_WIDTH)
        rows = torch.arange(len(states), device=states.device)
        on, back = states.chunk(2, 2)
        return torch.cat([on[rows, batch.n_characters - 1], back[:, 0]], 1)[batch.places]

    def _dropped(self, states: Tensor) -> Tensor:
        """Drop the same numbers of all words of a sentence, (sentences, words, width)."""
        if not self.training or not self.share:
            return states
        shape = (states.size(0), 1, states.size(2))
        kept = torch.rand(shape, generator=self.generator) >= self.share
        return states * (kept.float() / (1 - self.share)).to(self.device)


def train_lstm_crf(
    model: LstmCrf, lessons: Sequence[Lesson], settings: Settings, *, seed: int
) -> Iterator[Step]:
    """Train in place as ``train.train`` does, but by Nadam.

    :param lessons: each with at least one word
    :param seed: of the order of the sentences and of dropout
    """
    model.generator.manual_seed(seed)
    optimizer = NAdam(model.parameters(), weight_decay=settings.weight_decay, decoupled_weight_decay=True)

    def loss_of(places: Ints) -> Tensor:
        return model.loss(collate([lessons[place] for place in places], model))

    yield from train_small(model, optimizer, loss_of, len(lessons), settings, seed=seed)


@torch.no_grad()
def tags_of_lstm_crf(model: LstmCrf, lessons: Sequence[Lesson]) -> Ints:
    """Return the likeliest allowed tags, one sentence behind the other, (tokens,)."""
    model.eval()
    worded = [place for place, lesson in enumerate(lessons) if len(lesson.tags)]
    worded.sort(key=lambda place: len(lessons[place].tags))  # little padding
    found: list[Ints] = [np.empty(0, dtype=np.int64)] * len(lessons)
    for start in range(0, len(worded), SCORED):
        places = worded[start : start + SCORED]
        batch = collate([lessons[place] for place in places], model)
        best = model.crf.best(model(batch), batch.lengths, batch.allowed).cpu().numpy()
        for place, tags in zip(places, best, strict=True):
            found[place] = tags[: len(lessons[place].tags)]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def collate(lessons: Sequence[Lesson], model: LstmCrf) -> Batch:
    """Lay sentences side by side on the model's device."""
    lengths = [len(lesson.tags) for lesson in lessons]
    shape = (len(lessons), max(lengths))
    rows, tags, places = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    distinct: dict[str, int] = {}
    for number, lesson in enumerate(lessons):
        rows[number, : lengths[number]] = lesson.rows
        tags[number, : lengths[number]] = lesson.tags
        places[number, : lengths[number]] = [distinct.setdefault(t, len(distinct)) for t in lesson.tokens]
    spelt = [character_ids(word) for word in distinct]
    n_characters = [len(ids) for ids in spelt]
    characters = np.zeros((len(spelt), max(n_characters)), dtype=np.int64)
    for number, ids in enumerate(spelt):
        characters[number, : len(ids)] = ids
    allowed = np.stack([lesson.allowed for lesson in lessons])

    def there(numbers: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(numbers).to(model.device)

    return Batch(
        vectors=there(model.table[rows]),
        known=there(rows[..., None] > 0),
        places=there(places),
        characters=there(characters),
        n_characters=there(np.array(n_characters)),
        lengths=there(np.array(lengths)),
        tags=there(tags),
        allowed=there(allowed),
    )


def character_ids(word: str) -> list[int]:
    """Return the numbers of a word's first characters, 1 or more.

    >>> character_ids("aж😀")
    [98, 1079, 2049]
    """
    points = [ord(character) for character in word[:LONGEST_WORD]]
    return [1 + (point if point < _COMMON else _COMMON + point % _RARE) for point in points]
