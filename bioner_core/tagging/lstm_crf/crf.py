"""A linear-chain conditional random field: how likely a tag sequence is, and which is the best.

The score of a sequence is the sum of its words' emissions, of the transitions between neighbours, and of a
start and an end (Lafferty et al. 2001; Lample et al. 2016, https://arxiv.org/abs/1603.01360).
"""

from typing import Any

import torch
from torch import Tensor, nn

FORBIDDEN = -1e4  # a score that no sum of others makes up for; -inf would make gradients NaN


class CRF(nn.Module):
    """Scores of starts, transitions and ends, all 0 at first.

    :param n_types: entity types; the tags are O, then B and I of each, as ``corpus.tags.tag_names`` has them
    :param constrained: give no probability to an I that follows neither B nor I of its type
    """

    broken: Tensor  # which moves may not be, bool (from, to); the last row is the start

    def __init__(self, n_types: int, *, constrained: bool = True) -> None:
        super().__init__()
        n_tags = 1 + 2 * n_types
        self.start = nn.Parameter(torch.zeros(n_tags))
        self.end = nn.Parameter(torch.zeros(n_tags))
        self.transitions = nn.Parameter(torch.zeros(n_tags, n_tags))  # (from, to)
        broken = torch.zeros(n_tags + 1, n_tags, dtype=torch.bool)
        if constrained:
            broken[:, 2::2] = True
            for inside in range(2, n_tags, 2):
                broken[inside - 1 : inside + 1, inside] = False
        self.register_buffer("broken", broken, persistent=False)

    def log_likelihood(self, emissions: Tensor, tags: Tensor, lengths: Tensor, allowed: Tensor) -> Tensor:
        """Return ln P(tags | emissions) of each sentence, (sentences,).

        :param emissions: (sentences, words, tags); what stands behind a sentence's length does not matter
        :param tags: gold tag ids, int64 (sentences, words)
        :param lengths: words of each sentence, 1 or more, int64 (sentences,)
        :param allowed: tags that a sentence may have at all, bool (sentences, tags)
        """
        emissions, transitions, start = self._barred(emissions, allowed)
        real = _real(emissions, lengths)
        score = emissions.gather(2, tags[:, :, None]).squeeze(2).masked_fill(~real, 0.0).sum(1)
        steps = transitions[tags[:, :-1], tags[:, 1:]].masked_fill(~real[:, 1:], 0.0).sum(1)
        last = tags.gather(1, lengths[:, None] - 1).squeeze(1)
        total: Tensor = _LogPartition.apply(  # type: ignore[no-untyped-call]
            emissions, transitions, start, self.end, lengths
        )
        return score + steps + start[tags[:, 0]] + self.end[last] - total

    @torch.no_grad()
    def best(self, emissions: Tensor, lengths: Tensor, allowed: Tensor) -> Tensor:
        """Return the likeliest tags by Viterbi's algorithm, int64 (sentences, words), 0 behind a sentence."""
        emissions, transitions, start = self._barred(emissions, allowed)
        n_words = emissions.size(1)
        scores = [start + emissions[:, 0]]  # of the best sequence that ends in a tag, (sentences, tags)
        origins = []  # the tag before it, (sentences, tags)
        for word in range(1, n_words):
            best, origin = (scores[-1][:, :, None] + transitions).max(1)
            scores.append(best + emissions[:, word])
            origins.append(origin)
        ends = lengths - 1
        rows = torch.arange(len(lengths), device=lengths.device)
        last = (torch.stack(scores, 1)[rows, ends] + self.end).argmax(1)
        tag = torch.zeros_like(last)
        tags = [tag] * n_words
        for word in range(n_words - 1, -1, -1):
            if word < n_words - 1:
                tag = origins[word].gather(1, tag[:, None]).squeeze(1)
            tag = torch.where(ends == word, last, tag)
            tags[word] = tag
        return torch.stack(tags, 1).masked_fill(~_real(emissions, lengths), 0)

    def _barred(self, emissions: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return emissions, transitions and starts with what may not be at ``FORBIDDEN``."""
        return (
            emissions.masked_fill(~allowed[:, None], FORBIDDEN),
            self.transitions.masked_fill(self.broken[:-1], FORBIDDEN),
            self.start.masked_fill(self.broken[-1], FORBIDDEN),
        )


class _LogPartition(torch.autograd.Function):
    """ln of the summed exp(score) of all sequences, (sentences,); its gradient is the tags' probabilities.

    Forward and backward sums run in one loop: a sentence read from its end with the transitions turned round
    is a forward sum, too. So no mask is needed, and autograd keeps no graph of the loop.
    """

    @staticmethod
    def forward(
        ctx: Any, emissions: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor
    ) -> Tensor:
        places = turned(lengths, emissions.size(1))[:, :, None].expand_as(emissions)
        steps = torch.stack([emissions, emissions.gather(1, places)]).permute(2, 0, 1, 3).contiguous()
        moves = torch.stack([transitions, transitions.T])[:, None]  # (ways, 1, from, to)
        sums = [torch.stack([start, end])[:, None] + steps[0]]  # (ways, sentences, tags)
        for step in steps[1:]:
            sums.append(step + torch.logsumexp(sums[-1][..., None] + moves, 2))
        to, back = torch.stack(sums, 2)  # each (sentences, words, tags), its own emission included
        back = back.gather(1, places)
        total: Tensor = (back[:, 0] + start).logsumexp(1)
        real = _real(emissions, lengths)[:, :, None]
        ctx.save_for_backward(emissions, transitions, to, back, total, real, lengths)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        emissions, transitions, to, back, total, real, lengths = ctx.saved_tensors
        weight = gradients[0][:, None, None]
        level = total[:, None, None]
        # Behind a sentence the sums may be so large that exp gives inf, and inf * 0 NaN.
        tags = (to + back - emissions - level).masked_fill(~real, -torch.inf).exp() * weight
        pairs = to[:, :-1, :, None] + transitions + back[:, 1:, None] - level[..., None]
        pairs = pairs.masked_fill(~real[:, 1:, :, None], -torch.inf)  # (sentences, words - 1, from, to)
        steps = (pairs.exp() * weight[..., None]).sum((0, 1))
        rows = torch.arange(len(lengths), device=lengths.device)
        return tags, steps, tags[:, 0].sum(0), tags[rows, lengths - 1].sum(0), None


def _real(emissions: Tensor, lengths: Tensor) -> Tensor:
    """Return which places hold a word, bool (sentences, words)."""
    return torch.arange(emissions.size(1), device=lengths.device) < lengths[:, None]


def turned(lengths: Tensor, n_words: int) -> Tensor:
    """Return places that turn each sentence round and leave its padding where it is, (sentences, words)."""
    places = torch.arange(n_words, device=lengths.device).expand(len(lengths), n_words)
    others = lengths[:, None] - 1 - places
    return torch.where(others < 0, places, others)
