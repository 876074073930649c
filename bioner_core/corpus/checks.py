"""What no reader of a single file can find odd about a corpus; whether it may be advised as a source."""

from collections.abc import Iterable
from dataclasses import replace

from bioner_core.corpus.reading.passages import Finding, Level
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import documents, split_corpus
from bioner_core.errors import BionerError

LONG_SENTENCE = 200  # words; above, the file's sentences are hardly sentences


def check(corpus: Corpus) -> tuple[Finding, ...]:
    """Return what may make a curve of this corpus doubtful: its split, sentences, language."""
    try:
        findings = split_corpus(corpus).findings
    except BionerError as error:  # too small to be parted; it may still be read, shown and converted
        findings = (Finding(level="warning", where=corpus.name, message=str(error)),)
    own = (Finding(level=level, where=corpus.name, message=text) for level, text in _odd(corpus))
    return tuple(replace(finding, is_doubt=True) for finding in (*findings, *own))


def is_source_for(other: Corpus, target: Corpus) -> bool:
    """Say whether a corpus of the library may be advised as a source: neither the target nor synthetic."""
    return other.name != target.name and other.digest != target.digest and not other.is_synthetic


def _odd(corpus: Corpus) -> Iterable[tuple[Level, str]]:
    n_bare = sum(not sentence.tokens for sentence in corpus.sentences)
    if n_bare:
        yield "warning", f"sentences without words: {n_bare}."
    n_long = sum(len(sentence.tokens) > LONG_SENTENCE for sentence in corpus.sentences)
    if n_long > 0.01 * len(corpus.sentences):
        yield (
            "warning",
            f"sentences of more than {LONG_SENTENCE} words: {n_long}. Does the file part sentences as it "
            "should (CoNLL: by an empty line)?",
        )
    n_twice = _n_repeated(corpus)
    if n_twice:
        yield "note", f"documents that stand in the corpus twice, word for word: {n_twice}."
    if not corpus.language:
        yield "note", "the language is unknown. Say it by --language, such as en or ru."
    if corpus.is_synthetic:
        yield "warning", "this corpus is synthetic, made by a script: good for a try, not for a claim."


def _n_repeated(corpus: Corpus) -> int:
    """Count documents of two or more sentences whose words stand in an earlier document, too."""
    groups = [group for group in documents(corpus.sentences) if len(group) > 1]
    texts = [tuple("".join(corpus.sentences[at].tokens) for at in group) for group in groups]
    return len(texts) - len(set(texts))
