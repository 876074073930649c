"""Score what a system that is not trained here annotated, on the test part of a run's target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Literal

from bioner_core.corpus.alignment import align_annotations
from bioner_core.corpus.library import Library
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Finding, Reading
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import Split, split_corpus
from bioner_core.corpus.term_list import Terms, collect_terms, find_terms, parse_terms
from bioner_core.curves.points import ALL, NONE, CurvePoint
from bioner_core.errors import BionerError
from bioner_core.scoring.exact import count_matches, encode_gold_tags, sum_counts
from bioner_core.study.corpus_copies import load_copy
from bioner_core.study.external_results import ExternalResult
from bioner_core.study.jobs import SentenceCounts
from bioner_core.study.run import Run

Part = Literal["test", "training"]  # of a corpus


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


def select_part(split: Split, part: Part) -> tuple[Sentence, ...]:
    """Return the sentences of a part, in the order of the corpus."""
    return split.test if part == "test" else split.train


@dataclass(frozen=True, kw_only=True)
class ScoredFile:
    """What a file of a system's annotations gave."""

    result: ExternalResult
    n_sentences: int  # of the part
    n_mentions: int  # of the file
    n_other_mentions: int  # of these, those that lie outside the part
    findings: tuple[Finding, ...]


def score_annotations(
    run: Run,
    target: str,
    reading: Reading,
    *,
    name: str,
    cost: str = "",
    label_map: Mapping[str, str] | None = None,
    part: Part = "test",
    n_sentences: int = 0,
) -> ScoredFile:
    """Score what a system annotated in a part of a run's target; a sentence that its file lacks has nothing.

    Of the training part, the sentences that the file holds are scored: they show what correcting would take.

    :param label_map: raw label → type, with precedence over that of the corpus.
    :param n_sentences: training sentences whose annotation the system was shown.
    :raises BionerError: the text of the target is gone, the file holds none of it, or no mention is left.
    """
    corpus, split = split_target(run, target)
    sentences = select_part(split, part)
    aligned = align_annotations(reading, sentences, corpus, label_map=label_map, part=part)
    predicted = aligned.sentences
    if part == "training":
        split = replace(split, train=tuple(compress(split.train, aligned.is_matched)))
        predicted = tuple(compress(predicted, aligned.is_matched))
    result = score_system(
        split,
        predicted,
        name=name,
        n_sentences=n_sentences,
        cost=cost,
        n_matched=aligned.n_matched,
        part=part,
    )
    return ScoredFile(
        result=result,
        n_sentences=len(sentences),
        n_mentions=aligned.n_mentions,
        n_other_mentions=aligned.n_other_mentions,
        findings=aligned.findings,
    )


def read_and_score(
    run: Run,
    target: str,
    files: Mapping[str, bytes],
    *,
    title: str,
    name: str,
    cost: str,
    label_map: Mapping[str, str],
    part: Part,
    n_sentences: int,
) -> ScoredFile:
    """Read uploaded files and score them, in one call that a process with limits can make.

    :param title: of the upload, for messages; the others are those of ``score_annotations``.
    """
    reading = read_files(files, name=title)
    return score_annotations(
        run,
        target,
        reading,
        name=name,
        cost=cost,
        label_map=label_map,
        part=part,
        n_sentences=n_sentences,
    )


def score_terms(run: Run, target: str, terms: Terms, *, name: str, n_sentences: int = 0) -> ExternalResult:
    """Score a list of terms on the test part of a run's target.

    :param n_sentences: annotated training sentences that the list was made from.
    :raises BionerError: the text of the target is gone, or no term is in the test part.
    """
    _, split = split_target(run, target)
    predicted = find_terms(split.test, terms)
    return score_system(split, predicted, name=name, n_sentences=n_sentences, n_matched=len(split.test))


def read_and_score_terms(run: Run, target: str, content: bytes, file: str, *, name: str) -> ExternalResult:
    """Parse an uploaded list of terms and score it, in one call that a process with limits can make.

    :raises BionerError: as ``parse_terms`` and ``score_terms``.
    """
    terms = parse_terms(content, file, split_target(run, target)[0])
    return score_terms(run, target, terms, name=name)


def collect_target_terms(run: Run, target: str, n: int) -> Terms:
    """Return the terms that the first ``n`` training sentences of seed 0 teach.

    :raises BionerError: the training part has fewer sentences, or they hold no mention.
    """
    return collect_terms(split_target(run, target)[1].draw_train(n, seed=0))


def score_system(
    split: Split,
    predicted: Sequence[Sentence],
    *,
    name: str,
    n_sentences: int = 0,
    cost: str = "",
    n_matched: int = 0,
    part: Part = "test",
) -> ExternalResult:
    """Score the predicted spans of a part, type by type; a type without any is not of the system.

    :param predicted: the sentences of the part with predicted spans, in order.
    :param n_sentences: training sentences of the target whose annotation the system was made from.
    :param n_matched: sentences that its file holds.
    :raises BionerError: there is no span.
    """
    predicted_types = {span.label for sentence in predicted for span in sentence.spans}
    types = tuple(entity for entity in split.types if entity in predicted_types)
    if not types:
        raise BionerError(
            f"{name}: no mention of {', '.join(split.types)} in the {part} part of {split.name}. Check the "
            "labels: --map RAW=TYPE reads a label as a type."
        )
    gold, lengths = encode_gold_tags(select_part(split, part), types)
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
                method="external" if part == "test" else "pre-annotation",
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
        counts=SentenceCounts(entities=types, counts=counts) if part == "test" else None,
        cost=cost,
        n_matched=n_matched,
    )
