"""corpora/*.jsonl: a run's copies of the corpora it was planned with."""

from collections.abc import Mapping
from pathlib import Path

from bioner_core.corpus.jsonl import load_corpus, save_corpus
from bioner_core.corpus.library import Library, validate_name
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.plan import Study
from bioner_core.study.run_files import CORPORA_FOLDER


def locate_copy(folder: Path, corpus: str) -> Path:
    """Return the path of a run's copy of a corpus."""
    return folder / CORPORA_FOLDER / f"{validate_name(corpus)}.jsonl"


def save_copies(study: Study, corpora: Mapping[str, Corpus], folder: Path, *, require_all: bool) -> None:
    """Write the corpora of a study that a run's folder lacks.

    :param require_all: raise if one is missing; otherwise missing corpora are skipped.
    """
    (folder / CORPORA_FOLDER).mkdir(mode=0o700, exist_ok=True)
    for name, digest in study.corpora.items():
        path = locate_copy(folder, name)
        if path.exists() or (name not in corpora and not require_all):
            continue
        if name not in corpora or corpora[name].digest != digest:
            raise BionerError(f"study {study.name}: corpus {name} is not the one it was planned with.")
        save_corpus(path, corpora[name])


def explain_other_words(folder: Path, corpora: Mapping[str, Corpus], name: str) -> str:
    """Return a sentence if a run's copy has words of an earlier version of the tokeniser; else ""."""
    corpus = corpora.get(name)
    if corpus is None or not (path := locate_copy(folder, name)).exists():
        return ""
    version = load_corpus(path).tokenizer_version
    if version >= corpus.tokenizer_version:
        return ""
    return (
        f" The run has words of version {version} of the tokeniser, this corpus of version "
        f"{corpus.tokenizer_version}, which splits symbols off and knows scripts without blanks."
    )


def copy_from_library(study: Study, folder: Path, library: Library) -> None:
    """Write the copies that a run lacks and that the library has: same name, same digest."""
    available = library.names()
    missing = [name for name in study.corpora if name in available and not locate_copy(folder, name).exists()]
    loaded = {name: library.load(name) for name in missing}
    matching = {name: corpus for name, corpus in loaded.items() if corpus.digest == study.corpora[name]}
    if matching:
        save_copies(study, matching, folder, require_all=False)


def load_copy(folder: Path, name: str, digest: str) -> Corpus:
    """Return a run's copy of a corpus. :raises BionerError: it is missing or not the one planned with."""
    path = locate_copy(folder, name)
    if not path.exists():
        raise BionerError(
            f"run {folder.name}: its copy of corpus {name} is missing (runs are exported without text by "
            "default), so no more models can be trained. Add the same corpus to the library under this "
            "name, import the run --with-text, or go on where it was planned."
        )
    corpus = load_corpus(path)
    if corpus.digest != digest:
        raise BionerError(
            f"{path}: is not the corpus that the run was planned with (digest {corpus.digest}, planned "
            f"{digest}). Put the copy back, or start a new run."
        )
    return corpus
