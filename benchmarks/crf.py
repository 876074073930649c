"""Time the CRF beside pytorch-crf on the same scores, one thread: ``python benchmarks/crf.py``."""

import json
import platform
import statistics
import time
from pathlib import Path

import torch
import torchcrf

from bioner_core.tagging.lstm_crf.crf import CRF

SENTENCES, REPEATS = 32, 30
WIDTHS = (12, 40, 120)  # words of the longest sentence: a post, an abstract, a clinical note


def measure_medians(*actions):
    """Return the median processor time of each action in ms; they take turns, as other work goes on."""
    times = [[] for _ in actions]
    for turn in range(REPEATS + 3):
        for action, milliseconds in zip(actions, times, strict=True):
            start = time.process_time()
            action()
            if turn >= 3:  # the first ones warm up
                milliseconds.append((time.process_time() - start) * 1e3)
    return [statistics.median(milliseconds) for milliseconds in times]


def compare_speed(n_words):
    """Return times of training and decoding at one width, and how far the likelihoods differ."""
    generator = torch.Generator().manual_seed(0)
    crf, reference = CRF(2, constrained=False), torchcrf.CRF(5, batch_first=True)
    with torch.no_grad():
        for parameter, other in (
            (crf.start_scores, reference.start_transitions),
            (crf.end_scores, reference.end_transitions),
            (crf.transitions, reference.transitions),
        ):
            parameter.copy_(other)
    emissions = torch.randn(SENTENCES, n_words, 5, generator=generator).requires_grad_()
    lengths = torch.randint(n_words // 3, n_words + 1, (SENTENCES,), generator=generator)
    lengths[0] = n_words
    mask = torch.arange(n_words) < lengths[:, None]
    tags = torch.randint(0, 5, (SENTENCES, n_words), generator=generator)
    every = torch.ones(SENTENCES, 5, dtype=torch.bool)
    training = measure_medians(
        lambda: crf.log_likelihood(emissions, tags, lengths, every).sum().backward(),
        lambda: reference(emissions, tags, mask=mask, reduction="sum").backward(),
    )
    decoding = measure_medians(
        lambda: crf.decode(emissions, lengths, every).tolist(), lambda: reference.decode(emissions, mask)
    )
    likelihood = crf.log_likelihood(emissions, tags, lengths, every)
    gap = (likelihood - reference(emissions, tags, mask=mask, reduction="none")).abs().max().item()
    return {
        "words": n_words,
        "training_ms": round(training[0], 2),
        "pytorch_crf_training_ms": round(training[1], 2),
        "training_ratio": round(training[1] / training[0], 1),
        "decoding_ms": round(decoding[0], 2),
        "pytorch_crf_decoding_ms": round(decoding[1], 2),
        "decoding_ratio": round(decoding[1] / decoding[0], 1),
        "largest_difference_nats": gap,
    }


def main():
    """Print and store the times of all widths."""
    torch.set_num_threads(1)
    result = {
        "what": f"likelihood with gradients, and decoding, of {SENTENCES} sentences, 5 tags; "
        f"processor time of one thread, median of {REPEATS}",
        "widths": [compare_speed(n_words) for n_words in WIDTHS],
        "pytorch_crf": torchcrf.__version__,
        "machine": f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}",
    }
    print(json.dumps(result, indent=1))
    Path(__file__).with_name("results").joinpath("crf.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
