"""Table 4 of the paper for any two corpora: the word pieces that their entities, and their texts, share."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations

from tokenizers import Tokenizer

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.word_pieces import count_entity_pieces, count_text_pieces

TEXT = "text"  # the name of the row of all words, entities and others


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
    known_1: float | None = (
        None  # of all pieces of corpus_1, frequent ones as often: those that corpus_2 has, too
    )
    known_2: float | None = None

    def record(self) -> dict[str, object]:
        """Return the row that ``bioner corpus overlap`` prints."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """The word pieces of one corpus, each with how often it occurs."""

    name: str
    entities: Mapping[str, Counter[int]]  # entity type → pieces of its mentions
    text: Counter[int]  # pieces of all words


def pieces_of(corpus: Corpus, tokenizer: Tokenizer) -> Pieces:
    """Count the pieces of a corpus."""
    return Pieces(
        name=corpus.name, entities=count_entity_pieces(corpus, tokenizer), text=count_text_pieces(corpus, tokenizer)
    )


def overlap(one: Corpus, other: Corpus, tokenizer: Tokenizer) -> list[Overlap]:
    """Return what ``compared`` returns for the pieces of two corpora."""
    return compared(pieces_of(one, tokenizer), pieces_of(other, tokenizer))


def compared(one: Pieces, other: Pieces) -> list[Overlap]:
    """Return a row for each type that both corpora annotate, sorted, then the row of all text.

    A piece counts once however often it occurs, as in the paper's Table 4; ``known_1`` weighs it by how
    often it occurs, so that it says how much of one corpus's entities consists of what the other has shown.
    """
    names = one.name, other.name
    shared = sorted(one.entities.keys() & other.entities.keys())
    rows = [overlap_of(one.entities[e], other.entities[e], names=names, entity=e) for e in shared]
    return [*rows, overlap_of(one.text, other.text, names=names, entity=TEXT)]


def every_pair(found: Sequence[Pieces]) -> list[Overlap]:
    """Return the rows of any number of corpora, two by two in their order."""
    return [row for one, other in combinations(found, 2) for row in compared(one, other)]


def shares(rows: Iterable[Overlap], entity: str) -> dict[tuple[str, str], float]:
    """Return what share of the second corpus's unique pieces the first one has, too, in both directions.

    :param entity: a type, or "text".
    """
    found: dict[tuple[str, str], float] = {}
    for row in rows:
        if row.entity == entity:
            both = (
                ((row.corpus_2, row.corpus_1), row.share_of_1),
                ((row.corpus_1, row.corpus_2), row.share_of_2),
            )
            found |= {pair: share for pair, share in both if share is not None}
    return found


def sizes(rows: Iterable[Overlap], entity: str) -> dict[str, int]:
    """Return the unique pieces of each corpus."""
    own = [row for row in rows if row.entity == entity]
    return {row.corpus_1: row.unique_1 for row in own} | {row.corpus_2: row.unique_2 for row in own}


def overlap_of(one: Counter[int], other: Counter[int], *, names: tuple[str, str], entity: str) -> Overlap:
    """Return the row of two counts of pieces.

    >>> row = overlap_of(Counter({1: 8, 2: 2}), Counter({1: 1, 3: 1, 4: 2}), names=("A", "B"), entity="Drug")
    >>> row.shared, row.share_of_1, row.known_1, row.known_2
    (1, 0.5, 0.8, 0.25)
    """
    both = one.keys() & other.keys()
    found = overlap_printed(names=names, entity=entity, unique=(len(one), len(other)), shared=len(both))
    return replace(
        found,
        known_1=sum(one[piece] for piece in both) / one.total() if one else None,
        known_2=sum(other[piece] for piece in both) / other.total() if other else None,
    )


def overlap_printed(*, names: tuple[str, str], entity: str, unique: tuple[int, int], shared: int) -> Overlap:
    """Return the row of a table that tells numbers of unique pieces alone, as the paper's does.

    Each share is of the corpus's own unique pieces: so all eight of Table 4 come out (docs/overlap.md).
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
