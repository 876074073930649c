"""``bioner corpus sources``: which corpora to pretrain on, ranked, with why."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from bioner_core.cli.corpus_argument import open_told
from bioner_core.cli.corpus_overlap import tokenizer_file
from bioner_core.cli.output import show
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.study.presets import PACKAGED


def add_sources(actions: Any) -> argparse.ArgumentParser:
    """Add ``sources`` to the actions of ``corpus``; return it for the options of reading."""
    sources: argparse.ArgumentParser = actions.add_parser(
        "sources", help="which corpora to pretrain on for a target, ranked, with why"
    )
    sources.add_argument("path", help="the target: library name, file, zip or folder")
    sources.add_argument("candidate", nargs="*", help="corpora to choose among (default: the library)")
    sources.add_argument("--run", help="whose curves tell what is measured")
    sources.add_argument("--entity", action="append", default=[], help="only this type; may be repeated")
    sources.add_argument("--model", default=PACKAGED, help=f"whose word pieces (default: {PACKAGED})")
    sources.set_defaults(call=show_sources)
    return sources


def show_sources(args: argparse.Namespace) -> None:
    """Print the candidates, the best first."""
    from bioner_core.analysis.overlap import overlap
    from bioner_core.analysis.source_ranking import profile, rank
    from bioner_core.answers.wording import no_evidence
    from bioner_core.corpus.checks import is_source_for
    from bioner_core.corpus.library import Library, open_corpus

    target = open_told(args.path, args).corpus
    others = [_candidate(path, target, args) for path in args.candidate]
    if not args.candidate:
        library = [open_corpus(name, label_map=dict(args.map)).corpus for name in Library().names()]
        others = [other for other in library if is_source_for(other, target)]
    if not others:
        raise BionerError(
            "the library has no other corpus to pretrain on, synthetic ones aside. Add one, or name files."
        )
    lacking = sorted(set(args.entity) - set(target.types))
    if lacking:
        raise BionerError(
            f"{target.name}: does not annotate {', '.join(lacking)}. It has: {', '.join(target.types)}."
        )
    if note := no_evidence(corpus.name for corpus in (target, *others) if corpus.is_synthetic):
        print(f"note: {note}", file=sys.stderr)
    tokenizer = _tokenizer(args.model)
    profiles = [
        profile(other, overlaps=overlap(target, other, tokenizer) if tokenizer else ()) for other in others
    ]
    points = _points(args.run, target.name)
    ranked = rank(profile(target), profiles, points=points, types=args.entity)
    rows = [
        {
            "source": one.source,
            "gain": f"{100 * one.score:+.1f}" if args.format == "table" else one.score,
            "is_measured": one.is_measured,
            "zero_shot": one.zero_shot,
            "saved": one.saved,
            "saved_is_bound": one.saved_is_bound,
            "why": one.why,
        }
        for one in ranked
    ]
    show(rows, form=args.format, columns=("source", "gain", "why"))


def _candidate(path: str, target: Corpus, args: argparse.Namespace) -> Corpus:
    """Return a corpus that the user names as a source. :raises BionerError: it is the target."""
    corpus = open_told(path, args).corpus
    if corpus.digest == target.digest:
        raise BionerError(
            f"{path}: is the target itself, and a corpus is no source for itself. Name another."
        )
    if corpus.name == target.name:
        raise BionerError(
            f"{path}: is named {target.name}, as the target is. Add one of them to the library under a name "
            "of its own: bioner corpus add PATH --name NAME."
        )
    return corpus


def _tokenizer(model: str) -> Any:
    """Return the tokenizer, or None with a line on stderr: without it only word pieces go untold."""
    from bioner_core.corpus.word_pieces import load_tokenizer

    try:
        return load_tokenizer(tokenizer_file(model))
    except BionerError as error:
        print(f"note: word pieces are left out. {error}", file=sys.stderr)
        return None


def _points(name: str | None, target: str) -> Sequence[CurvePoint]:
    """Return the points of the target in a run, of one model and method: those there are most of."""
    from collections import Counter

    from bioner_core.study.store import RunStore

    if name is None:
        return ()
    points = [point for point in RunStore().open(name).points() if point.target == target]
    if not points:
        raise BionerError(f"run {name}: has no curve of {target}. Name a run that does, or leave --run out.")
    [(model, _)] = Counter((point.model, point.method) for point in points).most_common(1)
    return [point for point in points if (point.model, point.method) == model]
