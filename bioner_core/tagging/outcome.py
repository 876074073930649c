"""What comes of a job: its points from the tags found on the test part, or one line why it failed."""

import logging
from collections import Counter
from collections.abc import Sequence

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import Split
from bioner_core.curves.points import ALL, CurvePoint
from bioner_core.errors import BionerError, fault
from bioner_core.scoring.exact import gold_ids, sentence_counts, total
from bioner_core.study.jobs import Done, Failed, SentenceCounts, TrainJob
from bioner_core.tagging.finetuning.windows import Ints

LOG = logging.getLogger(__name__)


def scored_types(job: TrainJob, target: Sequence[str], sources: Sequence[str]) -> tuple[str, ...]:
    """Return the target's types that the job's model has learned: all, or at size 0 the sources' ones.

    :param target: types that the target annotates
    :param sources: types that any of the sources annotates
    :raises BionerError: where there is none
    """
    types = tuple(t for t in target if job.n_sentences or t in sources)
    if not types:
        raise BionerError(
            f"{job.target} from {job.source} at 0 sentences: no source annotates {' or '.join(target)}, "
            "so there is nothing to score. Leave this size out."
        )
    return types


def done(
    job: TrainJob,
    *,
    split: Split,
    trained_on: Sequence[Sentence],
    types: Sequence[str],
    found: Ints,
    seconds: float,
) -> Done:
    """Score the test part: a point for each type, and "all" where there are two or more and none is missing.

    :param trained_on: sentences of the target that the model was trained on
    :param types: those scored, as ``scored_types`` gives them
    :param found: tag ids over ``types`` of all test tokens, (tokens,), as ``gold_ids`` numbers them
    :param seconds: wall time of the whole job
    """
    gold, lengths = gold_ids(split.test, types)
    counts = sentence_counts(gold, found, lengths, n_types=len(types))
    mentions = Counter(span.label for sentence in trained_on for span in sentence.spans)
    parts = {entity: counts[:, [k]] for k, entity in enumerate(types)}
    n_mentions = {entity: mentions[entity] for entity in types}
    if len(types) > 1 and len(types) == len(split.types):
        parts[ALL] = counts
        n_mentions[ALL] = mentions.total()
    sums = {entity: total(part) for entity, part in parts.items()}
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
            precision=summed.precision,
            recall=summed.recall,
            f1=summed.f1,
            support=summed.support,
            seconds=seconds,
        )
        for entity, summed in sums.items()
    )
    return Done(job=job, points=points, counts=SentenceCounts(entities=tuple(types), counts=counts))


def renumbered(tags: Ints, types: Sequence[str], kept: Sequence[str]) -> Ints:
    """Return tag ids over ``kept`` for those over ``types``; all found are of kept types."""
    table = np.zeros(1 + 2 * len(types), dtype=np.int64)
    for number, entity in enumerate(kept):
        place = types.index(entity)
        table[1 + 2 * place : 3 + 2 * place] = (1 + 2 * number, 2 + 2 * number)
    return table[tags]


def failed(job: TrainJob, error: Exception) -> Failed:
    """Say in one line why a job failed; only our own messages are known to hold no text of a corpus."""
    LOG.error("job %s failed\n%s", job.id, fault(error))
    if isinstance(error, BionerError):
        reason = " ".join(str(error).split())
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    else:
        reason = f"{type(error).__name__}, an error of the program: the run's log has the details."
    return Failed(job=job, reason=reason)
