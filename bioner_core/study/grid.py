"""The grid of a plan: the sizes of each target and source, and notes on what is left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import comb

from bioner_core.corpus.description import CorpusDescription, describe_corpus
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import Split, split_corpus
from bioner_core.curves.points import NONE, RANDOM
from bioner_core.curves.sources import (
    build_source_key,
    list_corpus_subsets,
    list_source_corpora,
    parse_stages,
)
from bioner_core.errors import BionerError
from bioner_core.study.jobs import TrainJob
from bioner_core.study.sizes import Size, format_numbers

MAX_SUBSETS = 200  # of one plan: each is a source that is trained at every size with every seed


def resolve_source(source: str, available: Mapping[str, Corpus]) -> tuple[Corpus, ...]:
    """Return the corpora of a source such as "A", "A+B" or "A+B:C"; none for "none".

    :raises BionerError: a corpus is unknown or named twice, or a name is missing.
    """
    names = list_source_corpora(source)
    for name in names:
        if not name.strip():
            raise BionerError(
                f"source {source}: a name is missing beside + or :. Write A+B (together), A:B (A, then B) "
                "or A+B:C (A and B together, then C)."
            )
        if name not in available:
            names_available = ", ".join(sorted(available)) or "none"
            raise BionerError(f"source {source}: there is no corpus {name!r}. Available: {names_available}.")
    for at, name in enumerate(names):
        if name in names[:at]:
            raise BionerError(f"source {source}: names {name} twice. Name each corpus once.")
    corpora = tuple(available[name] for name in names)
    digests = {corpus.digest: corpus.name for corpus in corpora}
    for corpus in corpora:
        if digests[corpus.digest] != corpus.name:
            raise BionerError(
                f"source {source}: {corpus.name} and {digests[corpus.digest]} hold the same sentences. "
                "Name one of them."
            )
    return corpora


def list_subsets(sources: Sequence[str], max_size: int) -> tuple[str, ...]:
    """Return a joint source ("A+B") for each combination of up to ``max_size`` of the named corpora.

    :raises BionerError: ``max_size`` is below 1, there is no corpus, a source has stages, or too many.
    """
    if max_size < 1:
        raise BionerError(f"subsets: found {max_size}; allowed is 1 or more, such as 3.")
    corpora = tuple(dict.fromkeys(name for source in sources for name in list_source_corpora(source)))
    if not corpora:
        raise BionerError("subsets: no source is named. Name two or more corpora to combine.")
    if chained := [source for source in sources if len(parse_stages(source)) > 1]:
        raise BionerError(
            f"subsets: {chained[0]} specifies an order, but combinations have no order. Name each "
            "corpus separately."
        )
    count = sum(comb(len(corpora), n) for n in range(1, max_size + 1))
    if count > MAX_SUBSETS:
        raise BionerError(
            f"subsets: {len(corpora)} corpora have {count:,} combinations of up to {max_size}; at most "
            f"{MAX_SUBSETS} are allowed. Name fewer corpora, or a smaller number."
        )
    return list_corpus_subsets(corpora, max_size)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The combinations of targets, sources and sizes."""

    targets: Sequence[Corpus]
    sources: Sequence[str]  # "none" is always included
    available: Mapping[str, Corpus]  # by the names used in sources
    sizes: Sequence[Size]
    full_sources: bool
    template: TrainJob  # the fields that all jobs share
    strategies: Sequence[str] = ()  # beside random; without pretraining, below full data

    def __post_init__(self) -> None:
        """Refuse the only target as its own source."""
        for source, corpora in self.source_corpora.items():
            if len(self.targets) == 1 and self.targets[0].name in (corpus.name for corpus in corpora):
                raise BionerError(
                    f"source {source}: contains the target {self.targets[0].name}. Use other corpora."
                )

    @cached_property
    def source_corpora(self) -> Mapping[str, tuple[Corpus, ...]]:
        """Return the corpora of each source, "none" first."""
        return {source: resolve_source(source, self.available) for source in self._distinct_sources}

    @cached_property
    def _distinct_sources(self) -> Sequence[str]:
        """Return the sources, "none" first; "B+A" is dropped after "A+B"."""
        by_key = {build_source_key(source): source for source in reversed((NONE, *self.sources))}
        return tuple(reversed(by_key.values()))

    @cached_property
    def corpora(self) -> Mapping[str, Corpus]:
        """Return all corpora of the plan, by name."""
        used = (*self.targets, *(corpus for corpora in self.source_corpora.values() for corpus in corpora))
        return {corpus.name: corpus for corpus in used}

    @cached_property
    def splits(self) -> Mapping[str, Split]:
        """Return training and test part of each corpus."""
        seed, leave_out = self.template.split_seed, self.template.leave_out_shared
        return {
            name: split_corpus(corpus, seed=seed, leave_out_shared=leave_out)
            for name, corpus in self.corpora.items()
        }

    @cached_property
    def train_sizes(self) -> Mapping[str, int]:
        """Return the sentences of each corpus's training part."""
        return {name: len(split.train) for name, split in self.splits.items()}

    @property
    def descriptions(self) -> Mapping[str, CorpusDescription]:
        """Return the description of each corpus, without its text."""
        return {name: describe_corpus(corpus, self.splits[name]) for name, corpus in self.corpora.items()}

    def jobs(self) -> Iterator[TrainJob]:
        """Yield the jobs of one seed: targets in order, each without pretraining and at random first."""
        for target in self.targets:
            for source, corpora in self.source_corpora.items():
                if target.name in (corpus.name for corpus in corpora):
                    continue
                arms = (RANDOM, *(self.strategies if source == NONE else ()))
                sizes = self._select_sizes(target, source)
                for strategy, n in product(arms, sizes):
                    is_full = n == self.train_sizes[target.name]
                    if is_full and strategy != RANDOM:
                        continue  # the same sentences whatever chooses them
                    yield replace(
                        self.template,
                        target=target.name,
                        target_digest=target.digest,
                        source=source,
                        source_digests=tuple(corpus.digest for corpus in corpora),
                        strategy=strategy,
                        n_sentences=n,
                        is_full=is_full,
                    )

    def notes(self) -> Iterator[str]:
        """Yield a sentence for each requested size or zero-shot point that is left out, with the reason."""
        for target in self.targets:
            full = self.train_sizes[target.name]
            if above := [n for n in self.sizes if n != "full" and n > full]:
                noun = "size" if len(above) == 1 else "sizes"
                yield (
                    f"{target.name}: {noun} {format_numbers(above)} left out, "
                    f"since its training part has {full:,} sentences."
                )
            for source in self.source_corpora:
                if source == NONE or target.name in list_source_corpora(source):
                    continue
                if missing := [kind for kind in target.types if kind not in self._types(source)]:
                    is_all = len(missing) == len(target.types)
                    which = "" if is_all else f" of {' or '.join(missing)}"
                    what = f"annotates none of {', '.join(missing)}" if is_all else "does not annotate it"
                    yield f"{target.name} from {source}: no zero-shot point{which}, since {source} {what}."

    def _select_sizes(self, target: Corpus, source: str) -> list[int]:
        full = self.train_sizes[target.name]
        sizes = {n for n in self.sizes if n != "full" and 0 < n <= full}
        if "full" in self.sizes and (source == NONE or self.full_sources):
            sizes.add(full)
        if source != NONE and self._is_scored_at_0(target, source):
            sizes.add(0)
        return sorted(sizes)

    def _is_scored_at_0(self, target: Corpus, source: str) -> bool:
        return not self._types(source).isdisjoint(target.types)

    def _types(self, source: str) -> set[str]:
        return {kind for corpus in self.source_corpora[source] for kind in corpus.types}
