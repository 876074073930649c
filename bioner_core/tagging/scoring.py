"""The outcome of a job: its points from the predicted tags of the test part, or one line why it failed."""

import logging
from collections import Counter
from collections.abc import Sequence

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import Split
from bioner_core.curves.points import ALL, CurvePoint
from bioner_core.errors import BionerError, format_traceback
from bioner_core.scoring.exact import count_matches, encode_gold_tags, sum_counts
from bioner_core.study.jobs import JobFailure, JobResult, SentenceCounts, TrainJob
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.finetuning.memory import is_fault_of_device

LOG = logging.getLogger(__name__)


def select_scored_types(job: TrainJob, target: Sequence[str], sources: Sequence[str]) -> tuple[str, ...]:
    """Return the target's types that the job's model has learned: all, or at size 0 the sources' ones.

    :param target: types that the target annotates
    :param sources: types that any of the sources annotates
    :raises BionerError: there is none
    """
    types = tuple(t for t in target if job.n_sentences or t in sources)
    if not types:
        raise BionerError(
            f"{job.target} from {job.source} at 0 sentences: no source annotates {' or '.join(target)}, "
            "so there is nothing to score. Leave this size out."
        )
    return types


def score_job(
    job: TrainJob,
    *,
    split: Split,
    trained_on: Sequence[Sentence],
    types: Sequence[str],
    predicted: Ints,
    seconds: float,
) -> JobResult:
    """Score the test part: a point for each type, and "all" where there are two or more and none is missing.

    :param trained_on: sentences of the target that the model was trained on
    :param types: the scored types, see ``select_scored_types``
    :param predicted: tag ids over ``types`` of all test tokens, (tokens,)
    :param seconds: wall time of the whole job
    """
    gold, lengths = encode_gold_tags(split.test, types)
    counts = count_matches(gold, predicted, lengths, n_types=len(types))
    mentions = Counter(span.label for sentence in trained_on for span in sentence.spans)
    counts_of = {entity: counts[:, [k]] for k, entity in enumerate(types)}
    n_mentions = {entity: mentions[entity] for entity in types}
    if len(types) > 1 and len(types) == len(split.types):
        counts_of[ALL] = counts
        n_mentions[ALL] = mentions.total()
    sums = {entity: sum_counts(array) for entity, array in counts_of.items()}
    n_words = sum(len(sentence.tokens) for sentence in trained_on)
    points = tuple(
        CurvePoint(
            target=job.target,
            source=job.source,
            model=job.model,
            method=job.method,
            entity=entity,
            n_sentences=job.n_sentences,
            n_mentions=n_mentions[entity],
            train_size=len(split.train),
            is_full=job.is_full,
            seed=job.seed,
            precision=total.precision,
            recall=total.recall,
            f1=total.f1,
            support=total.support,
            seconds=seconds,
            strategy=job.strategy,
            n_words=n_words,
        )
        for entity, total in sums.items()
    )
    return JobResult(job=job, points=points, counts=SentenceCounts(entities=tuple(types), counts=counts))


def map_tag_ids(tags: Ints, types: Sequence[str], target_types: Sequence[str]) -> Ints:
    """Return tag ids over ``target_types`` for tag ids over ``types``; all are of ``target_types``."""
    table = np.zeros(1 + 2 * len(types), dtype=np.int64)
    for number, entity in enumerate(target_types):
        index = types.index(entity)
        table[1 + 2 * index : 3 + 2 * index] = (1 + 2 * number, 2 + 2 * number)
    return table[tags]


def describe_failure(job: TrainJob, error: Exception) -> JobFailure:
    """Say in one line why a job failed; messages of other libraries may quote the corpus and are hidden."""
    LOG.error("job %s failed\n%s", job.id, format_traceback(error))
    if isinstance(error, BionerError):
        reason = " ".join(str(error).split())
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    else:
        reason = f"{type(error).__name__}, an error of the program: the run's log has the details."
    return JobFailure(job=job, reason=reason, is_of_device=is_fault_of_device(error))
