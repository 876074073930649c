"""Score what a system that is not trained here annotated, on the test part of a run's target."""

from collections.abc import Sequence

from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import Split, split_corpus
from bioner_core.curves.points import ALL, NONE, CurvePoint
from bioner_core.errors import BionerError
from bioner_core.scoring.exact import count_matches, encode_gold_tags, sum_counts
from bioner_core.study.corpus_copies import load_copy
from bioner_core.study.external_results import ExternalResult
from bioner_core.study.jobs import SentenceCounts
from bioner_core.study.run import Run


def choose_target(run: Run, target: str | None) -> str:
    """Return a target of a run; None stands for its only one.

    :raises BionerError: there is no such target, several, or none at all, as in a published run.
    """
    targets = run.study.targets
    if not targets:
        raise BionerError(f"run {run.name}: has no plan, so its test part is not known. Use another run.")
    if target is None and len(targets) == 1:
        return targets[0]
    if target not in targets:
        problem = "several targets" if target is None else f"no target {target!r}"
        raise BionerError(f"run {run.name}: {problem}. Name one with --target: {', '.join(targets)}.")
    return target


def split_target(run: Run, target: str) -> tuple[Corpus, Split]:
    """Return a target as the run has it, and its parts; the text is the run's copy, or that of the library.

    :raises BionerError: neither has this corpus as it was when the run was planned.
    """
    digest, library = run.study.corpora[target], Library()
    try:
        corpus = load_copy(run.folder, target, digest)
    except BionerError as error:
        kept = library.load(target) if target in library.names() else None
        if kept is None or kept.digest != digest:
            has = "has no corpus of this name" if kept is None else "has another version of it"
            raise BionerError(
                f"run {run.name}: holds no text of {target}, and the library {has} (digest {digest}). "
                f"Add the corpus under this name: bioner corpus add PATH --name {target}."
            ) from error
        corpus = kept
    job = next(job for job in run.study.jobs if job.target == target)
    return corpus, split_corpus(corpus, seed=job.split_seed, leave_out_shared=job.leave_out_shared)


def score_system(
    split: Split,
    predicted: Sequence[Sentence],
    *,
    name: str,
    n_sentences: int = 0,
    cost: str = "",
    n_matched: int = 0,
) -> ExternalResult:
    """Score the predicted spans of a test part, type by type; a type without any is not of the system.

    :param predicted: the test sentences with predicted spans, in order.
    :param n_sentences: training sentences of the target whose annotation the system was made from.
    :param n_matched: test sentences that its file holds.
    :raises BionerError: there is no span.
    """
    predicted_types = {span.label for sentence in predicted for span in sentence.spans}
    types = tuple(entity for entity in split.types if entity in predicted_types)
    if not types:
        raise BionerError(
            f"{name}: no mention of {', '.join(split.types)} in the test part of {split.name}. Check the "
            "labels: --map RAW=TYPE reads a label as a type."
        )
    gold, lengths = encode_gold_tags(split.test, types)
    counts = count_matches(gold, encode_gold_tags(predicted, types)[0], lengths, n_types=len(types))
    counts_of = {entity: counts[:, [k]] for k, entity in enumerate(types)}
    if len(types) == len(split.types) > 1:
        counts_of[ALL] = counts
    points = []
    for entity, array in counts_of.items():
        total = sum_counts(array)
        points.append(
            CurvePoint(
                target=split.name,
                source=NONE,
                model=name,
                method="external",
                entity=entity,
                n_sentences=n_sentences,
                precision=total.precision,
                recall=total.recall,
                f1=total.f1,
                support=total.support,
            )
        )
    return ExternalResult(
        points=tuple(points),
        counts=SentenceCounts(entities=types, counts=counts),
        cost=cost,
        n_matched=n_matched,
    )
