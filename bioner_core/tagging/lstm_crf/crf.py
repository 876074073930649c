"""A linear-chain conditional random field: the likelihood of a tag sequence, and the best sequence.

The score of a sequence is the sum of its words' emissions, of the transitions between neighbours, and of a
start and an end (Lafferty et al. 2001; Lample et al. 2016, https://arxiv.org/abs/1603.01360).
"""

from typing import Any

import torch
from torch import Tensor, nn

FORBIDDEN_SCORE = -1e4  # outweighs any sum of other scores; -inf would make gradients NaN


class CRF(nn.Module):
    """Scores of starts, transitions and ends, initialized to 0.

    :param n_types: entity types; the tags are O, then B and I of each type
    :param constrained: give no probability to an I that follows neither B nor I of its type
    """

    is_forbidden: Tensor  # transitions without probability, bool (from, to); the last row is the start

    def __init__(self, n_types: int, *, constrained: bool = True) -> None:
        super().__init__()
        n_tags = 1 + 2 * n_types
        self.start_scores = nn.Parameter(torch.zeros(n_tags))
        self.end_scores = nn.Parameter(torch.zeros(n_tags))
        self.transitions = nn.Parameter(torch.zeros(n_tags, n_tags))  # (from, to)
        is_forbidden = torch.zeros(n_tags + 1, n_tags, dtype=torch.bool)
        if constrained:
            is_forbidden[:, 2::2] = True
            for inside in range(2, n_tags, 2):
                is_forbidden[inside - 1 : inside + 1, inside] = False
        self.register_buffer("is_forbidden", is_forbidden, persistent=False)

    def log_likelihood(self, emissions: Tensor, tags: Tensor, lengths: Tensor, allowed: Tensor) -> Tensor:
        """Return ln P(tags | emissions) of each sentence, (sentences,).

        :param emissions: (sentences, words, tags); values behind a sentence's length do not matter
        :param tags: gold tag ids, int64 (sentences, words)
        :param lengths: words of each sentence, 1 or more, int64 (sentences,)
        :param allowed: tags that a sentence may have at all, bool (sentences, tags)
        """
        emissions, transitions, start = self._mask_forbidden(emissions, allowed)
        is_word = _mask_words(emissions, lengths)
        score = emissions.gather(2, tags[:, :, None]).squeeze(2).masked_fill(~is_word, 0.0).sum(1)
        steps = transitions[tags[:, :-1], tags[:, 1:]].masked_fill(~is_word[:, 1:], 0.0).sum(1)
        last = tags.gather(1, lengths[:, None] - 1).squeeze(1)
        total: Tensor = _LogPartition.apply(  # type: ignore[no-untyped-call]
            emissions, transitions, start, self.end_scores, lengths
        )
        return score + steps + start[tags[:, 0]] + self.end_scores[last] - total

    @torch.no_grad()
    def decode(self, emissions: Tensor, lengths: Tensor, allowed: Tensor) -> Tensor:
        """Return the likeliest tags by Viterbi's algorithm, int64 (sentences, words), 0 behind a sentence."""
        emissions, transitions, start = self._mask_forbidden(emissions, allowed)
        n_words = emissions.size(1)
        scores = [start + emissions[:, 0]]  # of the best sequence that ends in a tag, (sentences, tags)
        backpointers = []  # the previous tag in it, (sentences, tags)
        for word in range(1, n_words):
            best, backpointer = (scores[-1][:, :, None] + transitions).max(1)
            scores.append(best + emissions[:, word])
            backpointers.append(backpointer)
        ends = lengths - 1
        rows = torch.arange(len(lengths), device=lengths.device)
        last = (torch.stack(scores, 1)[rows, ends] + self.end_scores).argmax(1)
        tag = torch.zeros_like(last)
        tags = [tag] * n_words
        for word in range(n_words - 1, -1, -1):
            if word < n_words - 1:
                tag = backpointers[word].gather(1, tag[:, None]).squeeze(1)
            tag = torch.where(ends == word, last, tag)
            tags[word] = tag
        return torch.stack(tags, 1).masked_fill(~_mask_words(emissions, lengths), 0)

    def _mask_forbidden(self, emissions: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return emissions, transitions and starts; what is not allowed has ``FORBIDDEN_SCORE``."""
        return (
            emissions.masked_fill(~allowed[:, None], FORBIDDEN_SCORE),
            self.transitions.masked_fill(self.is_forbidden[:-1], FORBIDDEN_SCORE),
            self.start_scores.masked_fill(self.is_forbidden[-1], FORBIDDEN_SCORE),
        )


class _LogPartition(torch.autograd.Function):
    """ln of the summed exp(score) of all sequences, (sentences,); its gradient is the tags' probabilities.

    Forward and backward sums run in one loop: a backward sum is the forward sum of the reversed sentence with
    transposed transitions. So no mask is needed, and autograd keeps no graph of the loop.
    """

    @staticmethod
    def forward(
        ctx: Any, emissions: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor
    ) -> Tensor:
        positions = reverse_positions(lengths, emissions.size(1))[:, :, None].expand_as(emissions)
        both = torch.stack([emissions, emissions.gather(1, positions)])
        directed_emissions = both.permute(2, 0, 1, 3).contiguous()  # (words, directions, sentences, tags)
        directed_transitions = torch.stack([transitions, transitions.T])[:, None]  # (directions, 1, from, to)
        sums = [torch.stack([start, end])[:, None] + directed_emissions[0]]  # (directions, sentences, tags)
        for step in directed_emissions[1:]:
            sums.append(step + torch.logsumexp(sums[-1][..., None] + directed_transitions, 2))
        # Each (sentences, words, tags), the emission of the word included.
        forward_sums, backward_sums = torch.stack(sums, 2)
        backward_sums = backward_sums.gather(1, positions)
        total: Tensor = (backward_sums[:, 0] + start).logsumexp(1)
        is_word = _mask_words(emissions, lengths)[:, :, None]
        ctx.save_for_backward(emissions, transitions, forward_sums, backward_sums, total, is_word, lengths)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        emissions, transitions, forward_sums, backward_sums, total, is_word, lengths = ctx.saved_tensors
        weight = gradients[0][:, None, None]
        log_total = total[:, None, None]
        # Behind a sentence the sums may be so large that exp gives inf, and inf * 0 NaN.
        tags = forward_sums + backward_sums - emissions - log_total  # (sentences, words, tags)
        tags = tags.masked_fill(~is_word, -torch.inf).exp() * weight
        pairs = forward_sums[:, :-1, :, None] + transitions + backward_sums[:, 1:, None]
        pairs = pairs - log_total[..., None]
        pairs = pairs.masked_fill(~is_word[:, 1:, :, None], -torch.inf)  # (sentences, words - 1, from, to)
        steps = (pairs.exp() * weight[..., None]).sum((0, 1))
        rows = torch.arange(len(lengths), device=lengths.device)
        return tags, steps, tags[:, 0].sum(0), tags[rows, lengths - 1].sum(0), None


def _mask_words(emissions: Tensor, lengths: Tensor) -> Tensor:
    """Return True for words and False for padding, bool (sentences, words)."""
    return torch.arange(emissions.size(1), device=lengths.device) < lengths[:, None]


def reverse_positions(lengths: Tensor, n_words: int) -> Tensor:
    """Return indices that reverse each sentence and leave its padding in place, (sentences, words)."""
    positions = torch.arange(n_words, device=lengths.device).expand(len(lengths), n_words)
    mirrored = lengths[:, None] - 1 - positions
    return torch.where(mirrored < 0, positions, mirrored)
