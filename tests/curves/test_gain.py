"""What pretraining adds at a number of sentences, on curves whose difference is known."""

from dataclasses import replace

import pytest

from bioner_core.curves.curve import build_curves
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.gain import compute_gain
from tests.curves.test_interval import build_noisy_points

NOISE = SamplingNoise()


def build_pair(*, sizes=(50, 100, 200, 400, 800, 1600), added=0.05, sd=0.004):
    """Return a curve with pretraining, and one without that lies ``added`` lower at every size."""
    points = build_noisy_points(sizes=sizes, sd=sd)
    lower = [
        replace(p, f1=p.f1 - added, source="none") for p in build_noisy_points(sizes=sizes, sd=sd, rng_seed=1)
    ]
    none, source = build_curves([*lower, *(replace(p, source="A") for p in points)])
    return source, none


def test_the_gain_is_read_at_400_sentences_with_an_interval_around_the_truth():
    gain = compute_gain(*build_pair(), NOISE)
    assert gain.n == 400
    assert gain.f1 == pytest.approx(0.05, abs=0.01)
    assert gain.low < 0.05 < gain.high
    assert gain.high - gain.low < 0.04


def test_the_gain_is_read_at_the_largest_common_size_up_to_the_wanted_size():
    assert compute_gain(*build_pair(), NOISE, n=799).n == 400
    assert compute_gain(*build_pair(), NOISE, n=10).n == 50


def test_too_few_sizes_have_no_gain():
    assert compute_gain(*build_pair(sizes=(50, 100)), NOISE) is None


def test_curves_without_a_common_size_have_no_gain():
    source, _ = build_pair()
    _, none = build_pair(sizes=(60, 120, 240, 480))
    assert compute_gain(source, none, NOISE) is None
