"""What names of corpora, averages and columns mean, where they stand."""

from collections.abc import Collection, Mapping

from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.budget import EVERY
from bioner_core.curves.points import ALL, MACRO
from bioner_core.ui.shared.library import name_domain, name_language
from bioner_core.ui.shared.shell import escape_markdown

_ABBREVIATIONS = {
    "UGT": "UGT: user-generated texts, such as forum posts and reviews.",
    "EHR": "EHR: electronic health records, such as clinical notes.",
}
_ENTITIES = {
    EVERY: "every: the number of sentences that all types need.",
    ALL: "all: the micro average. All mentions count alike, so frequent types count most.",
    MACRO: "macro average: the mean of the types' F1. All types count alike.",
}


def explain_corpora(descriptions: Mapping[str, CorpusDescription]) -> str:
    """Return a line for each corpus with what its texts are, and what abbreviations mean (Markdown)."""
    lines = [
        f"**{escape_markdown(name)}**: {escape_markdown(name_domain(about.domain))}, "
        f"{escape_markdown(name_language(about.language))}"
        + f" ({escape_markdown(about.title)})"
        * bool(about.title)
        for name, about in descriptions.items()
    ]
    domains = {about.domain for about in descriptions.values()}
    return "\n\n".join([*lines, *(text for name, text in _ABBREVIATIONS.items() if name in domains)])


def explain_entities(entities: Collection[str]) -> str | None:
    """Return what the entries of a choice mean that are no type; None where all are types."""
    return "\n\n".join(text for name, text in _ENTITIES.items() if name in entities) or None
