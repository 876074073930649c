"""Files of annotation tools that cannot be read: say which export to take instead."""

import re
from collections.abc import Mapping

from bioner_core.corpus.reading import jsonl_records
from bioner_core.corpus.reading.xml_trees import find_root_name
from bioner_core.errors import BionerError

_JAVA = b"\xac\xed\x00\x05"  # serialized Java objects
_HEAD_LENGTH = 20_000
_SIGNS = (  # a pattern in the first bytes; what it is and what to take instead
    (
        re.compile(rb"^SQLite format 3\0"),
        "a database, such as doccano's or Prodigy's. Export the annotations by the tool itself.",
    ),
    (
        re.compile(rb"^\{\\rtf"),
        "a Word document (RTF). Marks in running text are not read: export annotations with their places.",
    ),
    (
        re.compile(rb"<article[^>]*(?:data-origid|data-tagtog)|tagtog", re.IGNORECASE),
        "tagtog's texts as HTML without their annotations. Add the .ann.json files of the same export.",
    ),
)
_INCEPTION = (
    "a backup of INCEpTION or WebAnno, in which the annotations are Java objects (.ser), which can run code "
    "and are never opened. Export the project again with the format UIMA CAS XMI or WebAnno TSV 3."
)
_GATE = (
    "Java objects (.ser), which can run code and are never opened. Export the annotations as XML, such as "
    "GATE XML or UIMA CAS XMI."
)


def explain_export(files: Mapping[str, bytes]) -> str:
    """Return what export the files are and which one to take instead; "" if none is recognised."""
    if any(content.startswith(_JAVA) for content in files.values()):
        is_project = any(name.rpartition("/")[2] == "exportedproject.json" for name in files) or any(
            "annotation_ser/" in name or name.endswith("INITIAL_CAS.ser") for name in files
        )
        return _INCEPTION if is_project else _GATE
    for content in files.values():
        for pattern, reason in _SIGNS:
            if pattern.search(content[:_HEAD_LENGTH]):
                return reason
    return ""


def explain_texts(texts: Mapping[str, str]) -> str:
    """Return the root element of XML, or where JSON is not complete or no record; "" for other texts."""
    roots = {file: root for file, text in texts.items() if (root := find_root_name(text))}
    if 2 * len(roots) > len(texts):
        file, root = next(iter(roots.items()))
        where = "" if len(texts) == 1 else f"{file}: "
        return (
            f"its format is not recognised. {where}It is XML with the root element <{root[:60]}>. Export "
            "BioC, GATE XML, UIMA CAS or another format of docs/formats.md."
        )
    starts = {file: text for file, text in texts.items() if text.lstrip()[:1] in ("{", "[")}
    if 2 * len(starts) > len(texts):
        try:
            jsonl_records.read(starts, name="", documents=None)
        except BionerError as error:
            raise BionerError(str(error)) from error
    return ""
