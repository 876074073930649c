"""Table 4 of the paper for any two corpora: the word pieces that their entities, and their texts, share."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations

from tokenizers import Tokenizer

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.word_pieces import count_entity_pieces, count_text_pieces

TEXT = "text"  # the name of the row of all words, entities and others
RECORD_KEYS = {"coverage_1": "known_1", "coverage_2": "known_2"}  # field → its key in files and JSON


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """The pieces of one entity type, or of all text, in two corpora."""

    corpus_1: str
    corpus_2: str
    entity: str  # a type, or "text"
    unique_1: int  # different pieces in corpus_1
    unique_2: int
    shared: int  # different pieces in both
    share_of_1: float | None  # shared of unique_1, in [0, 1]; None where corpus_1 has no pieces of it
    share_of_2: float | None
    coverage_1: float | None = None  # share of all piece occurrences of corpus_1 that corpus_2 has, too
    coverage_2: float | None = None

    def record(self) -> dict[str, object]:
        """Return the row that ``bioner corpus overlap`` prints."""
        return {RECORD_KEYS.get(name, name): value for name, value in asdict(self).items()}


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """The word pieces of one corpus, each with how often it occurs."""

    name: str
    entities: Mapping[str, Counter[int]]  # entity type → pieces of its mentions
    text: Counter[int]  # pieces of all words


def count_pieces(corpus: Corpus, tokenizer: Tokenizer) -> Pieces:
    """Count the pieces of a corpus."""
    return Pieces(
        name=corpus.name,
        entities=count_entity_pieces(corpus, tokenizer),
        text=count_text_pieces(corpus, tokenizer),
    )


def measure_overlap(corpus: Corpus, other: Corpus, tokenizer: Tokenizer) -> list[Overlap]:
    """Count the pieces of two corpora and compare them."""
    return compare_pieces(count_pieces(corpus, tokenizer), count_pieces(other, tokenizer))


def compare_pieces(pieces: Pieces, other: Pieces) -> list[Overlap]:
    """Return a row for each type that both corpora annotate, sorted, then the row of all text.

    A piece counts once however often it occurs, as in the paper's Table 4; ``coverage_1`` weighs it by how
    often it occurs: the share of one corpus's text that consists of pieces of the other.
    """
    names = pieces.name, other.name
    shared = sorted(pieces.entities.keys() & other.entities.keys())
    rows = [
        compute_overlap(pieces.entities[entity], other.entities[entity], names=names, entity=entity)
        for entity in shared
    ]
    return [*rows, compute_overlap(pieces.text, other.text, names=names, entity=TEXT)]


def compare_all_pairs(corpora: Sequence[Pieces]) -> list[Overlap]:
    """Compare each pair of corpora, in their order."""
    return [row for pieces, other in combinations(corpora, 2) for row in compare_pieces(pieces, other)]


def compute_shares(rows: Iterable[Overlap], entity: str) -> dict[tuple[str, str], float]:
    """Return, by (first, second) corpus, the share of the second one's unique pieces that the first has, too.

    :param entity: a type, or "text".
    """
    shares: dict[tuple[str, str], float] = {}
    for row in rows:
        if row.entity == entity:
            directions = (
                ((row.corpus_2, row.corpus_1), row.share_of_1),
                ((row.corpus_1, row.corpus_2), row.share_of_2),
            )
            shares |= {pair: share for pair, share in directions if share is not None}
    return shares


def count_unique_pieces(rows: Iterable[Overlap], entity: str) -> dict[str, int]:
    """Return the number of unique pieces of each corpus."""
    entity_rows = [row for row in rows if row.entity == entity]
    firsts = {row.corpus_1: row.unique_1 for row in entity_rows}
    return firsts | {row.corpus_2: row.unique_2 for row in entity_rows}


def compute_overlap(
    counts: Counter[int], other_counts: Counter[int], *, names: tuple[str, str], entity: str
) -> Overlap:
    """Return the row of two counts of pieces.

    >>> counts, other_counts = Counter({1: 8, 2: 2}), Counter({1: 1, 3: 1, 4: 2})
    >>> row = compute_overlap(counts, other_counts, names=("A", "B"), entity="Drug")
    >>> row.shared, row.share_of_1, row.coverage_1, row.coverage_2
    (1, 0.5, 0.8, 0.25)
    """
    shared = counts.keys() & other_counts.keys()
    unique = len(counts), len(other_counts)
    overlap = build_printed_overlap(names=names, entity=entity, unique=unique, shared=len(shared))
    return replace(
        overlap,
        coverage_1=_compute_coverage(counts, shared),
        coverage_2=_compute_coverage(other_counts, shared),
    )


def _compute_coverage(counts: Counter[int], shared: Iterable[int]) -> float | None:
    return sum(counts[piece] for piece in shared) / counts.total() if counts else None


def build_printed_overlap(
    *, names: tuple[str, str], entity: str, unique: tuple[int, int], shared: int
) -> Overlap:
    """Return a row from numbers of unique pieces only, as the paper prints them.

    Each share is of that corpus's unique pieces: this reproduces all eight of Table 4 (docs/overlap.md).
    """
    return Overlap(
        corpus_1=names[0],
        corpus_2=names[1],
        entity=entity,
        unique_1=unique[0],
        unique_2=unique[1],
        shared=shared,
        share_of_1=shared / unique[0] if unique[0] else None,
        share_of_2=shared / unique[1] if unique[1] else None,
    )
