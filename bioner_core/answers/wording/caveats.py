"""What makes a number weak: few test mentions, a goal that still grows, synthetic text, a probe, a gap."""

from collections.abc import Iterable

from bioner_core.answers.wording.names import describe_entity
from bioner_core.answers.wording.numbers import format_count, format_percent, join_names
from bioner_core.corpus.checks import compute_points_per_mention
from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.saturation import measure_saturation
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora

# Of models that are not fine-tuned as a whole; benchmarks/calibration.py measures the factors.
METHOD_CAVEATS = {
    "probe": "This is a probe, a quick test: the encoder is frozen and only a small head is trained. "
    "Fine-tuning may need more or fewer sentences. On two corpora, a probe needed 0.7 and 1.2 times as many "
    "for 95% of its own full F1.",
    "partial": "Only the upper layers of the encoder are trained, on what its frozen lower layers make of "
    "the text. Fine-tuning may need more or fewer sentences. On two corpora, upper layers needed 0.9 and 1.1 "
    "times as many for 95% of their own full F1.",
}
# How many times as many sentences it takes where whole documents are annotated, by target corpus: measured by
# the probe with --sample documents against sentences, at 90 and 95 % of full F1 (benchmarks/sampling.py).
DOCUMENT_FACTORS: dict[str, float] = {"BC5CDR": 1.6, "RuMedNER": 0.9}


def describe_few_mentions(curve: Curve) -> str:
    """Say what F1 rests on where test mentions are few; "" where there are enough."""
    weight = describe_mention_weight(curve)
    mentions = "1 test mention" if curve.support == 1 else f"{curve.support} test mentions"
    return f"{mentions} of {describe_entity(curve.entity)}: {weight}." if weight else ""


def describe_mention_weight(curve: Curve) -> str:
    """Say what one test mention is worth where there are few; "" where there are enough."""
    if not curve.support or not curve.is_rare or curve.full_f1 is None:
        return ""
    return f"each is worth about {compute_points_per_mention(curve.support, curve.full_f1):.1f} points of F1"


def describe_growing_goal(curve: Curve) -> str:
    """Say that more data would raise the goal itself; "" where it would not.

    :param curve: without pretraining; others set no goal.
    """
    saturation = measure_saturation(curve)
    if saturation is None or saturation.is_reached:
        return ""
    return (
        "The model is still improving, so full F1 would rise with more data: without pretraining, "
        f"F1 for {describe_entity(curve.entity)} rises from {format_percent(saturation.f1_half)} at "
        f"{format_count(saturation.n_half)} sentences to {format_percent(saturation.f1_full)} at full data."
    )


def describe_agreement(corpus: CorpusDescription | None) -> str:
    """Say what annotators of the same texts reach, since no model should exceed it; "" where unknown."""
    if corpus is None or corpus.agreement_f1 is None:
        return ""
    return (
        f"Annotators of the same texts agree with F1 {format_percent(corpus.agreement_f1)} (exact places and "
        "labels of the files): expect no model to exceed that."
    )


def describe_synthetic(names: Iterable[str]) -> str:
    """Say which corpora are synthetic and what follows; "" where none is.

    >>> describe_synthetic(["A", "B"])
    'A and B are synthetic: their numbers are no evidence.'
    """
    corpora = list(dict.fromkeys(names))
    if len(corpora) > 1:
        return f"{join_names(corpora)} are synthetic: their numbers are no evidence."
    return f"{corpora[0]} is synthetic: its numbers are no evidence." if corpora else ""


def describe_synthetic_runs(runs: Iterable[Run]) -> str:
    """Say which corpora of the runs are synthetic; "" where none is."""
    return describe_synthetic(
        name
        for run in runs
        for name, description in describe_run_corpora(run).items()
        if description.is_synthetic
    )


def describe_sampling(sample: str) -> str:
    """Say what the way of drawing training sentences means for the number.

    :param sample: "sentences" or "documents", as the study was planned.
    """
    if sample == "documents":
        return "Training sets were drawn as whole documents, the way annotators work."
    factors = join_names([f"{factor:.1f} times in {name}" for name, factor in DOCUMENT_FACTORS.items()])
    return (
        "Training sentences were drawn at random from all documents. If you annotate whole documents, you "
        f"may need up to {max(DOCUMENT_FACTORS.values()):.1f} times as many sentences (measured with the "
        f"probe: {factors})."
    )


def describe_gap(budget: Budget) -> str:
    """Say between which sizes nothing was trained; "" where the plan lies close to a trained size."""
    if not budget.gap:
        return ""
    return f"no size between {format_count(budget.gap[0])} and {format_count(budget.gap[1])} was trained"


def select_notes(run: Run, budget: Budget, *, with_general: bool) -> list[str]:
    """Return what a published run notes on the curve of a row.

    :param with_general: also what it notes on all of its curves.
    """
    subject = {"target": budget.target, "source": budget.source, "entity": budget.decided_by or budget.entity}
    notes = [note for note in run.record.get("notes", ()) if isinstance(note, dict)]
    return [
        str(note["text"])
        for note in notes
        if (with_general or len(note) > 1) and all(note[k] == subject[k] for k in subject if k in note)
    ]
