"""The CRF agrees with brute-force enumeration and with pytorch-crf."""

from itertools import pairwise, product

import pytest
import torch
from torchcrf import CRF as Reference  # noqa: N811

from bioner_core.tagging.lstm_crf.crf import CRF

EVERY = torch.ones(1, 5, dtype=torch.bool)


def build_random_crf(n_types=2, *, constrained, seed=0, spread=1.0):
    """Return a CRF with random scores, in double precision."""
    crf = CRF(n_types, constrained=constrained).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in crf.parameters():
            weight.normal_(std=spread, generator=generator)
    return crf


def draw_emissions(n_sentences, n_words, n_tags=5, *, seed=1, spread=2.0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(n_sentences, n_words, n_tags, generator=generator).double() * spread).requires_grad_()


def is_valid(tags, allowed, constrained):
    """Tell whether a sequence of ids (O, B, I, B, I) is valid BIO."""
    if not all(allowed[tag] for tag in tags):
        return False
    pairs = pairwise((0, *tags))
    return not constrained or all(to == 0 or to % 2 or at in (to - 1, to) for at, to in pairs)


def score_all_sequences(crf, emissions, allowed, constrained):
    """Return the scores of all valid sequences by their tags, summed explicitly."""
    scores = {}
    for tags in product(range(emissions.size(1)), repeat=len(emissions)):
        if is_valid(tags, allowed, constrained):
            score = crf.start_scores[tags[0]] + crf.end_scores[tags[-1]]
            for word, tag in enumerate(tags):
                score = score + emissions[word, tag]
            for at, to in pairwise(tags):
                score = score + crf.transitions[at, to]
            scores[tags] = score
    return scores


@pytest.mark.parametrize("n_words", [*range(1, 6), pytest.param(6, marks=pytest.mark.long)])
@pytest.mark.parametrize("constrained", [True, False])
def test_likelihood_gradients_and_best_path_equal_brute_force_enumeration(n_words, constrained):
    crf, emissions = build_random_crf(constrained=constrained), draw_emissions(1, n_words)
    scores = score_all_sequences(crf, emissions[0], EVERY[0], constrained)
    gold = list(scores)[len(scores) // 3]
    lengths = torch.tensor([n_words])
    weights = (emissions, *crf.parameters())

    likelihood = crf.log_likelihood(emissions, torch.tensor([gold]), lengths, EVERY)[0]
    counted = scores[gold] - torch.stack(list(scores.values())).logsumexp(0)
    torch.testing.assert_close(likelihood, counted)
    computed, expected = (
        torch.autograd.grad(output, weights, allow_unused=True, materialize_grads=True)
        for output in (likelihood, counted)
    )
    for gradient, right in zip(computed, expected, strict=True):
        torch.testing.assert_close(gradient, right)
    assert crf.decode(emissions, lengths, EVERY)[0].tolist() == list(
        max(scores, key=lambda t: scores[t].item())
    )


def test_sentences_of_a_batch_score_as_alone_for_any_padding_values():
    crf, lengths = build_random_crf(constrained=True), torch.tensor([6, 1, 4, 3])
    emissions = draw_emissions(4, 6).detach()
    allowed = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 1, 1]]).bool()
    gold = torch.tensor([[0, 1, 2, 3, 4, 0], [3, 9, 9, 9, 9, 9], [1, 2, 2, 0, 9, 9], [0, 3, 4, 9, 9, 9]])
    gold = gold.where(gold < 9, 0)
    together = crf.log_likelihood(emissions, gold, lengths, allowed)
    best = crf.decode(emissions, lengths, allowed)
    noise = emissions.clone()
    for row, n_words in enumerate(lengths.tolist()):
        noise[row, n_words:] = 1e3
        scores = score_all_sequences(crf, emissions[row, :n_words], allowed[row], constrained=True)
        counted = scores[tuple(gold[row, :n_words].tolist())] - torch.stack(list(scores.values())).logsumexp(
            0
        )
        torch.testing.assert_close(together[row], counted)
        right = max(scores, key=lambda t: scores[t].item())
        assert best[row].tolist() == [*right, *[0] * (6 - n_words)]
    noise.requires_grad_()
    likelihood = crf.log_likelihood(noise, gold, lengths, allowed)
    torch.testing.assert_close(likelihood, together)
    likelihood.sum().backward()
    for gradient in (noise.grad, crf.transitions.grad, crf.start_scores.grad, crf.end_scores.grad):
        assert gradient.isfinite().all()
    assert torch.equal(crf.decode(noise, lengths, allowed), best)


def test_gradients_equal_finite_differences():
    crf, lengths = build_random_crf(constrained=True), torch.tensor([3, 5])
    gold, allowed = torch.tensor([[0, 1, 2, 0, 0], [3, 4, 4, 0, 1]]), EVERY.expand(2, 5)
    names = [name for name, _ in crf.named_parameters()]

    def likelihood(emissions, *weights):
        state = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(crf, state, (emissions, gold, lengths, allowed))

    crf.forward = crf.log_likelihood
    inputs = (draw_emissions(2, 5), *(w.detach().clone().requires_grad_() for w in crf.parameters()))
    assert torch.autograd.gradcheck(likelihood, inputs)


@pytest.mark.parametrize("seed", range(3))
def test_pytorch_crf_gives_the_same_likelihood_gradients_and_paths(seed):
    crf = build_random_crf(constrained=False, seed=seed)
    reference = Reference(5, batch_first=True).double()
    reference.load_state_dict(
        {
            "start_transitions": crf.start_scores,
            "end_transitions": crf.end_scores,
            "transitions": crf.transitions,
        }
    )
    generator = torch.Generator().manual_seed(seed)
    emissions = draw_emissions(16, 40, seed=seed)
    lengths = torch.randint(1, 41, (16,), generator=generator)
    mask = torch.arange(40) < lengths[:, None]
    gold = torch.randint(0, 5, (16, 40), generator=generator)
    likelihood = crf.log_likelihood(emissions, gold, lengths, EVERY.expand(16, 5))
    expected = reference(emissions, gold, mask=mask, reduction="none")
    torch.testing.assert_close(likelihood, expected)
    computed = torch.autograd.grad(
        likelihood.sum(), (emissions, crf.start_scores, crf.end_scores, crf.transitions)
    )
    other = torch.autograd.grad(
        expected.sum(),
        (emissions, reference.start_transitions, reference.end_transitions, reference.transitions),
    )
    for a, b in zip(computed, other, strict=True):
        torch.testing.assert_close(a, b)
    paths = crf.decode(emissions, lengths, EVERY.expand(16, 5)).tolist()
    assert [p[:n] for p, n in zip(paths, lengths.tolist(), strict=True)] == reference.decode(emissions, mask)


def test_extreme_scores_lose_no_precision():
    crf, emissions = (
        build_random_crf(constrained=True, spread=30.0).float(),
        draw_emissions(1, 5, spread=200.0),
    )
    scores = score_all_sequences(crf.double(), emissions[0], EVERY[0], constrained=True)
    right = max(scores, key=lambda t: scores[t].item())
    lengths, gold = torch.tensor([5]), torch.tensor([right])
    counted = scores[right] - torch.stack(list(scores.values())).logsumexp(0)
    likelihood = crf.float().log_likelihood(emissions.float(), gold, lengths, EVERY)
    assert likelihood.item() == pytest.approx(counted.item(), abs=1e-3)
