"""BioNLP shared tasks: texts with the entities in ``.a1``, and events with further entities in ``.a2``."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from bioner_core.corpus.reading.brat import parse_annotations
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.standoff import Standoff, read_standoff

NAME = "BioNLP shared task"
_TRIGGER = re.compile(r"^E\d+\t\S+?:(T\d+)", re.MULTILINE)


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the .a1, .a2 and .txt files, if an .a1 or .a2 holds entities or nothing."""
    annotations = {name for name in files if _is_annotation(name)}
    if not any(not files[name].strip() or re.match(r"T\d+\t", files[name]) for name in annotations):
        return set()
    others = (".txt", ".rel")
    return annotations | {name for name in files if PurePosixPath(name).suffix.lower() in others}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; triggers of events, and events and relations, are not read."""
    refuse_documents(documents, name=name, since="their documents are files")
    findings = Findings()
    stems = sorted({str(PurePosixPath(file).with_suffix("")) for file in files if _is_annotation(file)})
    annotations = []
    for stem in stems:
        mentions, triggers, source = [], set[str](), ""
        for suffix in (".a1", ".a2"):
            for file in (f for f in (stem + suffix, stem + suffix.upper()) if f in files):
                source = source or file
                triggers |= set(_TRIGGER.findall(files[file]))
                mentions += parse_annotations(files[file], file, findings)
        if n := sum(key in triggers for key, _ in mentions):
            findings.add("note", source, f"{n:,} triggers of events not read.", kind="triggers not read.")
        kept = [mention for key, mention in mentions if key not in triggers]
        annotations.append(Standoff(document=f"{stem}.txt", file=source, raw_mentions=kept))
    texts = {file: text for file, text in files.items() if file.lower().endswith(".txt")}
    return read_standoff(annotations, texts, name=name, format_name=NAME, findings=findings)


def _is_annotation(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in (".a1", ".a2")
