"""A cluster whose actors answer in time but have no news, in a simulated world."""

import time
from itertools import islice
from types import SimpleNamespace

from fake_runner import CORPORA, build_study, run_fake_training
from simulated_backends import install_ray

LONGEST_SILENCE = 60.0  # simulated seconds, so that the test ends


class SilentWorld:
    """A world without faults whose clock moves only while somebody waits; its actors never have news."""

    def __init__(self):
        self.now = 0.0
        self.random = SimpleNamespace(randint=lambda low, high: 0)

    def sleep(self, seconds):
        self.now += seconds
        assert self.now < LONGEST_SILENCE, "nothing was reported"

    def operate(self, *_):
        return ""


def test_in_silence_the_last_progress_is_repeated_about_every_second(monkeypatch, tmp_path):
    world = SilentWorld()
    open_executor = install_ray(world, monkeypatch)
    monkeypatch.setattr(time, "monotonic", lambda: world.now)
    outcomes = open_executor(None)(
        build_study().jobs, corpora=CORPORA, runner=run_fake_training, cache=tmp_path
    )
    times = [(outcome.phase, world.now) for outcome in islice(outcomes, 6)]
    outcomes.close()
    assert {phase for phase, _ in times} == {"starting"}
    assert times[-1][1] <= 6
