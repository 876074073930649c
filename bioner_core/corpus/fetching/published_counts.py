"""Compare the counts of a corpus that was read with its published counts."""

from collections.abc import Iterator, Mapping, Sequence

from bioner_core.corpus.fetching.registry import PublishedCounts
from bioner_core.corpus.opening import OpenedCorpus
from bioner_core.corpus.split import count_documents

_MAX_LISTED = 6  # counts that are named in the message


def count_opened(opened: OpenedCorpus) -> dict[str, int | None]:
    """Count documents (None where unknown), sentences and, by label, mentions before mapping."""
    corpus, reading = opened.corpus, opened.reading
    counts: dict[str, int | None] = {
        "documents": count_documents(corpus.sentences),
        "sentences": len(corpus.sentences),
    }
    return counts | {f"label {label}": n for label, n in (reading.labels if reading else {}).items()}


def compare_counts(counts: Mapping[str, int | None], published: PublishedCounts | None) -> str:
    """Return one line on how the counts compare with the published ones.

    >>> published = PublishedCounts(documents=3, mentions={"Drug": 9}, source="Li 2016")
    >>> compare_counts({"documents": 3, "label Drug": 8}, published)
    'Counts differ from the published ones (Li 2016): Drug 8 read of 9.'
    """
    if published is None:
        return "No published counts are on record, so counts were not compared."
    pairs = [pair for pair in _pair_counts(counts, published) if pair[1] is not None]
    if not pairs:
        return f"The published counts ({published.source}) count units that these files do not mark."
    differing = [
        f"{name} {read:,} read of {expected:,}" for name, read, expected in pairs if read != expected
    ]
    if differing:
        return f"Counts differ from the published ones ({published.source}): {_join_first(differing)}."
    equal = [f"{expected:,} {name}" for name, _, expected in pairs]
    return f"Counts are the published ones ({published.source}): {_join_first(equal)}."


def _join_first(items: Sequence[str]) -> str:
    """Join the first items, and say how many more there are."""
    more = f" and {len(items) - _MAX_LISTED} more" if len(items) > _MAX_LISTED else ""
    return ", ".join(items[:_MAX_LISTED]) + more


def _pair_counts(
    counts: Mapping[str, int | None], published: PublishedCounts
) -> Iterator[tuple[str, int | None, int]]:
    """Yield the name of each published count, the count as read, and the published one."""
    if published.documents is not None:
        yield "documents", counts.get("documents"), published.documents
    if published.sentences is not None:
        yield "sentences", counts.get("sentences"), published.sentences
    for label, n in published.mentions.items():
        yield label, counts.get(f"label {label}", 0), n
    if published.n_mentions is not None:
        n_read = sum(n or 0 for name, n in counts.items() if name.startswith("label "))
        yield "mentions", n_read, published.n_mentions
