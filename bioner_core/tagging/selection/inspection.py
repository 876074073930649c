"""Look at a pool with a probe that is trained on the sentences chosen so far."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.study.jobs import JobProgress, TrainJob
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.examples import build_examples
from bioner_core.tagging.probe.head import ProbeHead
from bioner_core.tagging.probe.kind import ProbeKind
from bioner_core.tagging.selection.pool_view import Floats, PoolView

CHOOSING = "choosing sentences for"  # a phase, followed by the job


def inspect_pool(
    kind: ProbeKind,
    job: TrainJob,
    chosen: Sequence[Sentence],
    candidates: Sequence[Sentence],
    *,
    earlier: Floats,
    is_trained: bool,
    corpus: str = "",
) -> Generator[JobProgress, None, PoolView]:
    """Yield progress while a probe is trained on the chosen sentences; return the pool of the candidates.

    :param earlier: uncertainty of the candidates in earlier rounds, (rounds, candidates)
    :param is_trained: train the probe; else there are features alone.
    :param corpus: of the candidates; "" is that of the job.
    """
    corpus = corpus or job.target
    lengths = np.array([len(sentence.tokens) for sentence in candidates], np.int64)
    mentions = Counter(span.label for sentence in chosen for span in sentence.spans)
    model = kind.build_model(job, [job.target], seed=build_seed(job, chosen))
    log_probs = np.zeros((int(lengths.sum()), 1 + 2 * len(model.types)), np.float32)
    tags = np.zeros(len(log_probs), np.int64)
    if is_trained:
        yield from train_probe(kind, job, model, chosen)
        unseen = build_examples(kind, job, corpus, candidates, types=model.types, annotated=model.types)
        log_probs, tags = kind.score(model, unseen, decoding=job.settings.decoding)
    return PoolView(
        lengths=lengths,
        log_probs=log_probs,
        tags=tags,
        earlier=earlier,
        features=kind.average_features(job, corpus, candidates),
        chosen_features=kind.average_features(job, job.target, chosen),
        n_mentions=np.array([mentions[entity] for entity in model.types], np.int64),
        documents=_number_documents(candidates),
    )


def train_probe(
    kind: ProbeKind, job: TrainJob, model: ProbeHead, chosen: Sequence[Sentence]
) -> Iterator[JobProgress]:
    """Train a probe in place on sentences of the job's target; yield progress."""
    examples = build_examples(kind, job, job.target, chosen, types=model.types, annotated=model.types)
    examples = [example for example in examples if len(example.tags)]
    for step in kind.train(model, examples, job.settings, seed=build_seed(job, chosen)) if examples else ():
        if step.number % kind.report_every == 0:
            yield JobProgress(job=job, phase=CHOOSING, done=len(chosen), total=max(1, job.n_sentences))


def build_seed(job: TrainJob, chosen: Sequence[Sentence]) -> int:
    """Return the seed of a round's probe: another one for each number of chosen sentences."""
    return int(job.order_id, 16) ^ len(chosen)


def _number_documents(sentences: Sequence[Sentence]) -> Ints:
    """Return the number of each sentence's document, from 0 in order; an unnamed one is one by itself."""
    numbers: dict[object, int] = {}
    keys = ((s.part, s.document) if s.document else place for place, s in enumerate(sentences))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
