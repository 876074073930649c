"""Read the paper's corpora as distributed, and map their labels as the paper did."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bioner_core.corpus.checks import check_corpus
from bioner_core.corpus.jsonl import is_corpus_file
from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import OpenedCorpus, convert_to_reading, open_corpus, open_reading
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.detect import read_path
from bioner_core.corpus.reading.passages import Finding, Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.tokenization import guess_language
from bioner_core.errors import BionerError
from bioner_core.reproduce.protocol import CORPORA, PaperCorpus


@dataclass(frozen=True, kw_only=True)
class PaperCorpusInput:
    """One of the paper's corpora as read, under the paper's name."""

    corpus: Corpus  # without its predefined split: the paper drew another one
    n_read: Counter[str]  # mentions in the files, by type
    labels: tuple[str, ...]  # as in the files
    dropped_labels: tuple[str, ...]  # those that are neither Drug nor Disease
    findings: tuple[Finding, ...]
    had_split: bool  # the files had a training and a test part


def read_paper_corpora(
    paths: Mapping[str, str], *, label_map: Mapping[str, str], documents: str | None = None
) -> dict[str, PaperCorpusInput]:
    """Read several corpora of the paper, by the paper's names.

    :param paths: the paper's name → folder, zip, file or library name.
    :raises BionerError: a corpus cannot be used, two are the same, or no corpus has a label of ``label_map``.
    """
    corpora = {
        name: read_paper_corpus(name, path, label_map=label_map, documents=documents)
        for name, path in paths.items()
    }
    labels = {label for corpus in corpora.values() for label in corpus.labels}
    if unknown := [raw for raw in label_map if raw not in labels]:
        raise BionerError(
            f"--map {unknown[0]}={label_map[unknown[0]]}: no corpus has this label. "
            f"Available: {format_names(sorted(labels))}."
        )
    by_digest: dict[str, str] = {}
    for name, corpus in corpora.items():
        if (twin := by_digest.setdefault(corpus.corpus.digest, name)) != name:
            options = f"--{CORPORA[twin].option} and --{CORPORA[name].option}"
            raise BionerError(f"{options} name the same corpus. Give each its own.")
    return corpora


def read_paper_corpus(
    name: str, argument: str, *, label_map: Mapping[str, str], documents: str | None = None
) -> PaperCorpusInput:
    """Read a corpus of the paper from a folder, a zip, a file or the library.

    :param name: in the paper's tables, such as "EN UGT".
    :param label_map: raw label → type; takes precedence over the paper's mapping.
    :raises BionerError: it is missing or unreadable, has no Drug or Disease, or is in another language.
    """
    paper = CORPORA[name]
    option = f"--{paper.option} {argument}"
    try:
        reading = _read_argument(argument, documents)
        types = {raw: label_map.get(raw, paper.map_label(raw)) for raw in reading.labels}
        opened = open_reading(
            reading,
            label_map=types,
            where=argument,
            name=name,
            language=paper.language,
            domain=paper.domain,
        )
    except BionerError as error:
        raise BionerError(f"--{paper.option}: {error}") from error
    if missing := [kind for kind in (DRUG, DISEASE) if not opened.n_placed[kind]]:
        labels = format_names(f"{label} ({count})" for label, count in reading.labels.items())
        raise BionerError(
            f"{option}: no {' and no '.join(missing)} mention; its labels: {labels}. "
            f"{_describe_expected_labels(paper)}"
        )
    _refuse_other_language(opened.corpus, paper, option)
    return _build_input(opened, tuple(reading.labels))


def _read_argument(argument: str, documents: str | None) -> Reading:
    path = Path(argument)
    is_library = argument in Library().names() or not path.exists()
    if is_library or (path.is_file() and is_corpus_file(path)):
        return convert_to_reading(open_corpus(argument, documents=documents).corpus)
    return read_path(path, documents=documents)


def _describe_expected_labels(paper: PaperCorpus) -> str:
    labels = ", ".join((*paper.drug, "disease", *paper.disease))
    return f"Known in {paper.title} are {labels}; --map LABEL=Drug or LABEL=Disease adds one."


def _refuse_other_language(corpus: Corpus, paper: PaperCorpus, option: str) -> None:
    """Refuse an English text where a Russian one is wanted, and the reverse: options are easily swapped."""
    beginning = " ".join(" ".join(sentence.tokens) for sentence in corpus.sentences[:500])
    is_russian = guess_language(beginning) == "ru"
    if is_russian != (paper.language == "ru"):
        actual, wanted = ("Russian", "English") if is_russian else ("not Russian", "Russian")
        raise BionerError(
            f"{option}: its text is {actual}; {paper.name} ({paper.title}) is {wanted}. "
            "Are two options swapped?"
        )


def _build_input(opened: OpenedCorpus, labels: tuple[str, ...]) -> PaperCorpusInput:
    original = opened.corpus
    sentences = tuple(replace(sentence, part="") for sentence in original.sentences)
    corpus = replace(original, sentences=sentences)
    findings = opened.findings
    if had_split := len({sentence.part for sentence in original.sentences}) > 1:
        original_findings = set(check_corpus(original))  # about a split that is not used
        findings = tuple(finding for finding in findings if finding not in original_findings)
        findings += tuple(check_corpus(corpus))
    return PaperCorpusInput(
        corpus=corpus,
        n_read=opened.n_read,
        labels=labels,
        dropped_labels=opened.label_map.dropped,
        findings=findings,
        had_split=had_split,
    )
