"""The next texts for annotators: those to test on at random, those to train on as somebody chooses them.

The test part stays a random sample, whatever chooses the texts to train on, and goes out without suggestions:
who corrects a suggestion tends to agree with it, so F1 would be too good.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from bioner_core.connections.tool import Task, build_key
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import TEST_SHARE, split_corpus
from bioner_core.errors import BionerError
from bioner_core.rounds.pool_texts import PoolText
from bioner_core.rounds.project import SentTask, TaskPart

Chooser = Callable[[Sequence[PoolText], int], Sequence[PoolText]]  # texts, their number → these, suggestions


@dataclass(frozen=True, kw_only=True)
class PoolRest:
    """The texts of a pool that annotators have not got."""

    texts: tuple[PoolText, ...]
    trainable: tuple[PoolText, ...]  # of no document that has texts in the test part
    testable: tuple[PoolText, ...]  # of no document that has texts in the training part

    @property
    def n_sentences(self) -> int:
        """Return the sentences that could still join the training part."""
        return sum(text.n_sentences for text in self.trainable)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Texts to send next, in a random order, so that nobody can tell which are for testing."""

    texts: tuple[PoolText, ...]
    parts: tuple[TaskPart, ...]
    chosen_by: str = "random"
    id: str = field(default_factory=lambda: secrets.token_hex(4), compare=False)  # of its push

    @property
    def n_characters(self) -> int:
        """Return the length of all texts."""
        return sum(len(text.text) for text in self.texts)

    @property
    def n_test(self) -> int:
        """Return the texts to test on."""
        return self.parts.count("test")

    def build_tasks(self) -> tuple[Task, ...]:
        """Return the texts as tasks of a tool."""
        return tuple(
            Task(text=of.text, document=of.document, mentions=of.mentions, batch=self.id) for of in self.texts
        )

    def build_records(self, start: int, n: int, *, at: str) -> tuple[SentTask, ...]:
        """Return what is kept of ``n`` texts from ``start`` on, once the tool has accepted them."""
        pairs = list(zip(self.texts, self.parts, strict=True))[start : start + n]
        return tuple(
            SentTask(
                key=text.key,
                part=part,
                at=at,
                chosen_by="random" if part == "test" else self.chosen_by,
                batch=self.id,
            )
            for text, part in pairs
        )

    def split_by_keys(self, keys: Set[str]) -> tuple["Batch", "Batch"]:
        """Return the texts that have these keys, and the others."""
        pairs = list(zip(self.texts, self.parts, strict=True))
        inside, outside = ([of for of in pairs if (of[0].key in keys) == wanted] for wanted in (True, False))
        return self._select(inside), self._select(outside)

    def _select(self, pairs: Sequence[tuple[PoolText, TaskPart]]) -> "Batch":
        return replace(self, texts=tuple(text for text, _ in pairs), parts=tuple(part for _, part in pairs))


def find_rest(pool: Sequence[PoolText], sent: Sequence[SentTask], start: Corpus | None) -> PoolRest:
    """Return the texts that are neither sent nor in the corpus that the project began with.

    :param start: None where nothing was annotated.
    """
    parts = {task.key: task.part for task in sent}
    documents: dict[TaskPart, set[str]] = {"train": set(), "test": set()}
    for text in pool:
        if text.key in parts:
            documents[parts[text.key]].add(text.document)
    done = set(parts)
    if start:
        split = split_corpus(start)
        documents["train"] |= {sentence.document for sentence in split.train}
        documents["test"] |= {sentence.document for sentence in split.test}
        done |= {key_sentence(sentence) for sentence in start.sentences}
    rest = tuple(text for text in pool if text.key not in done)
    return PoolRest(
        texts=rest,
        trainable=_exclude_documents(rest, documents["test"]),
        testable=_exclude_documents(rest, documents["train"]),
    )


def _exclude_documents(texts: Sequence[PoolText], documents: set[str]) -> tuple[PoolText, ...]:
    """Return the texts of other documents; a text without a document shares none."""
    return tuple(text for text in texts if not text.document or text.document not in documents)


def key_sentence(sentence: Sentence) -> str:
    """Return what recognizes the text of a sentence."""
    return build_key("".join(sentence.tokens))


def share_out(n: int) -> int:
    """Return how many of the first ``n`` texts are for testing: as many as of any corpus without parts."""
    return max(1, round(TEST_SHARE * n)) if n > 1 else 0


def choose_batch(
    rest: PoolRest,
    *,
    n_train: int,
    n_test: int,
    seed: int,
    choose: Chooser | None = None,
    chosen_by: str = "",
) -> Batch:
    """Choose texts to train on and, always at random, texts to test on.

    Texts to test on are whole documents where these have names, the last one cut.

    :param seed: of what is random.
    :param choose: chooses the texts to train on, perhaps with suggestions; None: at random.
    :raises BionerError: there are not as many texts.
    """
    generator = np.random.default_rng([4, seed, len(rest.texts)])
    test = _draw_documents(rest.testable, n_test, generator)
    documents = {text.document for text in test} - {""}
    keys = {text.key for text in test}
    candidates = [text for text in rest.trainable if text.key not in keys and text.document not in documents]
    if n_test > len(test):
        raise BionerError(
            f"{n_test:,} texts to test on: only {len(test):,} are left that share no document with the "
            "training part. Ask for fewer."
        )
    if n_train > len(candidates):
        raise BionerError(
            f"{n_train:,} texts to train on: only {len(candidates):,} are left that share no document with "
            "the test part. Ask for fewer."
        )
    if choose is None:
        train: Sequence[PoolText] = [candidates[i] for i in generator.permutation(len(candidates))[:n_train]]
    else:
        train = choose(candidates, n_train)
    pairs: list[tuple[PoolText, TaskPart]] = [(replace(text, mentions=()), "test") for text in test]
    pairs += [(text, "train") for text in train]
    order = [pairs[i] for i in generator.permutation(len(pairs))]
    return Batch(
        texts=tuple(text for text, _ in order),
        parts=tuple(part for _, part in order),
        chosen_by=chosen_by or "random",
    )


def choose_named(texts: Sequence[PoolText]) -> Chooser:
    """Return a chooser of the texts of a file, with the mentions that it holds as suggestions."""
    wanted = {text.key: text for text in texts}

    def choose(candidates: Sequence[PoolText], n: int) -> Sequence[PoolText]:
        chosen = [wanted[of.key] for of in candidates if of.key in wanted]
        if len(chosen) < n:
            raise BionerError(
                f"the file holds {len(wanted):,} texts, of which {len(chosen):,} are in the pool of this "
                "project, not sent yet, and share no document with the test part. Ask for that many."
            )
        return chosen[:n]

    return choose


def _draw_documents(
    texts: Sequence[PoolText], n: int, generator: np.random.Generator
) -> tuple[PoolText, ...]:
    """Draw documents until they have ``n`` texts; a text without a document is one."""
    groups: defaultdict[object, list[PoolText]] = defaultdict(list)
    for number, text in enumerate(texts):
        groups[text.document or number].append(text)
    units = list(groups.values())
    collected: list[PoolText] = []
    for unit in generator.permutation(len(units)) if n else ():
        collected += units[unit]
        if len(collected) >= n:
            break
    return tuple(collected[:n])
