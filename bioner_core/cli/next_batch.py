"""``bioner next``: which sentences to annotate next, as a file that annotation tools read."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bioner_core.cli.corpus_argument import add_language, add_reading_options, open_argument
from bioner_core.cli.output import Commands, check_writable, write_new_file
from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.study.strategies import STRATEGIES

if TYPE_CHECKING:
    from bioner_core.corpus.opening import OpenedCorpus
    from bioner_core.corpus.sentences import Corpus
    from bioner_core.rounds.pool_texts import PoolText
    from bioner_core.tagging.selection.next_batch import NextSentence

FORMATS = ("jsonl", "text", "conll", "brat", "webanno")
MAX_BATCH = 10_000  # sentences
USUAL_BATCH = 200  # sentences; from more, a strategy learns nothing in between


def add_commands(commands: Commands) -> None:
    """Add ``next``."""
    command = commands.add_parser("next", help="choose the sentences to annotate next")
    command.add_argument(
        "corpus", nargs="?", help="what is annotated so far: library name, file, zip or folder"
    )
    command.add_argument("--n", type=int, default=100, help="sentences to choose (default: 100)")
    command.add_argument(
        "--strategy",
        choices=(RANDOM, *STRATEGIES),
        default=RANDOM,
        help="how to choose (default: random)",
    )
    command.add_argument(
        "--pool",
        action="append",
        default=[],
        metavar="TEXTS",
        help="texts not annotated yet: .txt files, JSON lines or a table with a field text, or any format; "
        "may be repeated (default: the documents of the corpus that nobody annotated)",
    )
    command.add_argument(
        "--predictions", action="store_true", help="add the mentions that a probe finds, to be corrected"
    )
    command.add_argument("--to", choices=FORMATS, default="jsonl", help="format (default: jsonl)")
    command.add_argument("--out", type=Path, help="new file or folder to write (default: print)")
    command.add_argument(
        "--seed", type=int, default=0, help="number that decides what is random (default: 0)"
    )
    add_reading_options(command)
    add_language(command)
    command.set_defaults(call=choose_batch)


def choose_batch(args: argparse.Namespace) -> None:
    """Choose sentences and write them; what is annotated already is never among them."""
    if not 1 <= args.n <= MAX_BATCH:
        raise BionerError(f"--n {args.n:,}: a batch has 1 to {MAX_BATCH:,} sentences.")
    if args.seed < 0:
        raise BionerError(f"--seed {args.seed}: found a number below 0; allowed is 0 or more.")
    if args.to not in ("jsonl", "text") and not args.out:
        raise BionerError(f"--to {args.to}: name the file or folder to write with --out.")
    if args.out:
        check_writable(args.out)
    opened = open_argument(args.corpus, args, language=args.language) if args.corpus else None
    texts = _collect_texts(args, opened)
    annotated = opened.corpus if opened else None
    language = args.language or (annotated.language if annotated else "")
    pool, chosen = _choose(args, texts, annotated, language)
    _write(args, texts, pool, chosen, language)
    n = len(chosen)
    noun = "sentence" if n == 1 else "sentences"
    print(
        f"{n:,} {noun} of {len(pool.sentences):,} not annotated, by {args.strategy}"
        f"{f', written to {args.out}' if args.out else ''}. note: use them for training only; test on random "
        "sentences, or F1 will mislead. warning: the file holds the text of the corpus.",
        file=sys.stderr,
    )


def _collect_texts(args: argparse.Namespace, opened: "OpenedCorpus | None") -> "tuple[PoolText, ...]":
    """Return the texts that nobody annotated, without those of documents in the test part."""
    from bioner_core.corpus.split import split_corpus
    from bioner_core.rounds.pool_texts import PoolText, read_texts

    reading = opened.reading if opened else None
    texts = [PoolText(text=p.text, document=p.document) for p in (reading.unannotated if reading else ())]
    for argument in args.pool:
        texts += read_texts(argument, language=args.language or (opened.corpus.language if opened else ""))
    unique = {text.key: text for text in reversed(texts)}
    texts = list(reversed(unique.values()))
    if not texts:
        has = f"{args.corpus}: no document without annotations is in it. " if opened else ""
        raise BionerError(f"{has}Name the texts that could be annotated: --pool TEXTS.")
    tested = {s.document for s in split_corpus(opened.corpus).test} - {""} if opened else set()
    kept = tuple(text for text in texts if text.document not in tested)
    if len(kept) < len(texts):
        print(
            f"note: {len(texts) - len(kept):,} texts are left out: their documents are in the test part",
            file=sys.stderr,
        )
    return kept


def _choose(
    args: argparse.Namespace, texts: "Sequence[PoolText]", annotated: "Corpus | None", language: str
) -> "tuple[Corpus, tuple[NextSentence, ...]]":
    """Return the pool and what is chosen of it; say on stderr what takes time."""
    from bioner_core.files import locate_cache_folder
    from bioner_core.rounds.chosen_texts import split_texts
    from bioner_core.study.encoder_choice import choose_model
    from bioner_core.study.executors.slots import list_slots
    from bioner_core.tagging.selection.next_batch import choose_next

    pool = split_texts(texts, language=language)
    if args.n > USUAL_BATCH and args.strategy != RANDOM:
        print(
            f"note: strategies are tested with batches of 25 to {USUAL_BATCH}: choose fewer, annotate, and "
            "choose again",
            file=sys.stderr,
        )
    steps = choose_next(
        pool,
        annotated,
        strategy=args.strategy,
        n=args.n,
        model=choose_model(None, "probe"),
        device=list_slots()[0].device,
        cache=locate_cache_folder(),
        seed=args.seed,
        has_suggestions=args.predictions,
    )
    phase = ""
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            return pool, end.value
        if progress.phase != phase:
            phase = progress.phase
            print(f"{phase.removesuffix(' for')} …", file=sys.stderr)


def _write(
    args: argparse.Namespace,
    texts: "Sequence[PoolText]",
    pool: "Corpus",
    chosen: "Sequence[NextSentence]",
    language: str,
) -> None:
    """Write or print the batch: texts for JSON lines and plain text, words for the other formats."""
    from bioner_core.corpus.writing import export_corpus
    from bioner_core.rounds.chosen_texts import restore_texts, serialize_suggestions

    if args.to in ("jsonl", "text"):
        are_whole = args.strategy == "documents"
        restored = restore_texts(texts, pool, [(of.place, of.spans) for of in chosen], are_whole=are_whole)
        lines = "".join(" ".join(of.text.split()) + "\n" for of in restored)
        content = serialize_suggestions(restored) if args.to == "jsonl" else lines
        if args.out:
            write_new_file(args.out, content)
        else:
            sys.stdout.write(content)
        return
    sentences = tuple(
        replace(sentence, spans=of.spans, document=texts[int(sentence.document)].document)
        for of in chosen
        for sentence in [pool.sentences[of.place]]
    )
    types = sorted({span.label for sentence in sentences for span in sentence.spans})
    batch = replace(pool, name="next", sentences=sentences, types=tuple(types), language=language)
    export_corpus(batch, args.out, args.to)
