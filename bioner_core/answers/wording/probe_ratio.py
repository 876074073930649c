"""How the probe's number relates to that of fine-tuned models, in a sentence."""

from collections.abc import Sequence

from bioner_core.analysis.reference_curves import ReferenceCurve
from bioner_core.answers.probe_ratio import PlanPair, pair_plans
from bioner_core.answers.wording.numbers import format_count, join_names
from bioner_core.curves.points import NONE

FALLBACK_FRACTIONS = (0.99, 0.95, 0.9, 0.8)  # of full F1 that are tried where a higher one is not reached


def describe_ratio(references: Sequence[ReferenceCurve], *, fraction: float) -> str:
    """Compare the plans of probe and fine-tuned models at this share of full F1 or the next one reached."""
    unpretrained = [reference for reference in references if reference.curve.source == NONE]
    pairs = pair_plans(unpretrained, fraction=fraction)
    if not pairs:
        return (
            "The probe is a quick test with a frozen encoder. How much its number differs from full "
            "fine-tuning is not known here yet: no corpus has curves of both."
        )
    for share in (fraction, *(share for share in FALLBACK_FRACTIONS if share < fraction)):
        reached = [pair for pair in pair_plans(unpretrained, fraction=share) if pair.ratio]
        if reached:
            break
    else:
        corpora = join_names(sorted({pair.target for pair in pairs}))
        return f"Probe and fine-tuned models were both trained on {corpora}, but reached no common goal."
    start = "Where"
    if share != fraction:
        start = f"On no corpus do both reach {100 * fraction:g} % of full F1. At {100 * share:g} %, where"
    return f"{start} both were trained {_compare_plans(reached)}"


def _compare_plans(reached: Sequence[PlanPair]) -> str:
    if len(reached) == 1:
        [pair] = reached
        return (
            f"({pair.target}, {pair.entity}), the probe plans on {format_count(pair.probe or 0)} "
            f"and fine-tuned models on {format_count(pair.trained or 0)} sentences."
        )
    ratios = sorted(pair.ratio or 0.0 for pair in reached)
    n_corpora = len({pair.target for pair in reached})
    corpora = "one corpus" if n_corpora == 1 else f"{n_corpora} corpora"
    return (
        f"({len(reached)} curves of {corpora}), fine-tuned models need "
        f"{ratios[0]:.1f} to {ratios[-1]:.1f} times the probe's sentences."
    )
