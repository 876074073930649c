"""Entity types that do not decide, in words: each with its reason."""

from collections.abc import Sequence

from bioner_core.answers.wording.numbers import format_count, join_names
from bioner_core.curves.exclusion import Exclusion, LeftOut

EXCLUSION_LABELS: dict[Exclusion, str] = {
    "no_test": "no test mention",
    "no_training": "no training mention",
    "no_f1": "never found",
    "few_test": "too few test mentions",
}
MAX_NAMES = 6  # types that a sentence names


def format_left_out(types: Sequence[LeftOut]) -> str:
    """Return the types with their reasons, such as "Age (never found, 2 test mentions)"; "" without any."""
    names = [f"{left_out.entity} ({_format_reason(left_out)})" for left_out in types[:MAX_NAMES]]
    more = [f"{len(types) - MAX_NAMES} more"] if len(types) > MAX_NAMES else []
    return join_names([*names, *more]) if names else ""


def describe_left_out(types: Sequence[LeftOut]) -> str:
    """Say which types do not decide, and why; "" where all do.

    >>> describe_left_out([LeftOut(entity="Age", reason="no_f1", support=2)])
    'These types do not count for the answer: Age (never found, 2 test mentions).'
    """
    return f"These types do not count for the answer: {format_left_out(types)}." if types else ""


def _format_reason(left_out: LeftOut) -> str:
    n = left_out.support
    mentions = "" if n is None else "1 test mention" if n == 1 else f"{format_count(n)} test mentions"
    if left_out.reason == "few_test":
        return f"only {mentions}"
    label = EXCLUSION_LABELS[left_out.reason]
    return f"{label}, {mentions}" if left_out.reason == "no_f1" and mentions else label
