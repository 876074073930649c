"""Public corpora as text: rows of the list, terms before a download, and the tables of docs/corpora.md."""

from collections.abc import Iterable, Iterator
from math import ceil

from bioner_core.corpus.fetching.download import DownloadProgress
from bioner_core.corpus.fetching.fetch import describe_verification
from bioner_core.corpus.fetching.registry import ACCESS, PublicCorpus, PublishedCounts

_ACCESS_LABELS = {"open": "download", "ask": "ask", "unlicensed": "no licence", "unread": "not read"}


def format_size(n_bytes: int | None) -> str:
    """Format the size of a download in MB.

    >>> format_size(1_250_000), format_size(40_000), format_size(None)
    ('1.3 MB', '0.1 MB', 'size unknown')
    """
    return "size unknown" if n_bytes is None else f"{ceil(n_bytes / 1e5) / 10:.1f} MB"


def build_row(corpus: PublicCorpus) -> dict[str, object]:
    """Return a corpus as a row of the list of public corpora."""
    return {
        "name": corpus.name,
        "title": corpus.title,
        "language": corpus.language,
        "domain": corpus.domain,
        "annotates": corpus.annotates,
        "types": ", ".join(corpus.types),
        "access": _ACCESS_LABELS[corpus.access],
        "size": format_size(corpus.bytes) if corpus.files else "",
        "licence": corpus.licence or "none stated",
        "home": corpus.home,
        "ask": corpus.ask,
        "published": format_counts(corpus.published),
        "citation": corpus.citation,
        "unverified": ", ".join(corpus.unverified),
    }


def describe_terms(corpus: PublicCorpus) -> Iterator[str]:
    """Yield the lines that a user must know before a download: licence, size, home, citation, doubts."""
    yield f"{corpus.title}: {corpus.annotates}."
    yield f"Licence: {corpus.licence}."
    hosts = sorted({remote.url.split("/")[2] for remote in corpus.files})
    yield f"Download: {format_size(corpus.bytes)} from {', '.join(hosts)}; {describe_verification(corpus)}."
    yield f"Home: {corpus.home}"
    yield f"Cite: {corpus.citation}"
    if corpus.is_synthetic:
        yield "Synthetic: its texts were made by a machine."
    if corpus.unverified:
        yield _format_unverified(corpus).strip()


def format_progress(progress: DownloadProgress) -> str:
    """Format the progress of a download in one line.

    >>> step = DownloadProgress(phase="downloading", done=3_000_000, total=12_000_000, seconds_left=9.4)
    >>> format_progress(step)
    'downloading: 3.0 of 12.0 MB, about 10 s left'
    """
    amount = format_amount(progress.done, progress.total)
    return f"{progress.phase}{amount}{format_time_left(progress.seconds_left)}"


def format_amount(done: int, total: int | None) -> str:
    """Format the amount downloaded in MB, after a colon; "" where it is 0.

    >>> format_amount(3_000_000, None), format_amount(0, 12_000_000)
    (': 3.0 MB', '')
    """
    of = "" if total is None else f" of {total / 1e6:.1f}"
    return f": {done / 1e6:.1f}{of} MB" if done else ""


def format_time_left(seconds: float | None) -> str:
    """Format the time left, after a comma; "" where it is unknown.

    >>> format_time_left(None), format_time_left(9.4), format_time_left(90)
    ('', ', about 10 s left', ', about 2 min left')
    """
    if seconds is None:
        return ""
    return f", about {ceil(seconds)} s left" if seconds < 60 else f", about {ceil(seconds / 60)} min left"


def format_counts(published: PublishedCounts | None) -> str:
    """Format published counts with their source.

    >>> format_counts(PublishedCounts(documents=1500, mentions={"Chemical": 15935}, source="Li 2016"))
    '1,500 documents; 15,935 Chemical (Li 2016)'
    """
    if published is None:
        return ""
    units = (("documents", published.documents), ("sentences", published.sentences))
    groups = [", ".join(f"{n:,} {unit}" for unit, n in units if n is not None)]
    groups.append(", ".join(f"{n:,} {label}" for label, n in published.mentions.items()))
    groups.append(f"{published.n_mentions:,} mentions" if published.n_mentions else "")
    return f"{'; '.join(group for group in groups if group)} ({published.source})"


def render_tables(corpora: Iterable[PublicCorpus]) -> str:
    """Render the tables of docs/corpora.md in Markdown: open corpora, then the others with where to ask."""
    corpora = list(corpora)
    heads = "name", "corpus", "language, domain", "read as", "licence", "download", "published counts"
    lines = [_join_cells([*heads, "not checked by us"]), f"|{' --- |' * (len(heads) + 1)}"]
    lines += [_render_open_row(corpus) for corpus in corpora if corpus.access == "open"]
    lines += [
        "",
        "| corpus | language, domain | why not, and where to ask | licence |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_render_closed_row(corpus) for corpus in corpora if corpus.access != "open"]
    return "\n".join(lines) + "\n"


def _render_open_row(corpus: PublicCorpus) -> str:
    labels = ", ".join(f"{raw} → {kind}" for raw, kind in corpus.labels.items())
    cells = [
        f"`{corpus.name}`",
        f"[{corpus.title}]({corpus.home}): {corpus.annotates}{' (synthetic)' if corpus.is_synthetic else ''}",
        f"{corpus.language}, {corpus.domain}",
        f"{corpus.format}: {labels}",
        corpus.licence,
        f"{format_size(corpus.bytes)}; {describe_verification(corpus)}",
        format_counts(corpus.published) or "none on record",
        ", ".join(corpus.unverified) or "–",
    ]
    return _join_cells(cells)


def _render_closed_row(corpus: PublicCorpus) -> str:
    cells = [
        f"[{corpus.title}]({corpus.home}): {corpus.annotates}",
        f"{corpus.language}, {corpus.domain}",
        f"{ACCESS[corpus.access]}. {corpus.ask}{_format_unverified(corpus)}",
        corpus.licence or "none stated",
    ]
    return _join_cells(cells)


def _format_unverified(corpus: PublicCorpus) -> str:
    return f" Not checked by us: {', '.join(corpus.unverified)}." if corpus.unverified else ""


def _join_cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
