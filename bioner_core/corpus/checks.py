"""Checks of a whole corpus: what makes its curve unreliable, and whether it may be a recommended source."""

from collections.abc import Iterable
from dataclasses import replace

from bioner_core.corpus.reading.passages import Finding, Level
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import group_documents, split_corpus
from bioner_core.errors import BionerError

LONG_SENTENCE = 200  # words; longer ones suggest a wrong sentence segmentation


def check_corpus(corpus: Corpus) -> tuple[Finding, ...]:
    """Return findings on what may make a curve of this corpus unreliable: split, sentences, language."""
    try:
        findings = split_corpus(corpus).findings
    except BionerError as error:  # too small to split; it can still be viewed and converted
        findings = (Finding(level="warning", where=corpus.name, message=str(error)),)
    findings = (*findings, *_find_oddities(corpus))
    return tuple(replace(finding, is_doubt=True) for finding in findings)


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
    if corpus.is_synthetic:
        yield "warning", "this corpus is synthetic, made by a script: fine for a try, but no evidence."


def _count_repeated_documents(corpus: Corpus) -> int:
    """Count documents of two or more sentences whose text equals that of an earlier document."""
    groups = [group for group in group_documents(corpus.sentences) if len(group) > 1]
    texts = [tuple("".join(corpus.sentences[at].tokens) for at in group) for group in groups]
    return len(texts) - len(set(texts))
