"""What a system that needs no training gives, beside the estimate of a corpus."""

from collections.abc import Iterator
from dataclasses import dataclass

from bioner_core.analysis.break_even import BreakEven, find_break_even, list_external_scores
from bioner_core.analysis.pre_annotation import PreAnnotation, find_pre_annotation
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.corpus_estimate import CorpusEstimate
from bioner_core.answers.estimate import Estimate
from bioner_core.answers.wording.break_even import describe_break_even, format_pool_goal
from bioner_core.answers.wording.pre_annotation import describe_pre_annotation
from bioner_core.curves.points import NONE
from bioner_core.forecast.forecast import Need
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


@dataclass(frozen=True, kw_only=True)
class EstimateSystem:
    """The best systems beside an estimate; of several types, the break-even is that of the deciding one."""

    answer: CorpusEstimate
    break_even: BreakEven | None
    beyond: Need | None  # by the forecast, where the pool is larger than what is annotated
    pre_annotation: PreAnnotation | None

    def record(self) -> dict[str, object]:
        """Return the fields of ``bioner estimate --format json``; none without a system."""
        record = self.break_even.record() if self.break_even else {}
        if self.beyond:
            low, high = self.beyond.low, self.beyond.high
            record |= {"forecast_from": self.beyond.n, "forecast_low": low, "forecast_high": high}
        return record | (self.pre_annotation.record() if self.pre_annotation else {})


def compare_estimate(answer: CorpusEstimate, run: Run, store: RunStore) -> EstimateSystem | None:
    """Compare the curves of an estimate with the systems of its run; None without a system."""
    scores, target = list_external_scores(run), run.study.targets[0]
    curves, estimate = [curve for curve in run.curves() if curve.target == target], answer.best
    pre_annotation = find_pre_annotation(run, target, curves)
    entity = estimate.decided_by or estimate.entity
    curve = next((c for c in curves if (c.entity, c.source) == (entity, NONE) and c.has_enough_sizes), None)
    break_even = None
    if scores and curve:
        break_even = find_break_even(scores, curve, curves, estimate_sampling_noise(run, store))
    if break_even is None and pre_annotation is None:
        return None
    return EstimateSystem(
        answer=answer,
        break_even=break_even,
        beyond=_forecast_break_even(break_even, estimate, entity) if break_even else None,
        pre_annotation=pre_annotation,
    )


def _forecast_break_even(break_even: BreakEven, estimate: Estimate, entity: str) -> Need | None:
    """Return what the forecast needs for a system's F1; None where all that could be is annotated."""
    forecast, f1 = estimate.find_forecast(entity), break_even.score.point.f1
    if forecast is None or not f1 or estimate.pool.n_all <= estimate.pool.n_train:
        return None
    return forecast.compute_need(goal_f1=f1)


def describe_estimate_system(system: EstimateSystem | None) -> Iterator[str]:
    """Yield what the best system gives, and what correcting its annotations takes; nothing without one."""
    if system is None:
        return
    answer = system.answer
    best, rates = answer.best, answer.request.rates
    goal = format_pool_goal(best.needs, best.pool.n_all)
    if text := describe_break_even(
        system.break_even, entity=best.decided_by, rates=rates, lower_goal=goal, beyond=system.beyond
    ):
        yield text
    n = answer.cost.n_high - answer.cost.n_test if answer.cost else 0
    if text := describe_pre_annotation(system.pre_annotation, n, rates):
        yield text
