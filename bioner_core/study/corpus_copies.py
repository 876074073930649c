"""corpora/*.jsonl: a run's own copies of the corpora it was planned with."""

from collections.abc import Mapping
from pathlib import Path

from bioner_core.corpus.jsonl import load_corpus, write_corpus
from bioner_core.corpus.library import Library, checked_name
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.plan import Study

CORPORA = "corpora"


def copy_path(folder: Path, corpus: str) -> Path:
    """Return where a run's folder has its copy of a corpus."""
    return folder / CORPORA / f"{checked_name(corpus)}.jsonl"


def write_copies(study: Study, corpora: Mapping[str, Corpus], folder: Path, *, is_whole: bool) -> None:
    """Write the corpora of a study that a run's folder lacks.

    :param is_whole: refuse to go without one; else those that are not at hand are left out.
    """
    (folder / CORPORA).mkdir(mode=0o700, exist_ok=True)
    for name, digest in study.corpora.items():
        path = copy_path(folder, name)
        if path.exists() or (name not in corpora and not is_whole):
            continue
        if name not in corpora or corpora[name].digest != digest:
            raise BionerError(f"study {study.name}: corpus {name} is not the one it was planned with.")
        write_corpus(path, corpora[name])


def take_copies(study: Study, folder: Path, library: Library) -> None:
    """Write the copies that a run's folder lacks, where the library has the same corpus under its name."""
    there = library.names()
    lacking = [name for name in study.corpora if name in there and not copy_path(folder, name).exists()]
    found = {name: library.load(name) for name in lacking}
    same = {name: corpus for name, corpus in found.items() if corpus.digest == study.corpora[name]}
    if same:
        write_copies(study, same, folder, is_whole=False)


def read_copy(folder: Path, name: str, digest: str) -> Corpus:
    """Return a run's copy of a corpus. :raises BionerError: it is missing or not the one planned with."""
    path = copy_path(folder, name)
    if not path.exists():
        raise BionerError(
            f"run {folder.name}: its copy of corpus {name} is not here (a run travels without text unless "
            "asked otherwise), so nothing more can be trained. Add the same corpus to the library under this "
            "name, import the run --with-text, or go on where it was planned."
        )
    corpus = load_corpus(path)
    if corpus.digest != digest:
        raise BionerError(
            f"{path}: is not the corpus that was planned with (digest {corpus.digest}, planned {digest}). "
            "Put the copy back, or make a new run."
        )
    return corpus
