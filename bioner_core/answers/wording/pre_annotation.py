"""What correcting a system's annotations takes, beside annotating from nothing, in sentences."""

from bioner_core.analysis.pre_annotation import PreAnnotation
from bioner_core.answers.wording.costs import name_rates
from bioner_core.costs.hours_and_money import compute_annotation_hours, format_hours
from bioner_core.costs.pre_annotation import TimedBatch, compute_correction_factor
from bioner_core.costs.rates import Rates

MIN_TIMED = 50  # sentences of a batch
ANCHORING = (
    "Annotators tend to keep what is proposed (anchoring). Then annotations get worse, and the system looks "
    "better than it is. So let people annotate the test part from nothing, and part of the rest, too."
)
NO_SAVING = (
    "For the hours of correcting, state under Settings which share of your time marks mentions, or time two "
    "batches."
)


def describe_pre_annotation(pre_annotation: PreAnnotation | None, n: int | None, rates: Rates) -> str:
    """Say what correcting takes for ``n`` sentences, with and without; "" without a system or a plan."""
    if pre_annotation is None or not n or n < 0:
        return ""
    quality = describe_quality(pre_annotation)
    factor = compute_correction_factor(pre_annotation.proposals, rates)
    if factor is None:
        return f"{quality} {NO_SAVING}"
    hours = compute_annotation_hours(n, rates)
    corrected = format_hours(*(factor * end for end in hours))
    if factor >= 1:
        return (
            f"{quality} Correcting that takes {corrected} instead of {format_hours(*hours)} at "
            f"{name_rates(rates)}: annotate from nothing."
        )
    return (
        f"{quality} Correcting that takes {corrected} instead of {format_hours(*hours)} at "
        f"{name_rates(rates)} ({100 * (1 - factor):.0f} % less). {ANCHORING}"
    )


def describe_quality(pre_annotation: PreAnnotation) -> str:
    """Say how good a system's annotations are, all types together."""
    proposals = pre_annotation.proposals
    where = "the training texts that it annotated" if pre_annotation.is_of_training else "the test part"
    return (
        f"As pre-annotation: of 100 mentions, {pre_annotation.name} marks "
        f"{100 * proposals.recall:.0f} right; "
        f"of 100 that it marks, {100 * (1 - proposals.precision):.0f} are wrong (all types, in {where})."
    )


def describe_timed_batches(without: TimedBatch, corrected: TimedBatch, rates: Rates) -> str:
    """Say what two timed batches tell."""
    small = " Both batches are small: time 50 sentences or more." * (
        min(without.n_sentences, corrected.n_sentences) < MIN_TIMED
    )
    return (
        f"{corrected.seconds:.1f} s per sentence with correcting, {without.seconds:.1f} s without: "
        f"{100 * (1 - corrected.seconds / without.seconds):.0f} % less. So {100 * (rates.marking or 0):.0f} "
        f"% of the time marks mentions, if checking a mention takes {100 * rates.checking:g} % of marking "
        f"it.{small}"
    )


def build_correction_record(
    pre_annotation: PreAnnotation | None, n: int | None, rates: Rates | None
) -> dict[str, object]:
    """Return the fields of a JSON row: the system, and the hours of correcting for ``n`` sentences.

    The hours are null without a stated saving; preparation is not in them. Nothing without a system.
    """
    if pre_annotation is None:
        return {}
    factor = compute_correction_factor(pre_annotation.proposals, rates) if rates else None
    hours: tuple[float | None, float | None] = (None, None)
    if rates and factor is not None and n:
        low, high = compute_annotation_hours(n, rates)
        hours = (round(factor * low, 2), round(factor * high, 2))
    return {
        **pre_annotation.record(),
        "corrected_share": factor,
        "corrected_hours_low": hours[0],
        "corrected_hours_high": hours[1],
    }
