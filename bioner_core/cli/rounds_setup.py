"""``bioner rounds new``: a project, after a look at its tool; its first corpus is round 0."""

import argparse
import sys
from dataclasses import replace

from bioner_core.answers.round_steps import begin_project, change_project
from bioner_core.cli.corpus_argument import open_argument
from bioner_core.cli.rates import read_rates
from bioner_core.cli.rounds_exchange import train_round
from bioner_core.cli.rounds_output import print_project
from bioner_core.cli.rounds_secret import open_connection
from bioner_core.connections.catalog import parse_settings
from bioner_core.corpus.tokenization import guess_language
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time
from bioner_core.rounds.pool_texts import PoolText, read_texts, split_to_sentences
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore

_SAMPLE = 200  # texts from which a language is guessed


def make_project(args: argparse.Namespace) -> int:
    """Check everything that was named, then make the project; train the probe of its corpus."""
    store = ProjectStore()
    if args.name in store.names():
        raise BionerError(f"project {args.name}: exists already. Choose another name.")
    settings = parse_settings(args.tool, args.address, is_insecure=args.insecure)
    corpus = open_argument(args.corpus, args, language=args.language).corpus if args.corpus else None
    language = args.language or (corpus.language if corpus else "")
    texts = read_texts(args.texts, language=language)
    if args.sentences:
        texts = split_to_sentences(texts, language=language)
    project = Project(
        name=args.name,
        settings=settings,
        language=language or _guess(texts),
        domain=args.domain or (corpus.domain if corpus else ""),
        fraction=args.fraction,
        rates=read_rates(args),
        label_map=dict(args.map),
        created=format_current_time(),
    )
    if settings.is_insecure:
        print(
            f"warning: {settings.address} is not encrypted: texts and token can be read on the way",
            file=sys.stderr,
        )
    status = open_connection(settings, is_asking=True).check()
    labels = f", labels {', '.join(status.labels)}" if status.labels else ""
    print(f"{settings.title}: project “{status.title}”{labels}")
    if corpus:
        corpus = replace(corpus, language=project.language, domain=project.domain)
    step = begin_project(project, texts, corpus, store)
    print(f"made project {project.name} with {len(texts):,} texts; nothing has left this machine")
    if step is None or corpus is None:
        print(f"send the first texts: bioner rounds push {project.name!r} --n 100")
        return 0
    return 0 if args.now else train_round(project.name, step, corpus, store)


def change_choices(args: argparse.Namespace) -> None:
    """Keep another goal, or other rates, with a project; print where it stands."""
    store = ProjectStore()
    project = store.load(args.name)
    fraction = None if "goal" in args.reset else project.fraction
    before = None if "rates" in args.reset else project.rates
    rates = read_rates(args, base=before)
    if args.fraction is None and rates is None and not args.reset:
        raise BionerError("nothing to change: name a goal with --fraction, a rate, or --reset.")
    fraction = fraction if args.fraction is None else args.fraction
    change_project(args.name, store, fraction=fraction, rates=rates or before)
    print_project(args.name, "table")


def _guess(texts: tuple[PoolText, ...]) -> str:
    return guess_language(" ".join(text.text[:500] for text in texts[:_SAMPLE]))
