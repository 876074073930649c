"""What a report's number does not say, and what to cite."""

from bioner_core import __version__
from bioner_core.answers.report.context import ReportContext
from bioner_core.answers.wording.break_even import describe_contamination
from bioner_core.answers.wording.caveats import (
    METHOD_CAVEATS,
    describe_agreement,
    describe_few_mentions,
    describe_gap,
    describe_growing_goal,
    describe_sampling,
    select_notes,
)
from bioner_core.answers.wording.certainty import format_interval
from bioner_core.answers.wording.exclusions import describe_left_out

_BORROWED_LIMIT = (
    "The number lies beyond the sizes trained with pretraining: it assumes that pretraining neither helps "
    "nor harms on full data."
)
PAPER = (
    "Miftahutdinov, Alimova, Tutubalina: On Biomedical Named Entity Recognition: Experiments in Interlingual "
    "Transfer for Clinical and Social Media Texts. ECIR 2020, LNCS 12036, 281–288. "
    "https://doi.org/10.1007/978-3-030-45442-5_35"
)
RATES_PAPER = (
    "Wei, Chen, Salimi et al.: Cost-aware active learning for named entity recognition in clinical text. "
    "JAMIA 26(11), 2019, 1314–1322. https://doi.org/10.1093/jamia/ocz102"
)
INTERVALS = (
    "Saeleva, Ataman, Lignos: two-level bootstrap of seeds and test documents. arXiv 2509.22612, 2025."
)
ISOTONIC = "Barlow, Bartholomew, Bremner, Brunk: Statistical inference under order restrictions. Wiley, 1972."


def list_limits(context: ReportContext) -> list[str]:
    """Return what the number does not say, each in a sentence or two."""
    row, study = context.row, context.run.study
    gap = describe_gap(row)
    sample = study.jobs[0].sample if study.jobs else "sentences"
    limits = [
        *select_notes(context.run, row, with_general=True),
        ""
        if format_interval(row)
        else "No interval is known. If you repeat the experiment, the number will differ.",
        describe_few_mentions(context.curve),
        _BORROWED_LIMIT if row.basis == "borrowed" else "",
        describe_left_out(row.left_out),
        METHOD_CAVEATS.get(row.method, ""),
        gap and f"{gap[0].upper()}{gap[1:]}; the number lies between them.",
        describe_sampling(sample) if sample == "sentences" else "",
        describe_growing_goal(context.goal_curve) if context.goal_curve else "",
        describe_contamination(context.break_even),
        describe_agreement(context.descriptions.get(row.target)),
        "The number holds for this model, these texts and annotation of this quality. The goal is a "
        "share of what this corpus allows, not of the best F1 possible.",
    ]
    return [limit for limit in limits if limit]


def list_references(context: ReportContext) -> list[str]:
    """Return what to cite: the tool, the experiments, the methods, the published rates."""
    sessions = context.run.study.sessions
    commit = sessions[-1].get("commit") if sessions else None
    version = f"version {__version__}" + (f", commit {str(commit)[:12]}" if commit else "")
    references = [f"BioNER Budget, {version}: how many sentences must be annotated.", PAPER]
    if context.row.plan_method == "isotonic":
        references.append(ISOTONIC)
    if context.row.interval_of not in (None, "models"):
        references.append(INTERVALS)
    if context.rates and context.cost and context.rates.is_published:
        references.append(RATES_PAPER)
    return references
