"""ShARe/CLEF: lines such as ``name||label||code||start||end`` beside the files of the texts."""

import re
from collections import defaultdict
from collections.abc import Mapping

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.companion_texts import find_text_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.standoff import Standoff, read_standoff

NAME = "ShARe/CLEF"
_LINE = re.compile(r"([^|]+)\|\|([^|]+)\|\|([^|]*)((?:\|\|\d{1,9}){2,40})(?:\|\|)?")
_SHARE_2014 = re.compile(r"([^|]+)\|(\d{1,9}-\d{1,9}(?:,\d{1,9}-\d{1,9})*)\|([^|]*)\|.*")
_LABEL_2014 = "Disease_Disorder"  # the only type of 2014 and of SemEval 2015


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files of pipes, and the files of their texts."""
    pipes = {name for name, text in files.items() if _is_pipes(text)}
    if not pipes:
        return set()
    names = {line.partition("|")[0] for file in pipes for _, line in iterate_lines(files[file], where=file)}
    return pipes | find_text_files(names, files.keys() - pipes)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents that a line names."""
    refuse_documents(documents, name=name, since="its lines name the documents")
    findings = Findings()
    mentions: defaultdict[str, list[RawMention]] = defaultdict(list)
    sources: dict[str, str] = {}
    pipes = sorted(file for file, text in files.items() if _is_pipes(text))
    for file in pipes:
        for number, line in iterate_lines(files[file], where=file):
            where = f"{file}, line {number}"
            if parsed := _parse_line(line, where):
                document, mention = parsed
                mentions[document].append(mention)
                sources.setdefault(document, file)
            elif line.strip():
                findings.add_unplaced(
                    where, "not a line of the form name||label||code||start||end; left out."
                )
    annotations = [
        Standoff(document=document, file=sources[document], raw_mentions=listed)
        for document, listed in mentions.items()
    ]
    texts = {file: text for file, text in files.items() if file not in pipes}
    return read_standoff(annotations, texts, name=name, format_name=NAME, findings=findings)


def _is_pipes(text: str) -> bool:
    first = text[:10_000].lstrip().partition("\n")[0].strip()
    return bool(_LINE.fullmatch(first) or _SHARE_2014.fullmatch(first))


def _parse_line(line: str, where: str) -> tuple[str, RawMention] | None:
    if match := _LINE.fullmatch(line.strip()):
        numbers = [int(number) for number in match[4].split("||")[1:]]
        fragments = tuple(zip(numbers[::2], numbers[1::2], strict=False))
        return match[1], RawMention(match[2], fragments, "", where)
    if match := _SHARE_2014.fullmatch(line.strip()):
        places = [place.split("-") for place in match[2].split(",")]
        return match[1], RawMention(_LABEL_2014, tuple((int(s), int(e)) for s, e in places), "", where)
    return None
