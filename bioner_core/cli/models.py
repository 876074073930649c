"""``bioner models``: encoders worth trying, with language, texts, size, licence and advice."""

import argparse

from bioner_core.cli.output import Commands, add_format, show
from bioner_core.errors import BionerError

COLUMNS = ("name", "languages", "domain", "megabytes", "license", "is_here", "advice")


def add_commands(commands: Commands) -> None:
    """Add ``models``."""
    models = commands.add_parser("models", help="encoders worth trying, for --model")
    models.add_argument("--language", help="only those for this language, such as ru, and for many languages")
    models.add_argument("--domain", help="only those of these texts, such as clinical")
    add_format(models)
    models.set_defaults(call=show_models)


def show_models(args: argparse.Namespace) -> None:
    """Print those that the options choose; an option that fits none is an error."""
    from bioner_core.study.encoder_choice import is_here
    from bioner_core.study.recommended_encoders import MANY, RECOMMENDED, for_languages

    known = {
        "language": sorted({language for one in RECOMMENDED for language in one.languages}),
        "domain": sorted({one.domain for one in RECOMMENDED}),
    }
    for option, allowed in known.items():
        if (asked := getattr(args, option)) not in (None, *allowed):
            raise BionerError(f"no encoder of {option} {asked!r} is listed. There are: {', '.join(allowed)}.")
    chosen = [
        one
        for one in for_languages({args.language} if args.language else set())
        if (args.language is None or {args.language, MANY} & set(one.languages))
        and args.domain in (None, one.domain)
    ]
    rows = [one.record(is_here=is_here(one.name)) for one in chosen]
    show(rows, form=args.format, columns=COLUMNS)
