"""The next batch of a corpus: chosen from sentences that nobody has annotated, with suggested spans."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bioner_core.corpus.cache import delete_cached
from bioner_core.corpus.sentences import Corpus, Span
from bioner_core.corpus.split import build_text_key, group_documents, split_corpus
from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import JobProgress
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.probe.kind import ProbeKind
from bioner_core.tagging.selection.choosers import CHOOSERS, needs_probe
from bioner_core.tagging.selection.inspection import inspect_pool
from bioner_core.tagging.selection.pool_view import PoolView
from bioner_core.tagging.selection.trained_probe import build_probe_job, decode_spans
from bioner_core.tagging.split_corpora import SplitCorpora
from bioner_core.tagging.threads import limit_torch_threads

_ORDER, _CHOICE = 5, 6  # purposes of a seed: another random sequence for each


@dataclass(frozen=True, kw_only=True)
class NextSentence:
    """A sentence to annotate next."""

    place: int  # in the pool
    spans: tuple[Span, ...]  # that the probe suggests; none without suggestions


def choose_next(
    pool: Corpus,
    annotated: Corpus | None,
    *,
    strategy: str,
    n: int,
    model: ModelChoice,
    device: str,
    cache: Path,
    seed: int = 0,
    has_suggestions: bool = False,
) -> Generator[JobProgress, None, tuple[NextSentence, ...]]:
    """Yield progress; return ``n`` sentences, fewer where the pool has no more, whole documents for those.

    Texts that are annotated, or occur before in the pool, are left out; of whole documents those are left out
    of which a half or more is annotated.

    :param annotated: None where nothing is annotated yet.
    :param strategy: a name of ``study.strategies``, or random; without a batch.
    :param seed: of the order of what is equally good.
    :raises BionerError: the strategy needs annotated sentences, or nothing is left.
    """
    is_trained = needs_probe(strategy) or has_suggestions
    if is_trained and annotated is None:
        what = "suggestions come" if has_suggestions else f"the strategy {strategy} learns"
        raise BionerError(
            f"{what} from annotated sentences. Name a corpus, or take random or diverse for the first batch."
        )
    candidates = _list_candidates(pool, annotated, seed, are_documents=strategy == "documents")
    if not candidates:
        raise BionerError(f"{pool.name}: nothing is left to annotate; all of it is in the corpus already.")
    if strategy == RANDOM and not is_trained:
        return tuple(NextSentence(place=place, spans=()) for place in candidates[:n])
    view = yield from _inspect(
        pool, annotated, candidates, model, device, cache, seed=seed, is_trained=is_trained
    )
    rng = np.random.default_rng([_CHOICE, seed])
    order = np.arange(len(candidates))[:n] if strategy == RANDOM else CHOOSERS[strategy](view, n, rng)
    spans = decode_spans(view.tags, view.lengths, annotated.types if annotated else ())
    return tuple(
        NextSentence(place=candidates[at], spans=spans[at] if has_suggestions else ()) for at in order
    )


def _inspect(
    pool: Corpus,
    annotated: Corpus | None,
    candidates: Sequence[int],
    model: ModelChoice,
    device: str,
    cache: Path,
    *,
    seed: int,
    is_trained: bool,
) -> Generator[JobProgress, None, PoolView]:
    """Return the candidates as a probe sees them that learned from the training part of what is annotated."""
    train = split_corpus(annotated).train if annotated else ()
    corpora = {corpus.name: corpus for corpus in (pool, annotated) if corpus}
    kind = ProbeKind(SplitCorpora(corpora), EncodedCorpora(corpora, device=device, cache=cache), cache=cache)
    job = build_probe_job(annotated or pool, model, n=len(train), seed=seed)
    try:
        for name in corpora:
            yield from kind.prepare(replace(job, target=name))
        with limit_torch_threads():
            view = yield from inspect_pool(
                kind,
                job,
                train,
                [pool.sentences[place] for place in candidates],
                earlier=np.full((2, len(candidates)), np.nan),
                is_trained=is_trained,
                corpus=pool.name,
            )
    finally:
        delete_cached([pool.digest])  # no list of corpora knows of the pool, so nothing else would
    return view


def _list_candidates(pool: Corpus, annotated: Corpus | None, seed: int, *, are_documents: bool) -> list[int]:
    """Return the places of a pool in random order, documents by documents where these stay whole."""
    generator = np.random.default_rng([_ORDER, seed])
    seen = set(map(build_text_key, annotated.sentences)) if annotated else set()
    if are_documents:
        groups = [
            group
            for group in group_documents(pool.sentences)
            if sum(build_text_key(pool.sentences[place]) in seen for place in group) < len(group) / 2
        ]
        return [place for at in generator.permutation(len(groups)) for place in groups[at]]
    candidates = []
    for place in generator.permutation(len(pool.sentences)).tolist():
        key = build_text_key(pool.sentences[place])
        if key and key not in seen:
            seen.add(key)
            candidates.append(place)
    return candidates
