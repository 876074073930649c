"""Projects that hold a document once for each annotator: one version of each is read."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from bioner_core.corpus.reading.findings import Findings

_FOLDERS = ("curation", "annotation")  # the first that has a document is read
_CURATED = "CURATION_USER"
_INITIAL = "INITIAL_CAS"  # the document before anybody annotated it


def one_each(files: Iterable[str], findings: Findings) -> tuple[dict[str, str], int]:
    """Return the document of each file that is to be read, and how many documents nobody annotated.

    In exports of WebAnno and INCEpTION, ``curation/DOCUMENT/…`` goes before
    ``annotation/DOCUMENT/ANNOTATOR…``, and the annotator of most documents before others. Files outside such
    folders are a document each.
    """
    versions: dict[str, dict[str, str]] = defaultdict(dict)  # document → annotator → file
    documents: dict[str, str] = {}
    for file in files:
        if place := _in_project(file):
            document, annotator = place
            versions[document].setdefault(annotator, file)
        else:
            documents[file] = str(PurePosixPath(file).with_suffix(""))
    n_annotated = Counter(annotator for annotators in versions.values() for annotator in annotators)
    n_unannotated = 0
    for document, found in versions.items():
        found.pop(_INITIAL, None)
        if not found:
            n_unannotated += 1
            findings.add("warning", document, "nobody annotated it, so the document is left out.")
            continue
        best = min(found, key=lambda one: (one != _CURATED, -n_annotated[one], one))
        documents[found[best]] = document
        if len(found) > 1:
            whose = "curated version" if best == _CURATED else "version of one annotator"
            message = f"{len(found)} versions by different people: the {whose} is read."
            findings.add("note", document, message, kind="several versions of a document: one is read.")
    return documents, n_unannotated


def _in_project(file: str) -> tuple[str, str] | None:
    """Return document and annotator of a file in a project's folders."""
    path = PurePosixPath(file).parts
    for folder in _FOLDERS:
        if folder in path[:-2]:
            at = path.index(folder)
            name = path[at + 2]
            annotator = name if at + 3 < len(path) else PurePosixPath(name).stem
            return path[at + 1], _CURATED if folder == "curation" else annotator
    return None
