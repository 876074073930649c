"""The curve of a run as it is by now, with the number to plan on."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from bioner_core.analysis.break_even import select_run_scores
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.estimate import FRACTION, Estimate
from bioner_core.answers.pool_needs import build_pool_row
from bioner_core.answers.sort_order import sort_sources
from bioner_core.charts.axes import AxisView, choose_scale
from bioner_core.charts.curve_chart import build_curve_chart
from bioner_core.charts.fan import build_fan
from bioner_core.charts.palette import Spec
from bioner_core.charts.smooth_curves import build_smooth_curves
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.curve_forecast import forecast_cached
from bioner_core.ui.shared.widgets import choose_entity, choose_option, is_dark


def show_curve(run: Run, estimate: Estimate | None = None) -> Spec | None:
    """Draw the curve of one target and entity as it is by now, with the number to plan on.

    :param estimate: of the corpus; its forecast continues the curve, and its goal is drawn.
    :returns: the chart for a picture on white paper; None where there is no curve yet.
    """
    run_curves = run.curves()
    trained = {curve.target for curve in run_curves}
    targets = [target for target in run.study.targets if target in trained] or sorted(trained)
    if not targets:
        st.caption("The curve appears here, point by point, once the first model is trained.")
        return None
    target = choose_option("Target", targets) if len(targets) > 1 else targets[0]
    target_curves = [curve for curve in run_curves if curve.target == target]
    types = {curve.entity for curve in target_curves}
    default = estimate.decided_by if estimate else None
    entity = choose_entity([*types], default=default) if len(types) > 1 else types.pop()
    curves = [curve for curve in target_curves if curve.entity == entity and curve.sizes]
    if not curves:
        return None
    draw = _plan_chart(curves, run, estimate)
    st.vega_lite_chart(draw(dark=is_dark()), key="growing")
    return draw()


def _plan_chart(curves: Sequence[Curve], run: Run, estimate: Estimate | None) -> Callable[..., Spec]:
    """Return what draws the curves of one entity, the source on top that needs least, with its plan."""
    noise = estimate_sampling_noise(run, RunStore())
    fraction = estimate.lead if estimate else FRACTION
    rows = sort_sources(compute_curve_budgets(curves, fraction=fraction, noise=noise))
    source = rows[0].source if rows else curves[0].source
    curve = next(curve for curve in curves if curve.source == source)
    draw = partial(
        build_curve_chart,
        curves,
        chosen=source,
        sources=run.study.sources,
        smooth=build_smooth_curves(curves, noise, chosen=source),
        systems=select_run_scores(run, curve),
    )
    pool = estimate.pool if estimate else None
    if pool is None or pool.n_all <= pool.n_train:
        return partial(draw, rows, view=AxisView(scale=choose_scale(curve)))
    forecast = estimate.find_forecast(curve.entity) if estimate else None
    forecast = forecast or forecast_cached(curve, run, pool=pool.n_all)
    return partial(
        draw,
        [build_pool_row(curve, forecast, fraction)],
        view=AxisView(scale=choose_scale(curve, n_end=pool.n_all)),
        fan=build_fan(curve, forecast),
        full_name=f"all {pool.n_all:,}",
    )
