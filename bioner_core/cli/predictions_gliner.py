"""``bioner predictions gliner``: a zero-shot model that runs here, scored on a run's test part."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bioner_core.errors import BionerError

if TYPE_CHECKING:
    from bioner_core.cli.output import Commands
    from bioner_core.corpus.sentences import Sentence
    from bioner_core.corpus.split import Split
    from bioner_core.tagging.zero_shot.gliner2_model import Gliner2Model
    from bioner_core.tagging.zero_shot.wording import ScoredSpans, Wording


def add_gliner(actions: "Commands") -> argparse.ArgumentParser:
    """Add ``gliner``."""
    gliner = actions.add_parser(
        "gliner", help="score a GLiNER2 model that needs no training, and keep it with a run"
    )
    gliner.add_argument("run", help="name of the run")
    gliner.add_argument(
        "--model", required=True, help="hub id, such as fastino/gliner2.5-base-v1, or folder of a checkpoint"
    )
    gliner.add_argument("--name", help="name of the system (default: that of the model)")
    gliner.add_argument(
        "--label",
        metavar="TYPE=WORDS",
        action="append",
        default=[],
        type=_parse_pair,
        help="what the model reads in place of a type's name; may be repeated",
    )
    gliner.add_argument(
        "--describe",
        metavar="TYPE=TEXT",
        action="append",
        default=[],
        type=_parse_pair,
        help="description of a type, in addition; may be repeated",
    )
    gliner.add_argument(
        "--threshold", type=float, default=0.5, metavar="X", help="lowest confidence (default: 0.5)"
    )
    gliner.add_argument(
        "--choose-on",
        type=int,
        metavar="N",
        help="choose wording and threshold on N annotated training sentences instead",
    )
    gliner.add_argument("--local-only", action="store_true", help="never download the model")
    gliner.set_defaults(call=add_model)
    return gliner


def _parse_pair(text: str) -> tuple[str, str]:
    entity, sign, words = text.partition("=")
    if not (entity.strip() and sign and words.strip()):
        raise argparse.ArgumentTypeError(f"{text!r}: write TYPE=WORDS, such as Drug=medication")
    return entity.strip(), words.strip()


def add_model(args: argparse.Namespace) -> None:
    """Score the model on the test part, and keep the result."""
    from bioner_core.analysis.external_scoring import choose_target, score_system, split_target
    from bioner_core.cli.predictions_kept import keep_result, open_writable_run
    from bioner_core.corpus.library import propose_name
    from bioner_core.study.external_results import check_system_name
    from bioner_core.tagging.zero_shot.gliner2_model import load_gliner2
    from bioner_core.tagging.zero_shot.wording import list_wordings, select_mentions

    if not 0 < args.threshold < 1:
        raise BionerError(f"--threshold {args.threshold:g}: allowed is more than 0 and less than 1.")
    run = open_writable_run(args.run)
    target = choose_target(run, args.target)
    name = check_system_name(run, target, args.name or propose_name(args.model.rstrip("/").split("/")[-1]))
    corpus, split = split_target(run, target)
    wordings = list_wordings(split.types, dict(args.label), dict(args.describe))
    wording, threshold = wordings[-1 if args.label or args.describe else 0], args.threshold
    model = load_gliner2(args.model, language=corpus.language, is_local=args.local_only)
    if args.choose_on is not None:
        wording, threshold = _choose(model, wordings, split, args.choose_on)
    candidates = _show_progress(model, split.test, wording, threshold)
    predicted = select_mentions(split.test, candidates, threshold)
    keep_result(
        run,
        score_system(split, predicted, name=name, n_sentences=args.choose_on or 0, n_matched=len(split.test)),
    )


def _choose(
    model: "Gliner2Model", wordings: Sequence["Wording"], split: "Split", n: int
) -> tuple["Wording", float]:
    """Choose wording and threshold on the first training sentences of seed 0, and print the choice."""
    from bioner_core.tagging.zero_shot.wording import LOWEST, choose_wording

    if n < 1:
        raise BionerError(f"--choose-on {n}: 1 training sentence or more.")
    sentences = split.draw_train(n, seed=0)
    tried = [(wording, _show_progress(model, sentences, wording, LOWEST)) for wording in wordings]
    wording, threshold, f1 = choose_wording(tried, sentences, split.types)
    print(f"chosen on {n:,} training sentences: {wording.name}, threshold {threshold:g} (F1 {100 * f1:.1f})")
    return wording, threshold


def _show_progress(
    model: "Gliner2Model", sentences: Sequence["Sentence"], wording: "Wording", threshold: float
) -> "ScoredSpans":
    """Return the candidates of sentences; a terminal shows how far it is."""
    collected = []
    for number, candidates in enumerate(model.find_spans(sentences, wording, threshold=threshold), 1):
        collected.append(candidates)
        if sys.stderr.isatty():
            print(f"\r{wording.name}: {number:,} of {len(sentences):,} sentences", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return collected
