"""Join annotations with the texts that stand in other files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bioner_core.corpus.reading.companion_texts import CompanionText, TextIndex
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import OffsetConvention
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention, infer_convention, place_mentions
from bioner_core.corpus.reading.texts import assign_parts

NO_TEXT = "no text: the file of its text is missing, so the document is left out."
SEVERAL_TEXTS = "several texts have its name, so the document is left out. Name documents apart."


@dataclass(frozen=True, slots=True, kw_only=True)
class Standoff:
    """The annotations of one document, without its text."""

    document: str  # as its text is named, with or without folders and extension
    file: str  # that holds the annotations
    raw_mentions: Sequence[RawMention] = ()


def read_standoff(
    annotations: Sequence[Standoff],
    texts: Mapping[str, str],
    *,
    name: str,
    format_name: str,
    findings: Findings,
    convention: OffsetConvention | None = None,
) -> Reading:
    """Return the documents that have a text; texts without annotations are left out and counted.

    Where a text is annotated in several places, such as twice in a file, its annotations are joined.
    """
    index = TextIndex()
    index.add_files(texts)
    by_text: dict[CompanionText, list[Standoff]] = {}
    for item in annotations:
        findings.count(1 + len(item.raw_mentions), where=item.file)
        folder = str(PurePosixPath(item.file).parent)
        matches = index.find(item.document, "", container=folder)
        if len(matches) != 1 or not matches[0].text.strip():
            unplaced = [(mention.where, mention.label, mention.fragments) for mention in item.raw_mentions]
            findings.add_all_unplaced(item.file, SEVERAL_TEXTS if len(matches) > 1 else NO_TEXT, unplaced)
            continue
        by_text.setdefault(matches[0], []).append(item)
    passages = []
    for companion, items in by_text.items():
        raw_mentions = [mention for item in items for mention in item.raw_mentions]
        if len(items) > 1:
            message = f"annotated in {len(items):,} places, which are joined."
            findings.add("warning", companion.where, message, kind="texts annotated in several places.")
        used = convention or infer_convention(
            [(companion.text, raw_mentions)], where=items[0].file, findings=findings
        )
        mentions = place_mentions(raw_mentions, companion.text, convention=used, findings=findings)
        passages.append(
            Passage(document=index.name_document(companion), text=companion.text, mentions=mentions)
        )
    unused = index.list_unused()
    for companion in unused:
        message = "no annotations name this text, so it is left out. Was it annotated?"
        findings.add("warning", companion.where, message)
        findings.keep_unannotated(companion.text, document=index.name_document(companion))
    return findings.build_reading(
        name=name, format_name=format_name, passages=assign_parts(passages), n_unannotated=len(unused)
    )
