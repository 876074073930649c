"""Train, dev and test, where a file, folder or field names them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from bioner_core.corpus.sentences import Part
from bioner_core.errors import BionerError

_WORDS: Mapping[str, Part] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "devel", "development", "valid", "validation", "val", "testa"), "dev"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation", "heldout", "testb"), "test"),
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MEAN_SIZE = 50_000  # characters; files of documents are smaller, files of whole corpora larger


@lru_cache(maxsize=1_000)
def part_of(name: str) -> Part:
    """Return the part that one name or field says as a word; "" where it says none, or several.

    >>> part_of("CDR_TrainingSet"), part_of("held-out"), part_of("testimony"), part_of("train_test")
    ('train', 'test', '', '')
    """
    words = _WORD.findall(name.replace("held-out", "heldout").replace("held_out", "heldout"))
    found = {_WORDS.get(word.lower().removesuffix("set").removesuffix("data"), "") for word in words} - {""}
    if found == {"train", "dev"}:
        return "train"
    return found.pop() if len(found) == 1 else ""


def folder_part(name: str) -> Part:
    """Return the part that a file's folders say, the innermost first."""
    folders = PurePosixPath(name).parent.parts
    return next((part for folder in reversed(folders) if (part := part_of(folder))), "")


def file_part(name: str) -> Part:
    """Return the part that a file of many sentences says, its own name before its folders'."""
    return part_of(PurePosixPath(name).name) or folder_part(name)


def stem(name: str) -> str:
    """Return a file's name without folders and without its last ending."""
    return PurePosixPath(name).stem


def refuse_documents(documents: str | None, *, name: str, since: str) -> None:
    """Refuse the option --documents where the format itself says what a document is.

    :param since: what it says, as a sentence that goes on with "so --documents … has no meaning".
    :raises BionerError: where the option is given
    """
    if documents is not None:
        raise BionerError(f"{name}: {since}, so --documents {documents} has no meaning.")


def document_of_files(files: Mapping[str, str]) -> dict[str, str]:
    """Return the document that each file is: "", unless three or more small files name no parts."""
    size = sum(map(len, files.values()))
    if len(files) < 3 or size > _MEAN_SIZE * len(files) or any(map(file_part, files)):
        return dict.fromkeys(files, "")
    return {name: str(PurePosixPath(name).with_suffix("")) for name in files}
