"""How the probe's number relates to that of fine-tuned models, in a sentence."""

from collections.abc import Sequence

from bioner_core.analysis.reference_curves import ReferenceCurve
from bioner_core.answers.probe_ratio import PlanPair, pair_plans
from bioner_core.answers.wording.numbers import format_count
from bioner_core.curves.points import NONE


def describe_ratio(references: Sequence[ReferenceCurve], *, fraction: float) -> str:
    """Compare the plans of probe and fine-tuned models without pretraining at a share of full F1.

    Each has one, as a curve without pretraining reaches each share of its full F1 by full data.
    """
    unpretrained = [reference for reference in references if reference.curve.source == NONE]
    pairs = pair_plans(unpretrained, fraction=fraction)
    if not pairs:
        return (
            "The probe is a quick test with a frozen encoder. How much its number differs from full "
            "fine-tuning is not known here yet: no corpus has curves of both."
        )
    return f"Where both were trained {_compare_plans(pairs)}"


def _compare_plans(pairs: Sequence[PlanPair]) -> str:
    if len(pairs) == 1:
        [pair] = pairs
        return (
            f"({pair.target}, {pair.entity}), the probe plans on {format_count(pair.probe or 0)} "
            f"and fine-tuned models on {format_count(pair.trained or 0)} sentences."
        )
    ratios = sorted(pair.ratio or 0.0 for pair in pairs)
    n_corpora = len({pair.target for pair in pairs})
    corpora = "one corpus" if n_corpora == 1 else f"{n_corpora} corpora"
    return (
        f"({len(pairs)} curves of {corpora}), fine-tuned models need "
        f"{ratios[0]:.1f} to {ratios[-1]:.1f} times the probe's sentences."
    )
