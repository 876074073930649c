"""Texts of a project that a strategy chooses, with the mentions that a probe suggests."""

import argparse
import sys
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bioner_core.answers.round_steps import choose_next_batch
from bioner_core.cli.output import check_writable, write_new_file
from bioner_core.corpus.reading.passages import Mention
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.words import tokenize_words
from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder
from bioner_core.rounds.batch import Chooser, choose_named
from bioner_core.rounds.chosen_texts import POOL, serialize_suggestions
from bioner_core.rounds.pool_texts import PoolText, read_texts
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.executors.slots import list_slots
from bioner_core.study.jobs import JobProgress

if TYPE_CHECKING:
    from bioner_core.tagging.selection.next_batch import NextSentence


def build_chooser(args: argparse.Namespace, project: Project, store: ProjectStore) -> Chooser | None:
    """Return what chooses the texts to train on, as the options say; None: at random, without suggestions.

    :raises BionerError: two ways are named.
    """
    if args.file:
        if args.strategy != RANDOM or args.predictions:
            raise BionerError(
                "--file holds texts and suggestions already: leave --strategy and --predictions out."
            )
        return choose_named(read_texts(args.file, language=project.language))
    if args.strategy == RANDOM and not args.predictions:
        return None

    def choose(candidates: Sequence[PoolText], n: int) -> Sequence[PoolText]:
        return _choose_by_model(candidates, n, args, project, store)

    return choose


def write_chosen_texts(args: argparse.Namespace) -> None:
    """Write the next texts to train on; those to test on are set aside, and drawn again by the push."""
    store, path = ProjectStore(), Path(args.out)
    project = store.load(args.name)
    check_writable(path)
    batch = choose_next_batch(
        project,
        store,
        n=args.n,
        n_test=args.test,
        seed=args.seed,
        choose=build_chooser(args, project, store),
        chosen_by=args.strategy,
    )
    texts = [text for text, part in zip(batch.texts, batch.parts, strict=True) if part == "train"]
    write_new_file(path, serialize_suggestions(texts))
    seed = f" --seed {args.seed}" if args.seed else ""
    print(
        f"{len(texts):,} texts to train on, by {args.strategy}, written to {path}. Next: bioner rounds push "
        f"{args.name!r} --file {path} --n {len(texts)} --test {batch.n_test}{seed}",
        file=sys.stderr,
    )


def _choose_by_model(
    candidates: Sequence[PoolText], n: int, args: argparse.Namespace, project: Project, store: ProjectStore
) -> Sequence[PoolText]:
    """Let a probe on all that is annotated choose texts as wholes, and suggest mentions in them."""
    from bioner_core.tagging.selection.next_batch import choose_next

    offsets = [tokenize_words(text.text) for text in candidates]
    sentences = tuple(
        Sentence(tuple(text.text[start:end] for start, end in words), document=text.document)
        for text, words in zip(candidates, offsets, strict=True)
    )
    pool = Corpus(name=POOL, sentences=sentences, types=(), language=project.language)
    steps = choose_next(
        pool,
        store.load_corpus(project.name) if store.load_rounds(project.name) else None,
        strategy=args.strategy,
        n=n,
        model=choose_model(None, "probe"),
        device=list_slots()[0].device,
        cache=locate_cache_folder(),
        seed=args.seed,
        has_suggestions=args.predictions,
    )
    return [
        replace(candidates[of.place], mentions=_convert_spans(offsets[of.place], of.spans))
        for of in _follow(steps)[:n]
    ]


def _convert_spans(words: Sequence[tuple[int, int]], spans: Sequence[Span]) -> tuple[Mention, ...]:
    """Return spans of words as mentions in the characters of their text."""
    return tuple(Mention(span.label, ((words[span.start][0], words[span.end - 1][1]),)) for span in spans)


def _follow(
    steps: Generator[JobProgress, None, tuple["NextSentence", ...]],
) -> tuple["NextSentence", ...]:
    """Say on stderr what takes time; return what is chosen."""
    phase = ""
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            chosen: tuple[NextSentence, ...] = end.value
            return chosen
        if progress.phase != phase:
            phase = progress.phase
            print(f"{phase.removesuffix(' for')} …", file=sys.stderr)
