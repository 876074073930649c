"""``bioner models``: encoders worth trying, with language, texts, size, licence and advice."""

import argparse

from bioner_core.cli.output import Commands, add_format, print_records
from bioner_core.errors import BionerError

COLUMNS = ("name", "languages", "domain", "megabytes", "license", "is_here", "advice")


def add_commands(commands: Commands) -> None:
    """Add ``models``."""
    models = commands.add_parser("models", help="list recommended encoders for --model")
    models.add_argument(
        "--language", help="only encoders for this language, such as ru, and for many languages"
    )
    models.add_argument("--domain", help="only encoders for this kind of text, such as clinical")
    add_format(models)
    models.set_defaults(call=show_models)


def show_models(args: argparse.Namespace) -> None:
    """Print those that the options choose; an option that fits none is an error."""
    from bioner_core.study.encoder_choice import is_available_offline
    from bioner_core.study.recommended_encoders import MULTILINGUAL, RECOMMENDED, rank_for_languages

    allowed_values = {
        "language": sorted({language for encoder in RECOMMENDED for language in encoder.languages}),
        "domain": sorted({encoder.domain for encoder in RECOMMENDED}),
    }
    for option, allowed in allowed_values.items():
        if (value := getattr(args, option)) not in (None, *allowed):
            raise BionerError(f"no encoder of {option} {value!r} is listed. Available: {', '.join(allowed)}.")
    chosen = [
        encoder
        for encoder in rank_for_languages({args.language} if args.language else set())
        if (args.language is None or {args.language, MULTILINGUAL} & set(encoder.languages))
        and args.domain in (None, encoder.domain)
    ]
    rows = [encoder.record(is_here=is_available_offline(encoder.name)) for encoder in chosen]
    print_records(rows, form=args.format, columns=COLUMNS)
