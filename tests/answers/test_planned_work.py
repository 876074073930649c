"""A plan before its start: what it costs at the rates of Settings, and the ways out where it takes days."""

from dataclasses import replace

import pytest
import stored_runs

from bioner_core.answers.planned_work import plan_work
from bioner_core.answers.wording.planned_work import describe_work, warn_of_long_work
from bioner_core.costs.rates import Rates
from bioner_core.study.executors.backend import parse_backend
from bioner_core.study.pace import Pace, save_pace
from bioner_core.study.search import Search
from bioner_core.study.store import RunStore
from bioner_core.study.workload import compute_total_workload

PLACE = "ray://head:10001"


@pytest.fixture
def plan():
    """Return a function that plans a study that takes some hours on a cluster."""
    study = stored_runs.plan_run().study
    study = replace(study, jobs=tuple(replace(job, method="finetune") for job in study.jobs))

    def build(hours, rates=None, **changes):
        store, changed = RunStore(), replace(study, **changes)
        seconds = hours * 3600 / compute_total_workload(study.jobs, study.train_sizes)
        save_pace(store.folder, changed.jobs, Pace(seconds_per_unit=seconds), PLACE)
        return plan_work(changed, store, {}, backend=parse_backend(PLACE), rates=rates or Rates())

    return build


def test_the_price_of_a_plan_stands_behind_its_time(plan):
    rates = Rates(machine_price=1.5, machine_watts=400, currency="CHF")
    text = describe_work(plan(2, rates))
    assert text.startswith("4 models, ")
    assert text.endswith(f" sentence-passes, about 2.0 h on {PLACE}, 3.00 CHF, 0.8 kWh")
    assert describe_work(plan(2)).endswith(f"about 2.0 h on {PLACE}")
    assert plan(2, Rates(machine_watts=0)).kwh == 0


def test_without_a_time_there_is_no_price(plan):
    work = replace(plan(1), seconds=None)
    assert describe_work(work).endswith(" sentence-passes")
    assert warn_of_long_work(work) == ""


def test_on_a_new_machine_the_time_elsewhere_warns(plan):
    work = replace(plan(1), seconds=None, seconds_elsewhere=44 * 3600)
    assert warn_of_long_work(work).startswith(
        "This takes about 44 h on another machine. There are ways out: "
    )
    shipped = replace(RunStore().open("rumedner-finetuned").study, name="of my own")
    new = plan_work(shipped, RunStore(), {}, backend=parse_backend("local"), rates=Rates())
    assert new.seconds is None
    assert new.seconds_elsewhere > 0
    cluster = plan_work(shipped, RunStore(), {}, backend=parse_backend(PLACE), rates=Rates())
    assert cluster.seconds_elsewhere is None


def test_a_plan_of_days_comes_with_ways_out(plan):
    assert warn_of_long_work(plan(23.9)) == ""
    assert warn_of_long_work(plan(60)) == (
        "This takes about 60 h. There are ways out: the preset probe trains small heads on a frozen encoder, "
        "most often in minutes, a search trains only the models that the number needs and a GPU or a cluster "
        "trains faster."
    )
    searched = warn_of_long_work(plan(60, searches=(Search(),)))
    assert "a search" not in searched
    assert "the preset probe" in searched
