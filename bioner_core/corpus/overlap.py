"""Table 4 of the paper for any two corpora: the word pieces that their entities, and their texts, share."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tokenizers import Tokenizer

from bioner_core.corpus.pieces import entity_pieces, text_pieces
from bioner_core.corpus.sentences import Corpus

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
    known_1: float | None  # of all pieces of corpus_1, frequent ones as often: those that corpus_2 has, too
    known_2: float | None

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
        name=corpus.name, entities=entity_pieces(corpus, tokenizer), text=text_pieces(corpus, tokenizer)
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


def overlap_of(one: Counter[int], other: Counter[int], *, names: tuple[str, str], entity: str) -> Overlap:
    """Return the row of two counts of pieces.

    >>> row = overlap_of(Counter({1: 8, 2: 2}), Counter({1: 1, 3: 1, 4: 2}), names=("A", "B"), entity="Drug")
    >>> row.shared, row.share_of_1, row.known_1, row.known_2
    (1, 0.5, 0.8, 0.25)
    """
    both = one.keys() & other.keys()
    return Overlap(
        corpus_1=names[0],
        corpus_2=names[1],
        entity=entity,
        unique_1=len(one),
        unique_2=len(other),
        shared=len(both),
        share_of_1=len(both) / len(one) if one else None,
        share_of_2=len(both) / len(other) if other else None,
        known_1=sum(one[piece] for piece in both) / one.total() if one else None,
        known_2=sum(other[piece] for piece in both) / other.total() if other else None,
    )
