"""The view that a run opens on: the paper's headline, else the narrowest interval without pretraining."""

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.first_view import MAX_COMPARED, FirstView, choose_first_view
from bioner_core.answers.goal_plans import GOALS, compute_goal_plans
from bioner_core.curves.budget import EVERY
from bioner_core.curves.curve import build_curves
from bioner_core.curves.draws import SamplingNoise
from bioner_core.study.store import RunStore
from tests.curves.test_interval import build_noisy_points
from tests.ui.stored_runs import plan_run


def build_target_curves(target, *, sd, entities=("Disease", "Drug")):
    """Return the curves of a target whose models scatter by ``sd``."""
    points = [
        point
        for i, entity in enumerate(entities)
        for point in build_noisy_points(sd=sd, rng_seed=i, target=target, entity=entity)
    ]
    return build_curves(points)


def test_the_published_run_opens_on_the_first_cell_of_its_printed_table():
    run = RunStore().open("ecir2020")
    assert choose_first_view(run, run.curves(), SamplingNoise()) == FirstView(target="EN UGT", entity="Drug")


def test_another_run_opens_on_the_target_with_the_narrowest_interval_for_every_type():
    curves = [*build_target_curves("A", sd=0.03), *build_target_curves("B", sd=0.003)]
    assert choose_first_view(plan_run(), curves, SamplingNoise()) == FirstView(target="B", entity=EVERY)


def test_a_target_of_one_type_competes_with_that_type():
    curves = [*build_target_curves("A", sd=0.03), *build_target_curves("B", sd=0.003, entities=("Drug",))]
    assert choose_first_view(plan_run(), curves, SamplingNoise()) == FirstView(target="B", entity="Drug")


def test_too_many_curves_are_not_compared():
    entities = [f"Type {i}" for i in range(MAX_COMPARED + 1)]
    curves = build_target_curves("A", sd=0.01, entities=entities)
    assert choose_first_view(plan_run(), curves, SamplingNoise()) is None


def test_the_shipped_runs_open_on_an_answer_with_two_ends():
    store = RunStore()
    for name in ("four-corpora-probe", "rumedner-finetuned"):
        run = store.open(name)
        first = choose_first_view(run, run.curves(), estimate_sampling_noise(run, store))
        assert first.target in run.study.targets
        rows = compute_goal_plans(
            run.curves(), entity=first.entity, noise=estimate_sampling_noise(run, store)
        )
        row = next(row for row in rows if row.target == first.target and row.fraction == GOALS[0])
        assert row.n_plan is not None
        assert not row.n_high_beyond
