"""Parse train, dev and test from the names of files, folders and fields."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from bioner_core.corpus.sentences import Part
from bioner_core.errors import BionerError

_PART_OF_WORD: Mapping[str, Part] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "devel", "development", "valid", "validation", "val", "testa"), "dev"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation", "heldout", "testb"), "test"),
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MAX_MEAN_SIZE = 50_000  # characters; files of documents are smaller, files of whole corpora larger


@lru_cache(maxsize=1_000)
def parse_part(name: str) -> Part:
    """Return the part (train, dev or test) that a name contains as a word; "" for none or several.

    >>> [parse_part(name) for name in ("CDR_TrainingSet", "held-out", "testimony", "train_test")]
    ['train', 'test', '', '']
    """
    words = _WORD.findall(name.replace("held-out", "heldout").replace("held_out", "heldout"))
    parts = {
        _PART_OF_WORD.get(word.lower().removesuffix("set").removesuffix("data"), "") for word in words
    } - {""}
    if parts == {"train", "dev"}:
        return "train"
    return parts.pop() if len(parts) == 1 else ""


def parse_folder_part(name: str) -> Part:
    """Return the part in the name of the innermost folder that names one."""
    folders = PurePosixPath(name).parent.parts
    return next((part for folder in reversed(folders) if (part := parse_part(folder))), "")


def parse_file_part(name: str) -> Part:
    """Return the part in a file's name, else in its folders' names."""
    return parse_part(PurePosixPath(name).name) or parse_folder_part(name)


def strip_file_name(name: str) -> str:
    """Return a file's name without folders and without its last extension."""
    return PurePosixPath(name).stem


def refuse_documents(documents: str | None, *, name: str, since: str) -> None:
    """Refuse the option --documents where the format itself says what a document is.

    :param since: the reason, as a clause before "so --documents … has no meaning"
    :raises BionerError: where the option is given
    """
    if documents is not None:
        raise BionerError(f"{name}: {since}, so --documents {documents} has no meaning.")


def name_documents(files: Mapping[str, str]) -> dict[str, str]:
    """Name a document for each of three or more small files; "" for all if a file names a part."""
    size = sum(map(len, files.values()))
    if len(files) < 3 or size > _MAX_MEAN_SIZE * len(files) or any(map(parse_file_part, files)):
        return dict.fromkeys(files, "")
    return {name: str(PurePosixPath(name).with_suffix("")) for name in files}
