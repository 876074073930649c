"""``bioner corpus sources``: which corpora to pretrain on, ranked, with why."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bioner_core.cli.corpus_argument import open_argument
from bioner_core.cli.corpus_overlap import find_tokenizer
from bioner_core.cli.output import print_records
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.study.presets import PACKAGED

if TYPE_CHECKING:
    from bioner_core.curves.draws import SamplingNoise


def add_sources(actions: Any) -> argparse.ArgumentParser:
    """Add ``sources`` to the actions of ``corpus``; return it for the options of reading."""
    sources: argparse.ArgumentParser = actions.add_parser(
        "sources", help="rank corpora to pretrain on for a target, with reasons"
    )
    sources.add_argument("path", help="the target: library name, file, zip or folder")
    sources.add_argument("candidate", nargs="*", help="corpora to choose among (default: the library)")
    sources.add_argument("--run", help="run whose curves are used as measurements")
    sources.add_argument("--entity", action="append", default=[], help="only this type; may be repeated")
    sources.add_argument(
        "--model", default=PACKAGED, help=f"encoder whose word pieces are compared (default: {PACKAGED})"
    )
    sources.set_defaults(call=show_sources)
    return sources


def show_sources(args: argparse.Namespace) -> None:
    """Print the candidates, the best first."""
    from bioner_core.analysis.overlap import measure_overlap
    from bioner_core.analysis.source_ranking import build_profile, rank_sources
    from bioner_core.answers.wording.caveats import describe_synthetic

    target = open_argument(args.path, args).corpus
    others = [_open_candidate(path, target, args) for path in args.candidate]
    others = others or _list_library_candidates(target, args)
    lacking = sorted(set(args.entity) - set(target.types))
    if lacking:
        raise BionerError(
            f"{target.name}: does not annotate {', '.join(lacking)}. It has: {', '.join(target.types)}."
        )
    if note := describe_synthetic(corpus.name for corpus in (target, *others) if corpus.is_synthetic):
        print(f"note: {note}", file=sys.stderr)
    tokenizer = _load_tokenizer(args.model)
    profiles = [
        build_profile(other, overlaps=measure_overlap(target, other, tokenizer) if tokenizer else ())
        for other in others
    ]
    points, noise = _select_points(args.run, target.name)
    rankings = rank_sources(build_profile(target), profiles, points=points, types=args.entity, noise=noise)
    rows = [
        {
            "source": ranking.source,
            "gain": _format_gain(ranking.gain) if args.format == "table" else ranking.gain,
            "is_measured": ranking.is_measured,
            "zero_shot": ranking.zero_shot,
            "saved": ranking.saved,
            "saved_is_bound": ranking.saved_is_bound,
            "why": ranking.why,
        }
        for ranking in rankings
    ]
    print_records(rows, form=args.format, columns=("source", "gain", "why"))


def _format_gain(gain: float | None) -> str:
    return "not known" if gain is None else f"{100 * gain:+.1f}"


def _list_library_candidates(target: Corpus, args: argparse.Namespace) -> list[Corpus]:
    """Return the corpora of the library that may be a source. :raises BionerError: there is none."""
    from bioner_core.corpus.checks import is_eligible_source
    from bioner_core.corpus.library import Library
    from bioner_core.corpus.opening import open_corpus

    library = [open_corpus(name, label_map=dict(args.map)).corpus for name in Library().names()]
    candidates = [corpus for corpus in library if is_eligible_source(corpus, target)]
    if not candidates:
        raise BionerError(
            "the library has no other corpus to pretrain on, synthetic ones aside. Add one, or name files."
        )
    return candidates


def _open_candidate(path: str, target: Corpus, args: argparse.Namespace) -> Corpus:
    """Return a corpus that the user names as a source. :raises BionerError: it is the target."""
    corpus = open_argument(path, args).corpus
    if corpus.digest == target.digest:
        raise BionerError(f"{path}: is the target itself. Name another corpus as the source.")
    if corpus.name == target.name:
        raise BionerError(
            f"{path}: has the same name as the target ({target.name}). Add one of them to the library under "
            "a name of its own: bioner corpus add PATH --name NAME."
        )
    return corpus


def _load_tokenizer(model: str) -> Any:
    """Return the tokenizer, or None with a line on stderr: then ranks go without word pieces."""
    from bioner_core.corpus.word_pieces import load_tokenizer

    try:
        return load_tokenizer(find_tokenizer(model))
    except BionerError as error:
        print(f"note: word pieces are left out. {error}", file=sys.stderr)
        return None


def _select_points(name: str | None, target: str) -> tuple[Sequence[CurvePoint], "SamplingNoise | None"]:
    """Return a run's points of the target, of the model and method with most of them, and the run's noise."""
    from collections import Counter

    from bioner_core.analysis.resampling import estimate_sampling_noise
    from bioner_core.study.store import RunStore

    if name is None:
        return (), None
    store = RunStore()
    run = store.open(name)
    points = [point for point in run.points() if point.target == target]
    if not points:
        raise BionerError(f"run {name}: has no curve of {target}. Name a run that does, or leave --run out.")
    [(model, _)] = Counter((point.model, point.method) for point in points).most_common(1)
    selected = [point for point in points if (point.model, point.method) == model]
    return selected, estimate_sampling_noise(run, store)
