"""brat standoff: a text, and beside it (or in a parallel folder) its annotations, one .ann for each .txt."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import PurePosixPath

from bioner_core.corpus.reading.bounds import lines
from bioner_core.corpus.reading.file_pairs import FilePair, paired
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import MAX_MENTION, Marked, counted_in, place
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import with_parts

NAME = "brat"
MAX_FRAGMENTS = 100  # that lines under one id are joined to
_OTHER = "REAMN#*"  # relations, events, attributes, normalisations, notes, equivalences: no mentions
_CODE = re.compile(r"C\d{7}")  # a concept of UMLS
_GROUP = re.compile(r'^#\w+\t\w+ (T\w+)\t.*"([A-Z]{4})"\s*$', re.MULTILINE)  # a note that ends in its group


def claims(files: Mapping[str, str]) -> set[str]:
    """Return all .txt and .ann files, if one of the latter is brat's or all are empty."""
    annotations = [text for name, text in files.items() if _ending(name) == ".ann"]
    if not annotations or not any(not text.strip() or _starts_as_brat(text) for text in annotations):
        return set()
    return {name for name in files if _ending(name) in (".ann", ".txt")}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; texts without annotations are left out and counted."""
    refuse_documents(documents, name=name, since="brat's documents are its files")
    findings = Findings()
    passages = []
    n_unannotated = 0
    annotations = {name for name in files if _ending(name) == ".ann"}
    codes = _codes(files, annotations)
    for folder, n in Counter(map(_folder, codes)).items():
        message = f"{n:,} .ann files hold codes of the mentions (lines TT1, TT2 …) and are not read."
        findings.add("note", folder, message)
    texts = [name for name in files if _ending(name) == ".txt"]
    for pair in paired(texts, annotations - codes):
        if pair.text and not pair.annotations:
            n_unannotated += 1
            findings.add("warning", pair.text, "no annotation file (.ann), so the document is left out.")
        elif passage := _document(pair, files, findings):
            passages.append(passage)
    return findings.reading(name=name, form=NAME, passages=with_parts(passages), n_unannotated=n_unannotated)


def _document(pair: FilePair, files: Mapping[str, str], findings: Findings) -> Passage | None:
    found = _mentions(files[pair.annotations], pair.annotations, findings)
    marked = _merged(_by_group(found, files[pair.annotations]), findings)
    text = files.get(pair.text, "")
    if not text.strip():
        what = "empty" if pair.text else "no text"
        message = (
            f"{what}: the .txt {'is blank' if pair.text else 'is missing'}, so the document is left out."
        )
        if marked:
            left = ((each.where, each.label, each.fragments) for each in marked)
            findings.all_unplaced(pair.text or pair.annotations, message, left)
        else:
            findings.add("warning", pair.text or pair.annotations, message)
        return None
    rule = counted_in([(text, marked)], where=pair.annotations, findings=findings)
    return Passage(
        document=pair.document,
        text=text,
        mentions=place(marked, text, rule=rule, findings=findings),
    )


def _mentions(text: str, name: str, findings: Findings) -> list[tuple[str, Marked]]:
    """Return (id, mention) of each T line; raw line breaks inside a mention are put back."""
    found: list[tuple[str, Marked]] = []
    is_open = False  # may the next line go on with the last mention's words?
    for number, line in lines(text, where=name):
        where = f"{name}, line {number}"
        key, _, rest = line.partition("\t")
        if line[:1] == "T" and rest and key[1:].isalnum():
            mention = _mention(rest, where)
            is_open = mention is not None
            if mention:
                findings.count(1, where=where)
                found.append((key, mention))
            else:
                findings.unplaced(
                    where, "not in brat's form (T1, tab, label start end, tab, words); left out."
                )
        elif is_open and _lacks_words(found[-1][1]):
            found[-1] = found[-1][0], replace(found[-1][1], words=f"{found[-1][1].words}\n{line}")
        elif line.strip():
            is_open = False
            if line[0] not in _OTHER or not rest:
                findings.unplaced(where, "no line of brat; left out.")
    return found


def _by_group(found: list[tuple[str, Marked]], text: str) -> list[tuple[str, Marked]]:
    """Label mentions of UMLS concepts by the semantic group that a note names, as in Mantra GSC."""
    if not any(_CODE.fullmatch(mention.label) for _, mention in found):
        return found
    groups = dict(_GROUP.findall(text))
    return [
        (key, replace(mention, label=groups[key]))
        if key in groups and _CODE.fullmatch(mention.label)
        else (key, mention)
        for key, mention in found
    ]


def _mention(rest: str, where: str) -> Marked | None:
    """Return the mention of ``label start end;start end TAB words``; None where there is none."""
    place_, _, words = rest.partition("\t")
    label, _, offsets = place_.strip().partition(" ")
    fragments = [_fragment(part) for part in offsets.split(";")]
    if not label or not any(fragments):
        return None
    return Marked(label, tuple(fragment or (-1, -1) for fragment in fragments), words, where)


def _fragment(part: str) -> tuple[int, int] | None:
    start, _, end = part.strip().partition(" ")
    try:
        return int(start), int(end)
    except ValueError:
        return None


def _lacks_words(mention: Marked) -> bool:
    return len(mention.words) < min(MAX_MENTION, sum(end - start for start, end in mention.fragments))


def _merged(found: Sequence[tuple[str, Marked]], findings: Findings) -> list[Marked]:
    """Join lines that follow each other under one id and label: one discontinuous mention."""
    merged: list[tuple[str, Marked]] = []
    seen = set()
    for key, mention in found:
        last_key, last = merged[-1] if merged else ("", None)
        if key in seen:
            message = (
                "duplicate id: lines in a row are taken as one mention in fragments, others as mentions."
            )
            findings.add("warning", mention.where, message)
        seen.add(key)
        is_more = last and key == last_key and mention.label == last.label
        if last and is_more and len(last.fragments) < MAX_FRAGMENTS:
            words = f"{last.words} {mention.words}"
            merged[-1] = key, replace(last, fragments=last.fragments + mention.fragments, words=words)
        else:
            merged.append((key, mention))
    return [mention for _, mention in merged]


def _codes(files: Mapping[str, str], annotations: Set[str]) -> set[str]:
    """Return annotations in folders of codes, as CADEC has them beside the folder of mentions; else none."""
    kinds: defaultdict[str, set[bool]] = defaultdict(set)
    for name in annotations:
        if keys := re.findall(r"^\w+(?=\t)", files[name], re.MULTILINE):
            kinds[_folder(name)].add(all(key.startswith("TT") for key in keys))
    folders = {folder for folder, are_codes in kinds.items() if are_codes == {True}}
    return {name for name in annotations if _folder(name) in folders} if len(folders) < len(kinds) else set()


def _folder(name: str) -> str:
    return str(PurePosixPath(name).parent)


def _starts_as_brat(text: str) -> bool:
    return any(line[:1] == "T" and line.count("\t") > 0 for line in text[:10_000].split("\n"))


def _ending(name: str) -> str:
    return name[-4:].lower()
