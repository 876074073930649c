"""brat standoff: one .ann file of annotations per .txt, beside it or in a parallel folder."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import PurePosixPath

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.file_pairs import FilePair, pair_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import MAX_MENTION, RawMention, infer_convention, place_mentions
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import assign_parts

NAME = "brat"
MAX_FRAGMENTS = 100  # of a mention that is joined from several lines
_OTHER_LINES = "REAMN#*"  # start of relations, events, attributes, normalisations, notes, equivalences
_BLANKS_FOR_TABS = re.compile(r"(T\d+) +(\S+ \d+ \d+(?:;\d+ \d+)*)(?: +(.*))?$")
_UMLS_CODE = re.compile(r"C\d{7}")  # concept unique identifier
_GROUP_NOTE = re.compile(  # a note that ends with the semantic group
    r'^#\w+\t\w+ (T\w+)\t.*"([A-Z]{4})"\s*$', re.MULTILINE
)


def claim(files: Mapping[str, str]) -> set[str]:
    """Return all .txt and .ann files if an .ann file is empty or holds brat mentions."""
    annotations = [text for name, text in files.items() if _extract_suffix(name) == ".ann"]
    if not annotations or not any(not text.strip() or _has_mention_line(text) for text in annotations):
        return set()
    return {name for name in files if _extract_suffix(name) in (".ann", ".txt")}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; texts without annotations are left out and counted."""
    refuse_documents(documents, name=name, since="brat's documents are its files")
    findings = Findings()
    passages = []
    n_unannotated = 0
    annotations = {name for name in files if _extract_suffix(name) == ".ann"}
    codes = _find_code_files(files, annotations)
    for folder, n in Counter(map(_find_folder, codes)).items():
        message = f"{n:,} .ann files hold codes of the mentions (lines TT1, TT2 …) and are not read."
        findings.add("note", folder, message)
    texts = [name for name in files if _extract_suffix(name) == ".txt"]
    for pair in pair_files(texts, annotations - codes, has_versions=True):
        if pair.text and not pair.annotations:
            n_unannotated += 1
            findings.keep_unannotated(files[pair.text], document=pair.document)
            findings.add("warning", pair.text, "no annotation file (.ann), so the document is left out.")
        elif passage := _read_document(pair, files, findings):
            passages.append(passage)
    return findings.build_reading(
        name=name, format_name=NAME, passages=assign_parts(passages), n_unannotated=n_unannotated
    )


def _read_document(pair: FilePair, files: Mapping[str, str], findings: Findings) -> Passage | None:
    annotations = parse_annotations(files[pair.annotations], pair.annotations, findings)
    mentions = _merge_fragments(_replace_umls_codes(annotations, files[pair.annotations]), findings)
    text = files.get(pair.text, "")
    if not text.strip():
        reason = "empty: the .txt is blank" if pair.text else "no text: the .txt is missing"
        message = f"{reason}, so the document is left out."
        if mentions:
            unplaced = ((mention.where, mention.label, mention.fragments) for mention in mentions)
            findings.add_all_unplaced(pair.text or pair.annotations, message, unplaced)
        else:
            findings.add("warning", pair.text or pair.annotations, message)
        return None
    convention = infer_convention([(text, mentions)], where=pair.annotations, findings=findings)
    placed = place_mentions(mentions, text, convention=convention, findings=findings)
    return Passage(document=pair.document, text=text, mentions=placed)


def parse_annotations(text: str, name: str, findings: Findings) -> list[tuple[str, RawMention]]:
    """Return (id, mention) of each T line; a mention with raw line breaks continues on the next lines."""
    mentions: list[tuple[str, RawMention]] = []
    is_open = False  # may the next line continue the text of the last mention?
    for number, line in iterate_lines(text, where=name):
        where = f"{name}, line {number}"
        key, _, rest = line.partition("\t")
        if not rest and (match := _BLANKS_FOR_TABS.match(line)):
            key, rest = match[1], f"{match[2]}\t{match[3]}"
            findings.add("warning", where, "blanks in place of brat's tabs; read as if they were tabs.")
        if line[:1] == "T" and rest and key[1:].isalnum():
            mention = _parse_mention(rest, where)
            is_open = mention is not None
            if mention:
                findings.count(1, where=where)
                mentions.append((key, mention))
            else:
                findings.add_unplaced(
                    where, "not in brat's form (T1, tab, label start end, tab, words); left out."
                )
        elif is_open and _is_cut_off(mentions[-1][1]):
            last_key, last = mentions[-1]
            mentions[-1] = last_key, replace(last, surface=f"{last.surface}\n{line}")
        elif line.strip():
            is_open = False
            if line[0] not in _OTHER_LINES or not rest:
                findings.add_unplaced(where, "not a brat annotation; left out.")
    return mentions


def _replace_umls_codes(mentions: list[tuple[str, RawMention]], text: str) -> list[tuple[str, RawMention]]:
    """Label mentions of UMLS concepts with the semantic group in their note, as in Mantra GSC."""
    if not any(_UMLS_CODE.fullmatch(mention.label) for _, mention in mentions):
        return mentions
    groups = dict(_GROUP_NOTE.findall(text))
    return [
        (key, replace(mention, label=groups[key]))
        if key in groups and _UMLS_CODE.fullmatch(mention.label)
        else (key, mention)
        for key, mention in mentions
    ]


def _parse_mention(rest: str, where: str) -> RawMention | None:
    """Parse ``label start end;start end TAB text``; None if it has no label or offsets."""
    position, _, surface = rest.partition("\t")
    label, _, offsets = position.strip().partition(" ")
    fragments = [_parse_fragment(part) for part in offsets.split(";")]
    if not label or not any(fragments):
        return None
    return RawMention(label, tuple(fragment or (-1, -1) for fragment in fragments), surface, where)


def _parse_fragment(part: str) -> tuple[int, int] | None:
    start, _, end = part.strip().partition(" ")
    try:
        return int(start), int(end)
    except ValueError:
        return None


def _is_cut_off(mention: RawMention) -> bool:
    return len(mention.surface) < min(MAX_MENTION, sum(end - start for start, end in mention.fragments))


def _merge_fragments(mentions: Sequence[tuple[str, RawMention]], findings: Findings) -> list[RawMention]:
    """Join adjacent lines with the same id and label into one discontinuous mention."""
    merged: list[tuple[str, RawMention]] = []
    seen = set()
    for key, mention in mentions:
        last_key, last = merged[-1] if merged else ("", None)
        if key in seen:
            message = (
                "duplicate id: adjacent lines are one mention in fragments, others are separate mentions."
            )
            findings.add("warning", mention.where, message)
        seen.add(key)
        is_same = last and key == last_key and mention.label == last.label
        if last and is_same and len(last.fragments) < MAX_FRAGMENTS:
            surface = f"{last.surface} {mention.surface}"
            merged[-1] = key, replace(last, fragments=last.fragments + mention.fragments, surface=surface)
        else:
            merged.append((key, mention))
    return [mention for _, mention in merged]


def _find_code_files(files: Mapping[str, str], annotations: Set[str]) -> set[str]:
    """Return the files of code folders, which CADEC has beside its folder of mentions; else none."""
    has_codes: defaultdict[str, set[bool]] = defaultdict(set)
    for name in annotations:
        if keys := re.findall(r"^\w+(?=\t)", files[name], re.MULTILINE):
            has_codes[_find_folder(name)].add(all(key.startswith("TT") for key in keys))
    folders = {folder for folder, flags in has_codes.items() if flags == {True}}
    if len(folders) == len(has_codes):
        return set()
    return {name for name in annotations if _find_folder(name) in folders}


def _find_folder(name: str) -> str:
    return str(PurePosixPath(name).parent)


def _has_mention_line(text: str) -> bool:
    lines = text[:10_000].split("\n")
    return any(line[:1] == "T" and ("\t" in line or _BLANKS_FOR_TABS.match(line)) for line in lines)


def _extract_suffix(name: str) -> str:
    return name[-4:].lower()
