"""A trial of some seconds: how fast this machine trains heads, before the features of a corpus are there."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.study.jobs import Settings
from bioner_core.tagging.probe.head import ProbeExample, ProbeHead, train_head
from bioner_core.tagging.threads import limit_torch_threads, run_side_by_side

N_STEPS = 24  # of each head
N_WARM = 4  # steps before the clock starts: the first ones are slower
MAX_SENTENCES = 256
RECENT_SECONDS = 15.0  # over which contention is measured


def measure_training_pace(
    sentences: Sequence[Sentence], *, n_features: int, types: tuple[str, ...], settings: Settings
) -> float:
    """Return the seconds of computing that a head takes for each sentence of a step; waiting does not count.

    The heads learn nothing: features are random, of as many words as the sentences have.

    :param sentences: one or more, drawn evenly.
    """
    rng = np.random.default_rng(0)
    step = max(1, len(sentences) // MAX_SENTENCES)
    examples = [
        ProbeExample(
            features=rng.standard_normal((len(sentence.tokens), n_features), dtype=np.float32).astype(
                np.float16
            ),
            tags=np.zeros(len(sentence.tokens), np.int64),
            allowed=np.ones(1 + 2 * len(types), np.bool_),
        )
        for sentence in sentences[::step][:MAX_SENTENCES]
        if sentence.tokens
    ]
    brief = replace(settings, epochs=1, min_steps=N_STEPS, patience=0)
    with limit_torch_threads() as n_threads:
        heads = [
            ProbeHead(n_features, types, dropout=settings.dropout, seed=seed) for seed in range(n_threads)
        ]
        steps = run_side_by_side(
            [train_head(head, examples, brief, seed=seed) for seed, head in enumerate(heads)],
            n_threads=n_threads,
        )
        n_done, began = 0, time.process_time()
        for n_done, _ in enumerate(steps, start=1):
            if n_done == N_WARM * n_threads:
                began = time.process_time()
    n_read = max(1, n_done - N_WARM * n_threads) * min(settings.batch_size, len(examples))
    return (time.process_time() - began) / n_read


class Contention:
    """How much longer than it computes this process takes, because others use the machine, too.

    :param n_threads: that compute at once; 0 where another device computes.
    """

    def __init__(self, n_threads: int) -> None:
        self._n_threads = n_threads
        self._times = deque([(time.perf_counter(), time.process_time())])

    def measure(self) -> float:
        """Return the seconds by the clock for each second of computing lately, 1 or more."""
        now = time.perf_counter(), time.process_time()
        while len(self._times) > 1 and now[0] - self._times[1][0] >= RECENT_SECONDS:
            self._times.popleft()
        seconds, computed = now[0] - self._times[0][0], now[1] - self._times[0][1]
        self._times.append(now)
        return max(1.0, self._n_threads * seconds / computed) if computed > 0 else 1.0
