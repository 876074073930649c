"""The grid of a plan: which sizes each target gets from each source, and what is left out with a word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import comb

from bioner_core.corpus.description import About, about
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import Split, split_corpus
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import key, parts, stages, subsets
from bioner_core.errors import BionerError
from bioner_core.study.jobs import TrainJob
from bioner_core.study.sizes import Size, with_commas

MOST_SUBSETS = 200  # sources of one plan: each is trained at every size, with every seed


def chain(source: str, known: Mapping[str, Corpus]) -> tuple[Corpus, ...]:
    """Return the corpora of a source such as "A", "A+B" or "A+B:C"; none for "none".

    :raises BionerError: a corpus is unknown or named twice, or a name is missing.
    """
    names = parts(source)
    for name in names:
        if not name.strip():
            raise BionerError(
                f"source {source}: a name is missing beside + or :. Write A+B (together), A:B (A, then B) "
                "or A+B:C (A and B together, then C)."
            )
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise BionerError(f"source {source}: there is no corpus {name!r}. There are: {there}.")
    for at, name in enumerate(names):
        if name in names[:at]:
            raise BionerError(f"source {source}: names {name} twice. Name each corpus once.")
    found = tuple(known[name] for name in names)
    digests = {corpus.digest: corpus.name for corpus in found}
    for corpus in found:
        if digests[corpus.digest] != corpus.name:
            raise BionerError(
                f"source {source}: {corpus.name} and {digests[corpus.digest]} hold the same sentences. "
                "Name one of them."
            )
    return found


def every_subset(sources: Sequence[str], most: int) -> tuple[str, ...]:
    """Return each combination of up to ``most`` of the corpora that sources name, trained on together.

    :raises BionerError: ``most`` is below 1, there is no corpus, an order is asked for, or it is too many.
    """
    if most < 1:
        raise BionerError(f"subsets: found {most}; allowed is 1 or more, such as 3.")
    corpora = tuple(dict.fromkeys(name for source in sources for name in parts(source)))
    if not corpora:
        raise BionerError("subsets: no source is named. Name two or more corpora to combine.")
    if chained := [source for source in sources if len(stages(source)) > 1]:
        raise BionerError(
            f"subsets: {chained[0]} asks for an order, which combinations have not. Name each corpus by "
            "itself."
        )
    count = sum(comb(len(corpora), n) for n in range(1, most + 1))
    if count > MOST_SUBSETS:
        raise BionerError(
            f"subsets: {len(corpora)} corpora have {count:,} combinations of up to {most}; at most "
            f"{MOST_SUBSETS} are allowed. Name fewer corpora, or a smaller number."
        )
    return subsets(corpora, most)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Sizes asked for, laid on targets and sources."""

    targets: Sequence[Corpus]
    sources: Sequence[str]  # "none" goes without saying
    known: Mapping[str, Corpus]  # what sources name
    sizes: Sequence[Size]
    full_sources: bool
    template: TrainJob  # what all jobs share

    def __post_init__(self) -> None:
        """Refuse the only target as its own source."""
        for source, corpora in self.chains.items():
            if len(self.targets) == 1 and self.targets[0].name in (corpus.name for corpus in corpora):
                raise BionerError(
                    f"source {source}: holds the target {self.targets[0].name}. Take other corpora."
                )

    @cached_property
    def chains(self) -> Mapping[str, tuple[Corpus, ...]]:
        """Return the corpora of each source, "none" first."""
        return {source: chain(source, self.known) for source in self._different}

    @cached_property
    def _different(self) -> Sequence[str]:
        """Return the sources, "none" first, without those that are others in another order."""
        asked = {key(source): source for source in reversed((NONE, *self.sources))}
        return tuple(reversed(asked.values()))

    @cached_property
    def corpora(self) -> Mapping[str, Corpus]:
        """Return all corpora that are used, by name."""
        used = (*self.targets, *(corpus for held in self.chains.values() for corpus in held))
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
    def about(self) -> Mapping[str, About]:
        """Return what is told of each corpus without its text."""
        return {name: about(corpus, self.splits[name]) for name, corpus in self.corpora.items()}

    def jobs(self) -> Iterator[TrainJob]:
        """Yield the jobs of one seed: targets in order, each without pretraining first, sizes ascending."""
        for target in self.targets:
            for source, corpora in self.chains.items():
                if target.name in (corpus.name for corpus in corpora):
                    continue
                for n in self._sizes_of(target, source):
                    yield replace(
                        self.template,
                        target=target.name,
                        target_digest=target.digest,
                        source=source,
                        source_digests=tuple(corpus.digest for corpus in corpora),
                        n_sentences=n,
                        is_full=n == self.train_sizes[target.name],
                    )

    def notes(self) -> Iterator[str]:
        """Yield what the jobs lack of what was asked for, and why."""
        for target in self.targets:
            full = self.train_sizes[target.name]
            if above := [n for n in self.sizes if n != "full" and n > full]:
                noun = "size" if len(above) == 1 else "sizes"
                yield (
                    f"{target.name}: {noun} {with_commas(above)} left out, "
                    f"since its training part has {full:,} sentences."
                )
            for source in self.chains:
                if source == NONE or target.name in parts(source):
                    continue
                if lacking := [kind for kind in target.types if kind not in self._types(source)]:
                    is_all = len(lacking) == len(target.types)
                    which = "" if is_all else f" of {' or '.join(lacking)}"
                    what = f"annotates none of {', '.join(lacking)}" if is_all else "does not annotate it"
                    yield f"{target.name} from {source}: no zero-shot point{which}, since {source} {what}."

    def _sizes_of(self, target: Corpus, source: str) -> list[int]:
        full = self.train_sizes[target.name]
        found = {n for n in self.sizes if n != "full" and 0 < n <= full}
        if "full" in self.sizes and (source == NONE or self.full_sources):
            found.add(full)
        if source != NONE and self._is_scored_at_0(target, source):
            found.add(0)
        return sorted(found)

    def _is_scored_at_0(self, target: Corpus, source: str) -> bool:
        return not self._types(source).isdisjoint(target.types)

    def _types(self, source: str) -> set[str]:
        return {kind for corpus in self.chains[source] for kind in corpus.types}
