"""What readers of JSON formats share: values of files become annotated texts."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import iterate_values, parse_first_value
from bioner_core.corpus.reading.offsets import OffsetConvention
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages
from bioner_core.errors import BionerError

JsonObject = Mapping[str, Any]
ParseValue = Callable[[Any, str, Findings], Iterable[AnnotatedText]]


def claim_values(files: Mapping[str, str], is_value: Callable[[Any], bool]) -> set[str]:
    """Return the files whose first value, or first item of an array, is of a format."""
    return {name for name, text in files.items() if is_value(parse_first_value(text))}


def read_values(
    files: Mapping[str, str],
    parse: ParseValue,
    *,
    name: str,
    format_name: str,
    convention: OffsetConvention | None = None,
) -> Reading:
    """Read the texts in the values of files.

    :param parse: returns the texts of a value at a place
    :param convention: of offsets, where the format defines it
    :raises BionerError: for a value that is not complete or not of the format
    """
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        texts: list[AnnotatedText] = []
        for where, value in iterate_values(text, name=file):
            texts += parse(value, where, findings)
        passages += build_passages(texts, file=file, findings=findings, convention=convention)
    return findings.build_reading(name=name, format_name=format_name, passages=passages)


def list_objects(value: object, where: str, hint: str) -> list[dict[str, Any]]:
    """Return a list of objects; that of null is empty.

    :raises BionerError: for other values
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BionerError(f"{where}: found no list of objects. {hint}")
    return value


def require_object(value: object, where: str, hint: str) -> dict[str, Any]:
    """Return an object. :raises BionerError: for other values."""
    if not isinstance(value, dict):
        raise BionerError(f"{where}: found no object. {hint}")
    return value


def read_text(value: JsonObject, key: str, where: str, hint: str) -> str:
    """Return a text. :raises BionerError: where the field is missing or of another kind."""
    if not isinstance(text := value.get(key), str):
        raise BionerError(f"{where}: found no text in the field {key!r}. {hint}")
    return text
