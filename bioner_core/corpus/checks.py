"""Checks of a corpus and its split: what makes its curve unreliable, and whether it may be a source."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bioner_core.corpus.reading.passages import Finding, Level
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import Split, build_text_key, group_documents, split_corpus
from bioner_core.errors import BionerError

FEW_MENTIONS = 50  # fewer test mentions of a type make F1 too coarse
LONG_SENTENCE = 200  # words; longer ones suggest a wrong sentence segmentation


def check_corpus(corpus: Corpus) -> tuple[Finding, ...]:
    """Return findings on what may make a curve of this corpus unreliable: split, sentences, language."""
    try:
        findings = check_split(split_corpus(corpus))
    except BionerError as error:  # too small to split; it can still be viewed and converted
        findings = (Finding(level="warning", where=corpus.name, message=str(error)),)
    findings = (*findings, *_find_oddities(corpus))
    return tuple(replace(finding, is_doubt=True) for finding in findings)


def check_split(split: Split) -> tuple[Finding, ...]:
    """Return findings on what makes scores on the test part of a split unreliable."""
    messages = [*_check_sampling_unit(split), *_check_mention_counts(split)]
    findings = tuple(Finding(level="warning", where=split.name, message=m) for m in messages)
    return findings + find_leakage(split)


def _check_sampling_unit(split: Split) -> Iterable[str]:
    """Yield a message if the test part was drawn by sentence."""
    if split.origin == "sentences":
        n_unnamed = sum(not s.document for s in (*split.train, *split.test))
        reason = (
            f"{n_unnamed} sentences name no document" if n_unnamed else "all sentences are in one document"
        )
        yield (
            f"{reason}, so the test part is drawn by sentence: it may share documents with the training "
            "part, and F1 is then too high. --documents COLUMN says where a table names documents."
        )


def _check_mention_counts(split: Split) -> Iterable[str]:
    """Yield a message for each type with no or few mentions."""
    train, test = _count_mentions(split.train), _count_mentions(split.test)
    for entity in split.types:
        if not train[entity]:
            yield f"the training part has no {entity} mention: there is nothing to learn it from."
        if not test[entity]:
            yield f"the test part has no {entity} mention: there is no F1 for it."
        elif test[entity] < FEW_MENTIONS:
            yield (
                f"the test part has {test[entity]} {entity} mentions, fewer than {FEW_MENTIONS}: "
                f"one of them is worth up to {compute_points_per_mention(test[entity]):.0f} points of F1."
            )


def compute_points_per_mention(n_test: int, f1: float | None = None) -> float:
    """Return by how many points F1 changes if one test mention more or less is found.

    F1 = 2 tp / (gold + predicted). A missed mention that is found adds one to tp and one to predicted, so F1
    grows by (2 - F1) / (gold + predicted + 1). As many mentions are predicted as there are, roughly, which
    makes that (2 - F1) / 2 n. It is at most 1 / n: where F1 is 0, or where a prediction with a wrong end or
    type is put right, which adds to tp alone.

    >>> round(compute_points_per_mention(40, 0.85), 2), compute_points_per_mention(40)
    (1.44, 2.5)

    :param n_test: mentions of the type in the test part, 1 or more.
    :param f1: in [0, 1]; None where it is unknown, for the upper bound.
    """
    return 50 * (2 - (f1 or 0.0)) / n_test


def find_leakage(split: Split, sources: Sequence[Split] = ()) -> tuple[Finding, ...]:
    """Return a finding for each training part, of the target or a source, that contains test sentences."""
    texts = [build_text_key(sentence) for sentence in split.test]
    n_in_document = Counter(s.document for s in split.test)
    findings = []
    for other in (split, *sources):
        train_texts = {build_text_key(sentence) for sentence in other.train}
        shared = [s for s, text in zip(split.test, texts, strict=True) if text in train_texts]
        if shared:
            counts = Counter(s.document for s in shared if s.document)
            n_whole = sum(count == n_in_document[document] for document, count in counts.items())
            where = "the training part" if other is split else f"the training part of {other.name}"
            n_mentions = _count_mentions(shared).total()
            message = (
                f"{len(shared)} of {len(texts)} test sentences occur word for word in {where}, too (mentions "
                f"in them: {n_mentions}, whole documents: {n_whole}): F1 is too high on them. "
                "You can leave them out of training."
            )
            level: Level = "warning" if len(shared) >= 0.01 * len(texts) else "note"
            findings.append(Finding(level=level, where=split.name, message=message))
    return tuple(findings)


def _count_mentions(sentences: Iterable[Sentence]) -> Counter[str]:
    return Counter(span.label for sentence in sentences for span in sentence.spans)


def is_eligible_source(candidate: Corpus, target: Corpus) -> bool:
    """Tell whether a corpus may be recommended as a source: neither the target itself nor synthetic."""
    return candidate.name != target.name and candidate.digest != target.digest and not candidate.is_synthetic


def _find_oddities(corpus: Corpus) -> Iterable[Finding]:
    """Return findings on empty and long sentences, repeated documents, language and synthetic text."""
    for level, message in _describe_oddities(corpus):
        yield Finding(level=level, where=corpus.name, message=message)


def _describe_oddities(corpus: Corpus) -> Iterable[tuple[Level, str]]:
    n_empty = sum(not sentence.tokens for sentence in corpus.sentences)
    if n_empty:
        yield "warning", f"sentences without words: {n_empty}."
    n_long = sum(len(sentence.tokens) > LONG_SENTENCE for sentence in corpus.sentences)
    if n_long > 0.01 * len(corpus.sentences):
        yield (
            "warning",
            f"sentences of more than {LONG_SENTENCE} words: {n_long}. Are the sentences of the file "
            "separated (CoNLL: by an empty line)?",
        )
    n_repeated = _count_repeated_documents(corpus)
    if n_repeated:
        yield "note", f"documents that occur more than once, word for word: {n_repeated}."
    if not corpus.language:
        yield "note", "the language is unknown. Set it with --language, such as en or ru."
    if corpus.agreement_f1 is not None:
        yield (
            "note",
            f"annotators of the same texts agree with F1 {100 * corpus.agreement_f1:.1f} (exact places and "
            "labels of the files). Expect no model to exceed that.",
        )
    if corpus.is_synthetic:
        yield "warning", "this corpus is synthetic, made by a script: good for a first try, but no evidence."


def _count_repeated_documents(corpus: Corpus) -> int:
    """Count documents of two or more sentences whose text equals that of an earlier document."""
    groups = [group for group in group_documents(corpus.sentences) if len(group) > 1]
    texts = [tuple(build_text_key(corpus.sentences[at]) for at in group) for group in groups]
    return len(texts) - len(set(texts))
