"""Corpora that users share by name: their readers take a copy into their own library."""

from collections.abc import Iterable
from pathlib import Path

from bioner_core.corpus.jsonl import load_corpus
from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import locate_corpora_folder
from bioner_core.users.audit import record_action
from bioner_core.users.current import find_user, list_owners, locate_for
from bioner_core.users.sharing import find_labels, list_readers, list_shared, set_readers


def list_shared_corpora() -> dict[str, Path]:
    """Return the files of the corpora that others share with the current user, by ``owner/name``."""
    user, paths = find_user(), dict[str, Path]()
    for owner in list_owners() if user else ():
        if user and owner.label != user.label:
            library = Library(locate_for(owner, locate_corpora_folder))
            shared = set(list_shared(library.folder, user.label)) & set(library.names())
            paths |= {f"{owner.label}/{name}": library.path(name) for name in sorted(shared)}
    return paths


def load_shared_corpus(name: str) -> Corpus:
    """Return a corpus that another user shares. :raises BionerError: nobody shares it, or it is damaged."""
    paths = list_shared_corpora()
    if name not in paths:
        raise BionerError(f"{name}: is not shared with you. Ask its owner.")
    record_action("open corpus", name)
    return load_corpus(paths[name])


def list_corpus_readers(name: str) -> tuple[str, ...]:
    """Return the labels of the users with whom a corpus of the library is shared."""
    return list_readers(Library().folder, name)


def share_corpus(name: str, readers: Iterable[str]) -> None:
    """Let these users, and no others, read a corpus of the library.

    :param readers: their names.
    :raises BionerError: there is no such corpus, or nobody has such a name.
    """
    library, labels = Library(), find_labels(readers)
    library.locate(name)
    set_readers(library.folder, name, labels)
    record_action("share corpus", f"{name} with {', '.join(labels) or 'nobody'}")
