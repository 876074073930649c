"""Corpus statistics as in Table 1 of the paper: documents, sentences, tokens, mentions and their lengths."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import count_documents


@dataclass(frozen=True, kw_only=True)
class EntityStatistics:
    """The mentions of one type."""

    count: int
    avg_length: float | None  # tokens; None without mentions


@dataclass(frozen=True, kw_only=True)
class CorpusStatistics:
    """One row of Table 1; None where unknown."""

    name: str
    documents: int | None  # None where not all sentences name their document
    sentences: int
    tokens: int
    avg_document_length: float | None  # sentences
    avg_sentence_length: float | None  # tokens
    entities: Mapping[str, EntityStatistics]  # by type, sorted

    def record(self) -> dict[str, object]:
        """Return the JSON object that ``bioner corpus stats`` prints."""
        return asdict(self)


def compute_statistics(corpus: Corpus) -> CorpusStatistics:
    """Count documents, sentences, tokens and mentions, and average their lengths."""
    n_sentences = len(corpus.sentences)
    n_tokens = sum(len(sentence.tokens) for sentence in corpus.sentences)
    documents = count_documents(corpus.sentences)
    lengths: dict[str, list[int]] = {entity: [] for entity in corpus.types}
    for sentence in corpus.sentences:
        for span in sentence.spans:
            lengths[span.label].append(span.end - span.start)
    return CorpusStatistics(
        name=corpus.name,
        documents=documents,
        sentences=n_sentences,
        tokens=n_tokens,
        avg_document_length=n_sentences / documents if documents else None,
        avg_sentence_length=n_tokens / n_sentences if n_sentences else None,
        entities={
            entity: EntityStatistics(
                count=len(mention_lengths),
                avg_length=sum(mention_lengths) / len(mention_lengths) if mention_lengths else None,
            )
            for entity, mention_lengths in sorted(lengths.items())
        },
    )
