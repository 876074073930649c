"""The section of a report on systems that need no training here."""

from bioner_core.analysis.break_even import ExternalScore
from bioner_core.answers.report.context import ReportContext
from bioner_core.answers.wording.break_even import format_better_from, format_f1
from bioner_core.answers.wording.numbers import format_count, format_percent


def build_systems(context: ReportContext) -> list[dict[str, str]]:
    """Return a row for each type and system that is not trained here."""
    return [
        {
            "Entity": score.point.entity,
            "System": _name_system(score),
            "F1 (90 %)": format_f1(score),
            "Better from": format_better_from(break_even),
            "Precision": format_percent(score.point.precision),
            "Recall": format_percent(score.point.recall),
        }
        for score, break_even in context.compared_systems
    ]


def _name_system(score: ExternalScore) -> str:
    """Return the name with the cost, and the annotated sentences that it was made with."""
    n = score.point.n_sentences
    remarks = [score.cost, f"{format_count(n)} annotated" if n else ""]
    text = ", ".join(filter(None, remarks))
    return f"{score.point.model} ({text})" if text else score.point.model
