"""Report which fields of JSON records were read as annotations, and which were not."""

from collections import Counter
from collections.abc import Sequence

from bioner_core.corpus.reading.annotation_fields import SPAN_FIELDS, TAG_FIELDS
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.records import RecordContent


def report_fields(
    file: str, contents: Sequence[RecordContent], findings: Findings, *, is_chosen: bool = False
) -> None:
    """Report the choice among several fields, fields of unusual names, and labels that are numbers.

    :param is_chosen: the user has chosen the field, so that there is nothing to say of others
    """
    read, conflicts, unknown = Counter[str](), Counter[tuple[str, str]](), Counter[str]()
    for content in contents:
        read[content.field] += bool(content.raw_mentions or content.tags)
        for other in content.unread:
            if content.field and is_chosen:
                continue
            if content.field:
                conflicts[content.field, other] += 1
            else:
                unknown[other] += 1
    for (field, other), n in conflicts.items():
        message = (
            f"{n:,} records have other annotations in the field {other!r}, which are not read: the field "
            f"{field!r} is. Read the other by --column {other}."
        )
        findings.add("warning", file, message, kind="annotations in several fields: one field is read.")
    for field in sorted(field for field, n in read.items() if n and field not in (*SPAN_FIELDS, *TAG_FIELDS)):
        findings.add("note", file, f"the field {field!r} is read as annotations.")
    for field, n in unknown.items():
        message = (
            f"{n:,} records have no field of entities that is known, and count as texts without entities. If "
            f"the field {field!r} holds entities, write each as start, end and label."
        )
        findings.add("warning", file, message, kind="records without a field of entities.")
    _report_numbers(file, contents, findings)


def _report_numbers(file: str, contents: Sequence[RecordContent], findings: Findings) -> None:
    """Report labels that are numbers, as tools export that keep the names elsewhere."""
    labels = {mention.label for content in contents for mention in content.raw_mentions}
    if labels and all(map(str.isdecimal, labels)):
        first = min(labels, key=int)
        message = (
            f"the labels are numbers ({format_names(sorted(labels, key=int), length=60)}), since their names "
            f"are not in the file. Name them by --map {first}=TYPE, or export with names."
        )
        findings.add("warning", file, message)
