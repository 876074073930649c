"""Strategies: rules that choose which sentences to annotate first, in batches.

A strategy is written with the sentences of its batches, as in "margin/100". Corpora have no "/" in their
names, so that a strategy never looks like a source.
"""

from collections.abc import Iterable, Mapping, Sequence

from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import RANDOM, Method
from bioner_core.errors import BionerError

STRATEGIES: Mapping[str, str] = {  # name → what it takes first
    "margin": "sentences with the word whose two likeliest tags are closest",
    "mnlp": "sentences whose tags are least likely, by the mean over their words",
    "diverse": "sentences that differ from those already chosen",
    "hybrid": "sentences with many predicted mentions on which the model changes its mind",
    "rare": "sentences with predicted mentions of the types that have fewest so far",
    "documents": "whole documents, those with the least likely tags",
}
DEFAULT_BATCH = 100  # sentences between two rounds of choosing
MIN_BATCH, MAX_BATCH = 5, 1000


def parse_strategies(text: str | Iterable[str]) -> tuple[str, ...]:
    """Return the strategies of a text or a sequence, each once, without "random", which every plan has.

    >>> parse_strategies("margin, random, diverse/50")
    ('margin/100', 'diverse/50')

    :raises BionerError: one is unknown, or its batch is out of range.
    """
    strategies = dict.fromkeys(map(parse_strategy, text.split(",") if isinstance(text, str) else text))
    return tuple(strategy for strategy in strategies if strategy != RANDOM)


def parse_strategy(text: str) -> str:
    """Return a strategy with its batch, or "random". :raises BionerError: as ``parse_strategies`` does."""
    name, slash, batch = text.strip().partition("/")
    if name == RANDOM and not slash:
        return RANDOM
    if name not in STRATEGIES:
        raise BionerError(
            f"strategy {text.strip()!r}: unknown. Allowed: {', '.join((RANDOM, *STRATEGIES))}; with another "
            "batch than 100 sentences: margin/50."
        )
    if not slash:
        return f"{name}/{DEFAULT_BATCH}"
    if not batch.isdecimal() or len(batch) > 6 or not MIN_BATCH <= int(batch) <= MAX_BATCH:
        raise BionerError(
            f"strategy {text.strip()!r}: a batch has {MIN_BATCH} to {MAX_BATCH:,} sentences, as in {name}/50."
        )
    return f"{name}/{int(batch)}"


def check_strategies(strategies: Sequence[str], *, method: Method, targets: Iterable[Corpus]) -> None:
    """Raise if strategies cannot be trained.

    :raises BionerError: the method is not the probe, or whole documents have no names.
    """
    if strategies and method != "probe":
        raise BionerError(
            f"strategies: only the probe chooses sentences, not the method {method}. Use the preset probe."
        )
    by_document = [strategy for strategy in strategies if split_strategy(strategy)[0] == "documents"]
    for corpus in targets if by_document else ():
        if not all(sentence.document for sentence in corpus.sentences):
            raise BionerError(
                f"strategy {by_document[0]}: sentences of {corpus.name} name no document. Choose another "
                "strategy, or say which column names it: --documents COLUMN."
            )


def split_strategy(strategy: str) -> tuple[str, int]:
    """Return name and batch of a strategy with its batch.

    >>> split_strategy("margin/100")
    ('margin', 100)
    """
    name, batch = parse_strategy(strategy).split("/")
    return name, int(batch)
