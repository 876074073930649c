"""The LSTM-CRF: word vectors and a character LSTM, two word LSTMs and a CRF, with variational dropout.

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
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.lstm_crf.crf import CRF, reverse_positions
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.small_models import train_small

CHARACTER_DIM = 30  # of a character's embedding
CHARACTER_LSTM_DIM = 100  # of the character LSTM, in each direction
WORD_LSTM_DIM = 100  # of each word LSTM, in each direction
MAX_CHARACTERS = 25  # characters read of a word
PREDICT_BATCH_SIZE = 64  # sentences
_N_CODE_POINTS = 2048  # Latin to Arabic: each has its own embedding
_N_HASHED = 256  # embeddings that all other code points share


@dataclass(frozen=True, kw_only=True, eq=False)
class LstmCrfExample:
    """A sentence as the LSTM-CRF reads it."""

    tokens: tuple[str, ...]
    rows: Ints  # (tokens,) in the table of word vectors; 0 is unknown
    tags: Ints  # (tokens,), gold tag ids over the model's label space
    allowed: NDArray[np.bool_]  # (tags,), those of the types that its corpus annotates, and O


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Sentences as tensors, padded to the longest."""

    vectors: Tensor  # (sentences, words, dimensions), 0 where a word has none
    has_vector: Tensor  # (sentences, words, 1), bool
    word_index: Tensor  # (sentences, words), index among the distinct words
    characters: Tensor  # (distinct words, characters), 0 behind a word
    n_characters: Tensor  # (distinct words,)
    lengths: Tensor  # (sentences,), words
    tags: Tensor  # (sentences, words), 0 behind a sentence
    allowed: Tensor  # (sentences, tags), bool


class BidirectionalLstm(nn.Module):
    """A forward and a backward LSTM over padded sequences.

    Sequences are reversed within their lengths, which needs neither packing nor a mask: both are slow on a
    CPU.
    """

    def __init__(self, n_in: int, width: int) -> None:
        super().__init__()
        self.forward_lstm = nn.LSTM(n_in, width, batch_first=True)
        self.backward_lstm = nn.LSTM(n_in, width, batch_first=True)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Return states, (sequences, steps, 2 width), of inputs, (sequences, steps, numbers)."""
        indices = reverse_positions(lengths, inputs.size(1))[:, :, None]
        reversed_states = self.backward_lstm(inputs.gather(1, indices.expand_as(inputs)))[0]
        reversed_states = reversed_states.gather(1, indices.expand_as(reversed_states))
        return torch.cat([self.forward_lstm(inputs)[0], reversed_states], 2)


class LstmCrf(nn.Module):
    """Tags sentences; the word vectors are frozen and not part of its weights.

    :param table: word vectors, row 0 for words without one, (words, dimensions)
    :param types: entity types of the label space, in the order of the tag ids
    :param constrained: whether the CRF excludes sequences that BIO does not allow
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
        self.dropout = dropout
        self.device = torch.device(device)
        self.generator = torch.Generator().manual_seed(seed)  # not the global one: models train side by side
        n_dimensions = table.shape[1]
        n_tags = 1 + 2 * len(types)
        self.character_embedding = nn.Embedding(1 + _N_CODE_POINTS + _N_HASHED, CHARACTER_DIM, padding_idx=0)
        self.character_lstm = BidirectionalLstm(CHARACTER_DIM, CHARACTER_LSTM_DIM)
        self.unknown_vector = nn.Parameter(torch.zeros(n_dimensions))  # the vector of words that have none
        self.word_lstms = nn.ModuleList(
            (
                BidirectionalLstm(n_dimensions + 2 * CHARACTER_LSTM_DIM, WORD_LSTM_DIM),
                BidirectionalLstm(2 * WORD_LSTM_DIM, WORD_LSTM_DIM),
            )
        )
        self.output_layer = nn.Linear(2 * WORD_LSTM_DIM, n_tags)
        self._initialize_weights()
        self.crf = CRF(len(types), constrained=constrained)
        self.to(self.device)

    @torch.no_grad()
    def _initialize_weights(self) -> None:
        """Draw all weights by the model's generator; characters start far apart, forget gates open."""
        for weight in self.parameters():
            nn.init.uniform_(weight, -0.1, 0.1, generator=self.generator)
        nn.init.normal_(self.character_embedding.weight, generator=self.generator)
        self.character_embedding.weight[0] = 0
        for module in (self.character_lstm, *self.word_lstms):
            for lstm in (module.forward_lstm, module.backward_lstm):
                for bias in (lstm.bias_ih_l0, lstm.bias_hh_l0):  # they add up
                    bias.zero_()
                    bias[lstm.hidden_size : 2 * lstm.hidden_size] = 0.5
        nn.init.zeros_(self.output_layer.bias)

    def forward(self, batch: Batch) -> Tensor:
        """Return the scores of tags, (sentences, words, tags); those behind a sentence are meaningless."""
        words = torch.where(batch.has_vector, batch.vectors, self.unknown_vector)
        states = self._apply_dropout(torch.cat([words, self._encode_characters(batch)], 2))
        for lstm in self.word_lstms:
            states = self._apply_dropout(lstm(states, batch.lengths))
        scores: Tensor = self.output_layer(states)
        return scores

    def loss(self, batch: Batch) -> Tensor:
        """Return the mean negative log-likelihood of the gold tags, in nats a sentence."""
        return -self.crf.log_likelihood(self(batch), batch.tags, batch.lengths, batch.allowed).mean()

    def _encode_characters(self, batch: Batch) -> Tensor:
        """Return each word's last states of the character LSTM, (sentences, words, 2 CHARACTER_LSTM_DIM)."""
        embedded = self.character_embedding(batch.characters)  # (distinct words, characters, CHARACTER_DIM)
        # (distinct words, characters, 2 CHARACTER_LSTM_DIM)
        states = self.character_lstm(embedded, batch.n_characters)
        rows = torch.arange(len(states), device=states.device)
        forward_states, backward_states = states.chunk(2, 2)
        return torch.cat([forward_states[rows, batch.n_characters - 1], backward_states[:, 0]], 1)[
            batch.word_index
        ]

    def _apply_dropout(self, states: Tensor) -> Tensor:
        """Drop the same dimensions of all words of a sentence, (sentences, words, width)."""
        if not self.training or not self.dropout:
            return states
        shape = (states.size(0), 1, states.size(2))
        is_kept = torch.rand(shape, generator=self.generator) >= self.dropout
        return states * (is_kept.float() / (1 - self.dropout)).to(self.device)


def train_lstm_crf(
    model: LstmCrf, examples: Sequence[LstmCrfExample], settings: Settings, *, seed: int
) -> Iterator[Step]:
    """Train a model in place by Nadam, with the schedule of ``finetuning.train``; yield each step.

    :param examples: each with at least one word
    :param seed: of the order of the sentences and of dropout
    """
    model.generator.manual_seed(seed)
    optimizer = NAdam(model.parameters(), weight_decay=settings.weight_decay, decoupled_weight_decay=True)

    def compute_loss(indices: Ints) -> Tensor:
        return model.loss(pad_sentences([examples[index] for index in indices], model))

    yield from train_small(model, optimizer, compute_loss, len(examples), settings, seed=seed)


@torch.no_grad()
def predict_with_lstm_crf(model: LstmCrf, examples: Sequence[LstmCrfExample]) -> Ints:
    """Return the likeliest allowed tags, one sentence behind the other, (tokens,)."""
    model.eval()
    not_empty = [index for index, example in enumerate(examples) if len(example.tags)]
    not_empty.sort(key=lambda index: len(examples[index].tags))  # similar lengths need little padding
    predicted: list[Ints] = [np.empty(0, dtype=np.int64)] * len(examples)
    for start in range(0, len(not_empty), PREDICT_BATCH_SIZE):
        indices = not_empty[start : start + PREDICT_BATCH_SIZE]
        batch = pad_sentences([examples[index] for index in indices], model)
        decoded = model.crf.decode(model(batch), batch.lengths, batch.allowed).cpu().numpy()
        for index, tags in zip(indices, decoded, strict=True):
            predicted[index] = tags[: len(examples[index].tags)]
    return np.concatenate([np.empty(0, dtype=np.int64), *predicted])


def pad_sentences(examples: Sequence[LstmCrfExample], model: LstmCrf) -> Batch:
    """Pad sentences to the longest one, on the model's device."""
    lengths = [len(example.tags) for example in examples]
    shape = (len(examples), max(lengths))
    rows, tags, indices = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    distinct_words: dict[str, int] = {}
    for number, example in enumerate(examples):
        rows[number, : lengths[number]] = example.rows
        tags[number, : lengths[number]] = example.tags
        indices[number, : lengths[number]] = [
            distinct_words.setdefault(t, len(distinct_words)) for t in example.tokens
        ]
    character_ids = [encode_characters(word) for word in distinct_words]
    n_characters = [len(ids) for ids in character_ids]
    characters = np.zeros((len(character_ids), max(n_characters)), dtype=np.int64)
    for number, ids in enumerate(character_ids):
        characters[number, : len(ids)] = ids
    allowed = np.stack([example.allowed for example in examples])

    def to_device(numbers: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(numbers).to(model.device)

    return Batch(
        vectors=to_device(model.table[rows]),
        has_vector=to_device(rows[..., None] > 0),
        word_index=to_device(indices),
        characters=to_device(characters),
        n_characters=to_device(np.array(n_characters)),
        lengths=to_device(np.array(lengths)),
        tags=to_device(tags),
        allowed=to_device(allowed),
    )


def encode_characters(word: str) -> list[int]:
    """Return the embedding ids of a word's first characters, 1 or more.

    >>> encode_characters("aж😀")
    [98, 1079, 2049]
    """
    code_points = [ord(character) for character in word[:MAX_CHARACTERS]]
    return [
        1 + (code_point if code_point < _N_CODE_POINTS else _N_CODE_POINTS + code_point % _N_HASHED)
        for code_point in code_points
    ]
