"""How a probe's number relates to that of fine-tuned models, where the same corpus has curves of both."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bioner_core.advice.known import Known
from bioner_core.advice.words import count
from bioner_core.curves.budget import Budget, curve_budgets
from bioner_core.curves.points import AVERAGES, NONE


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One corpus and entity type, planned by the probe and by fine-tuned models, without pretraining."""

    target: str
    entity: str
    probe: int  # sentences that reach the share of the method's own full F1
    trained: int

    @property
    def ratio(self) -> float:
        """Return the sentences of fine-tuned models for each of the probe's."""
        return self.trained / self.probe


def pairs(known: Sequence[Known], *, fraction: float) -> tuple[Pair, ...]:
    """Return what both methods plan on, for corpora of the same digest and for types that both reach."""
    found: dict[tuple[str, str], dict[str, Budget]] = defaultdict(dict)
    for one in known:
        curve = one.curve
        if one.digest and curve.source == NONE and curve.entity not in AVERAGES and curve.full_f1:
            [row] = curve_budgets([curve], fraction=fraction)
            if row.n_plan:
                found[one.digest, curve.entity].setdefault(curve.method, row)
    return tuple(
        Pair(target=p.target, entity=p.entity, probe=p.n_plan, trained=t.n_plan)
        for rows in found.values()
        if (p := rows.get("probe")) and (t := rows.get("finetune")) and p.n_plan and t.n_plan
    )


def told(found: Sequence[Pair]) -> str:
    """Return what is known of the relation in a sentence."""
    if not found:
        return (
            "A probe reads a frozen encoder. How its number relates to that of fine-tuned models is not "
            "known here yet: no corpus has curves of both."
        )
    if len(found) == 1:
        [one] = found
        return (
            f"Where both were trained ({one.target}, {one.entity}), the probe plans on {count(one.probe)} "
            f"and fine-tuned models on {count(one.trained)} sentences."
        )
    ratios = sorted(one.ratio for one in found)
    corpora = len({one.target for one in found})
    return (
        f"Where both were trained ({len(found)} curves of {corpora} corpora), fine-tuned models need "
        f"{ratios[0]:.1f} to {ratios[-1]:.1f} times the probe's sentences."
    )
