"""From how many sentences on a trained model is better than a system that needs no annotation."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bioner_core.analysis.resampling import resample_counts
from bioner_core.curves.budget import Budget, add_interval, compute_budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.exclusion import UNANSWERABLE
from bioner_core.curves.families import Floats
from bioner_core.curves.interval import TAIL, compute_interval
from bioner_core.curves.macro import add_macro_average
from bioner_core.curves.points import NONE, CurvePoint
from bioner_core.study.external_results import ExternalResult, load_external_results
from bioner_core.study.run import Run


@dataclass(frozen=True, kw_only=True, eq=False)
class ExternalScore:
    """F1 of an external system for one entity type or average, with its interval over test documents."""

    point: CurvePoint
    cost: str = ""  # of annotating the test part; "" where nothing is stated
    f1_draws: Floats | None = None  # F1 in each resampled test part, (draws,); None without counts

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 90 % interval of F1, in [0, 1]; None without counts."""
        if self.f1_draws is None:
            return None
        low, high = np.quantile(self.f1_draws, [TAIL, 1 - TAIL])
        return float(low), float(high)

    def record(self) -> dict[str, object]:
        """Return the fields of a JSON row."""
        low, high = self.interval or (None, None)
        return {
            "target": self.point.target,
            "entity": self.point.entity,
            "system": self.point.model,
            "system_sentences": self.point.n_sentences,
            "system_cost": self.cost or None,
            "system_f1": self.point.f1,
            "system_f1_low": low,
            "system_f1_high": high,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class BreakEven:
    """Where a curve becomes better than the best external system."""

    score: ExternalScore
    budget: Budget  # its goal is the system's F1; n_plan: even chance, n_high: 95 % sure

    def record(self) -> dict[str, object]:
        """Return the fields of ``bioner budget --format json``."""
        return {
            **self.score.record(),
            "better_from": self.budget.n_plan,
            "better_from_low": self.budget.n_low,
            "better_from_high": self.budget.n_high,
            "better_from_high_beyond": self.budget.n_high_beyond,
        }


def list_external_scores(run: Run, *, with_training: bool = False) -> list[ExternalScore]:
    """List the scores of all external systems on the test parts of a run, macro averages included.

    :param with_training: add those on training texts, which no curve can be compared with.
    """
    results = [
        result for result in load_external_results(run) if with_training or not result.is_pre_annotation
    ]
    return [score for result in results for score in _score_result(run, result)]


def select_scores(scores: Iterable[ExternalScore], curve: Curve) -> list[ExternalScore]:
    """Return the scores for the target and the type of a curve, the best first.

    Systems that were made without annotation go before others, then the highest F1 counts.
    """
    fitting = [
        score for score in scores if (score.point.target, score.point.entity) == (curve.target, curve.entity)
    ]
    return sorted(fitting, key=lambda score: (score.point.n_sentences > 0, -score.point.f1))


def select_run_scores(run: Run, curve: Curve) -> tuple[ExternalScore, ...]:
    """Return the scores of a run's systems that a chart of a curve shows, the best first."""
    return tuple(select_scores(list_external_scores(run), curve))


@lru_cache(maxsize=256)
def _score_result(run: Run, result: ExternalResult) -> tuple[ExternalScore, ...]:
    """Return a score for each point of a result; the draws are those of the run's models."""
    draws = {}
    if result.counts:
        shifts = resample_counts(result.counts, result.target, run.study.descriptions.get(result.target))
        draws = {entity: shift.astype(np.float64) for entity, shift in shifts.f1.items()}
    return tuple(
        ExternalScore(
            point=point,
            cost=result.cost,
            f1_draws=np.clip(point.f1 + draws[point.entity], 0, 1) if point.entity in draws else None,
        )
        for point in add_macro_average(result.points)
    )


def find_break_even(
    scores: Iterable[ExternalScore], curve: Curve, curves: Iterable[Curve], noise: SamplingNoise
) -> BreakEven | None:
    """Compare a curve with the best external system for its target and type; None without one.

    :param scores: of ``list_external_scores``.
    :param curves: that hold the curve without pretraining of the same model and type.
    """
    best = next(iter(select_scores(scores, curve)), None)
    return compare_score(best, curve, curves, noise) if best else None


def compare_score(
    score: ExternalScore, curve: Curve, curves: Iterable[Curve], noise: SamplingNoise
) -> BreakEven | None:
    """Compare a curve with a system; None where the curve has no number.

    Where a system has counts, its F1 is drawn on the same test documents as the curve, so that an easy sample
    is easy for both.

    :param curves: that hold the curve without pretraining of the same model and type.
    """
    if not curve.is_tested:
        return None
    reference = next((c for c in curves if c.key == (curve.target, NONE, *curve.key[2:])), None)
    reference = None if curve.source == NONE else reference
    budget = compute_break_even(score, curve, reference, noise)
    return None if budget.status in (*UNANSWERABLE, "no_data") else BreakEven(score=score, budget=budget)


def compute_break_even(
    score: ExternalScore, curve: Curve, reference: Curve | None, noise: SamplingNoise
) -> Budget:
    """Return the budget of a curve whose goal is a system's F1, in each draw that of the same draw."""
    f1 = score.point.f1
    budget = compute_budget(curve, fraction=1, goal_f1=f1, noise=noise, reference=reference)
    if score.f1_draws is None:
        return budget
    paired = compute_interval(curve, fraction=None, goal_f1=score.f1_draws, noise=noise, reference=reference)
    return add_interval(budget, paired)
