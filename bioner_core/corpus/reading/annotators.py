"""Choose one version of each document in projects that store a version per annotator."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from bioner_core.corpus.reading.findings import Findings

_PROJECT_FOLDERS = ("curation", "annotation")  # in order of preference
_CURATED = "CURATION_USER"
_INITIAL = "INITIAL_CAS"  # the document before anybody annotated it


def select_versions(files: Iterable[str], findings: Findings) -> tuple[dict[str, str], int]:
    """Select the file to read for each document, and count the documents that nobody annotated.

    In exports of WebAnno and INCEpTION, ``curation/DOCUMENT/…`` is preferred to
    ``annotation/DOCUMENT/ANNOTATOR…``, then the annotator with the most documents. A file outside such
    folders is a document.

    :returns: document by selected file; number of documents without annotations
    """
    versions: dict[str, dict[str, str]] = defaultdict(dict)  # document → annotator → file
    documents: dict[str, str] = {}
    for file in files:
        if match := _split_project_path(file):
            document, annotator = match
            versions[document].setdefault(annotator, file)
        else:
            documents[file] = str(PurePosixPath(file).with_suffix(""))
    n_annotated = Counter(annotator for annotators in versions.values() for annotator in annotators)
    n_unannotated = 0
    for document, by_annotator in versions.items():
        by_annotator.pop(_INITIAL, None)
        if not by_annotator:
            n_unannotated += 1
            findings.add("warning", document, "nobody annotated it, so the document is left out.")
            continue
        best = min(by_annotator, key=lambda name: (name != _CURATED, -n_annotated[name], name))
        documents[by_annotator[best]] = document
        if len(by_annotator) > 1:
            version = "curated version" if best == _CURATED else "version of one annotator"
            message = f"{len(by_annotator)} versions by different people: the {version} is read."
            findings.add("note", document, message, kind="several versions of a document: one is read.")
    return documents, n_unannotated


def _split_project_path(file: str) -> tuple[str, str] | None:
    """Return document and annotator of a file in a project folder; None for other files."""
    path = PurePosixPath(file).parts
    for folder in _PROJECT_FOLDERS:
        if folder in path[:-2]:
            index = path.index(folder)
            name = path[index + 2]
            annotator = name if index + 3 < len(path) else PurePosixPath(name).stem
            return path[index + 1], _CURATED if folder == "curation" else annotator
    return None
