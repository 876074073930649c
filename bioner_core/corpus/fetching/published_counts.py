"""What was read of a corpus beside what is published of it, in one line."""

from collections.abc import Iterator, Mapping

from bioner_core.corpus.fetching.registry import CorpusCounts
from bioner_core.corpus.library import Opened
from bioner_core.corpus.split import n_documents

_NAMED = 6  # labels that differ, told by name


def counted(opened: Opened) -> dict[str, int | None]:
    """Return documents, sentences and mentions by label as they were read; documents None where unknown."""
    corpus, reading = opened.corpus, opened.reading
    found: dict[str, int | None] = {
        "documents": n_documents(corpus.sentences),
        "sentences": len(corpus.sentences),
    }
    return found | {f"label {label}": n for label, n in (reading.labels if reading else {}).items()}


def compared(found: Mapping[str, int | None], published: CorpusCounts | None) -> str:
    """Say in one line how what was read compares with what is published.

    >>> said = CorpusCounts(documents=3, mentions={"Drug": 9}, source="Li 2016")
    >>> compared({"documents": 3, "label Drug": 8}, said)
    'Counts differ from the published ones (Li 2016): Drug 8 read of 9.'
    """
    if published is None:
        return "No published counts are on record, so counts were not compared."
    pairs = [(name, read, said) for name, read, said in _pairs(found, published) if read is not None]
    if not pairs:
        return f"The published counts ({published.source}) count what this file does not tell."
    differing = [f"{name} {read:,} read of {said:,}" for name, read, said in pairs if read != said]
    if not differing:
        names = ", ".join(f"{said:,} {name}" for name, _, said in pairs[:_NAMED])
        more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
        return f"Counts are the published ones ({published.source}): {names}{more}."
    more = f" and {len(differing) - _NAMED} more" if len(differing) > _NAMED else ""
    return (
        f"Counts differ from the published ones ({published.source}): {', '.join(differing[:_NAMED])}{more}."
    )


def _pairs(found: Mapping[str, int | None], published: CorpusCounts) -> Iterator[tuple[str, int | None, int]]:
    """Yield what is counted, as read and as published."""
    if published.documents is not None:
        yield "documents", found.get("documents"), published.documents
    if published.sentences is not None:
        yield "sentences", found.get("sentences"), published.sentences
    for label, n in published.mentions.items():
        yield label, found.get(f"label {label}", 0), n
    if published.n_mentions is not None:
        n_read = sum(n or 0 for name, n in found.items() if name.startswith("label "))
        yield "mentions", n_read, published.n_mentions
