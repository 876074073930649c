"""Public corpora in words: rows of the list, terms before a download, and the table of docs/corpora.md."""

from collections.abc import Iterable, Iterator
from math import ceil

from bioner_core.corpus.fetching.download import Downloading
from bioner_core.corpus.fetching.fetch import verified
from bioner_core.corpus.fetching.registry import ACCESS, CorpusCounts, PublicCorpus

_STATES = {"open": "download", "ask": "ask", "unlicensed": "no licence", "unread": "not read"}


def size(n_bytes: int | None) -> str:
    """Return a size in MB, as a download is told of.

    >>> size(1_250_000), size(40_000), size(None)
    ('1.3 MB', '0.1 MB', 'size unknown')
    """
    return "size unknown" if n_bytes is None else f"{ceil(n_bytes / 1e5) / 10:.1f} MB"


def record(corpus: PublicCorpus) -> dict[str, object]:
    """Return a corpus as a row of the list."""
    return {
        "name": corpus.name,
        "title": corpus.title,
        "language": corpus.language,
        "domain": corpus.domain,
        "annotates": corpus.annotates,
        "types": ", ".join(corpus.types),
        "access": _STATES[corpus.access],
        "size": size(corpus.bytes) if corpus.files else "",
        "licence": corpus.licence or "none stated",
        "home": corpus.home,
        "ask": corpus.ask,
        "published": counts(corpus.published),
        "citation": corpus.citation,
        "unverified": ", ".join(corpus.unverified),
    }


def terms(corpus: PublicCorpus) -> Iterator[str]:
    """Yield what to know before a download, a line each."""
    yield f"{corpus.title}: {corpus.annotates}."
    yield f"Licence: {corpus.licence}."
    hosts = sorted({source.url.split("/")[2] for source in corpus.files})
    yield f"Download: {size(corpus.bytes)} from {', '.join(hosts)}; {verified(corpus)}."
    yield f"Home: {corpus.home}"
    yield f"Cite: {corpus.citation}"
    if corpus.is_synthetic:
        yield "Synthetic: its texts were made by a machine."
    if corpus.unverified:
        yield _doubts(corpus).strip()


def told(step: Downloading) -> str:
    """Return in a line how far a download is.

    >>> told(Downloading(phase="downloading", done=3_000_000, total=12_000_000, seconds_left=9.4))
    'downloading: 3.0 of 12.0 MB, about 10 s left'
    """
    return f"{step.phase}{amount(step.done, step.total)}{left(step.seconds_left)}"


def amount(done: int, total: int | None) -> str:
    """Return how many MB have come, behind a colon; "" where none have.

    >>> amount(3_000_000, None), amount(0, 12_000_000)
    (': 3.0 MB', '')
    """
    of = "" if total is None else f" of {total / 1e6:.1f}"
    return f": {done / 1e6:.1f}{of} MB" if done else ""


def left(seconds: float | None) -> str:
    """Return the time left, behind a comma; "" where it is unknown.

    >>> left(None), left(9.4), left(90)
    ('', ', about 10 s left', ', about 2 min left')
    """
    if seconds is None:
        return ""
    return f", about {ceil(seconds)} s left" if seconds < 60 else f", about {ceil(seconds / 60)} min left"


def counts(published: CorpusCounts | None) -> str:
    """Return published counts with who says so.

    >>> counts(CorpusCounts(documents=1500, mentions={"Chemical": 15935}, source="Li 2016"))
    '1,500 documents; 15,935 Chemical (Li 2016)'
    """
    if published is None:
        return ""
    said = (("documents", published.documents), ("sentences", published.sentences))
    parts = [", ".join(f"{n:,} {what}" for what, n in said if n is not None)]
    parts.append(", ".join(f"{n:,} {label}" for label, n in published.mentions.items()))
    parts.append(f"{published.n_mentions:,} mentions" if published.n_mentions else "")
    return f"{'; '.join(part for part in parts if part)} ({published.source})"


def markdown(corpora: Iterable[PublicCorpus]) -> str:
    """Return the tables of docs/corpora.md: what can be downloaded, then the rest with where to ask."""
    corpora = list(corpora)
    heads = "name", "corpus", "language, domain", "read as", "licence", "download", "published counts"
    lines = [_cells([*heads, "not checked by us"]), f"|{' --- |' * (len(heads) + 1)}"]
    lines += [_row(corpus) for corpus in corpora if corpus.access == "open"]
    lines += [
        "",
        "| corpus | language, domain | why not, and where to ask | licence |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_described(corpus) for corpus in corpora if corpus.access != "open"]
    return "\n".join(lines) + "\n"


def _row(corpus: PublicCorpus) -> str:
    labels = ", ".join(f"{raw} → {kind}" for raw, kind in corpus.labels.items())
    cells = [
        f"`{corpus.name}`",
        f"[{corpus.title}]({corpus.home}): {corpus.annotates}{' (synthetic)' if corpus.is_synthetic else ''}",
        f"{corpus.language}, {corpus.domain}",
        f"{corpus.format}: {labels}",
        corpus.licence,
        f"{size(corpus.bytes)}; {verified(corpus)}",
        counts(corpus.published) or "none on record",
        ", ".join(corpus.unverified) or "–",
    ]
    return _cells(cells)


def _described(corpus: PublicCorpus) -> str:
    cells = [
        f"[{corpus.title}]({corpus.home}): {corpus.annotates}",
        f"{corpus.language}, {corpus.domain}",
        f"{ACCESS[corpus.access]}. {corpus.ask}{_doubts(corpus)}",
        corpus.licence or "none stated",
    ]
    return _cells(cells)


def _doubts(corpus: PublicCorpus) -> str:
    return f" Not checked by us: {', '.join(corpus.unverified)}." if corpus.unverified else ""


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
