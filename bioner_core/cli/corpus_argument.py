"""A corpus that a command names: options of reading it, opening it, and what is told of it on stderr."""

import argparse
import gc
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bioner_core.corpus.labels import KEEP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bioner_core.corpus.opening import OpenedCorpus
    from bioner_core.corpus.reading.passages import Finding


def add_reading_options(command: argparse.ArgumentParser) -> None:
    """Give a command the options of reading a corpus."""
    command.add_argument(
        "--map",
        metavar="RAW=TYPE",
        action="append",
        default=[],
        type=_parse_mapping,
        help="read label RAW as entity type TYPE; RAW= leaves RAW out; `keep` keeps all other labels under "
        "their names; may be repeated",
    )
    command.add_argument("--documents", metavar="COLUMN", help="column or field that names the document")
    command.add_argument(
        "--column",
        help="column (number from 1, or heading) or field of the annotations, where several hold some",
    )


def add_language(command: argparse.ArgumentParser) -> None:
    """Give a command of one corpus ``--language``."""
    command.add_argument(
        "--language", type=_parse_language, metavar="CODE", help="two letters, such as en (default: guessed)"
    )


def _parse_mapping(text: str) -> tuple[str, str]:
    if text == "keep":
        return KEEP, KEEP
    raw, sign, kind = text.partition("=")
    if not (raw and sign):
        raise argparse.ArgumentTypeError(
            f"{text!r}: write RAW=TYPE, such as Chemical=Drug, RAW= to leave RAW out, or keep"
        )
    return raw, kind


def _parse_language(text: str) -> str:
    code = text.strip().lower()
    if not re.fullmatch("[a-z]{2}", code):
        raise argparse.ArgumentTypeError(
            f"{text!r}: write its code of two letters (ISO 639-1), such as en for English or ru for Russian"
        )
    return code


def open_argument(
    argument: str,
    args: argparse.Namespace,
    *,
    prints_findings: bool = True,
    with_doubts: bool = False,
    name: str | None = None,
    language: str | None = None,
    domain: str | None = None,
) -> "OpenedCorpus":
    """Open a corpus as the options of reading say; tell on stderr what is wrong with it, left out or changed.

    :param prints_findings: tell the findings; else the caller does.
    :param with_doubts: warn of what makes a curve of the corpus doubtful, too.
    """
    from bioner_core.corpus.library import Library
    from bioner_core.corpus.opening import open_corpus

    if argument in Library().names() and Path(argument).exists():
        print(
            f"note: {argument}: using the corpus of the library, not the file or folder of this name. "
            f"To use the file, write ./{argument}.",
            file=sys.stderr,
        )
    gc.disable()  # a corpus is millions of objects without cycles; a tenth of the reading time
    try:
        opened = open_corpus(
            argument,
            label_map=dict(args.map),
            documents=args.documents,
            column=args.column,
            name=name,
            language=language,
            domain=domain,
        )
    finally:
        gc.enable()
    if prints_findings:
        print_findings(opened.findings, with_doubts=with_doubts)
    return opened


def print_findings(findings: "Iterable[Finding]", *, with_doubts: bool = False) -> None:
    """Print on stderr what is wrong with a corpus, left out or changed.

    :param with_doubts: warn of what makes a curve of the corpus doubtful, too.
    """
    for finding in findings:
        if not finding.is_doubt or (with_doubts and finding.level != "note"):
            print(f"{finding.level}: {finding.where}: {finding.message}", file=sys.stderr)
