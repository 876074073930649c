"""UIMA CAS as JSON, which INCEpTION exports: the feature structures of XMI in another notation."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement

from bioner_core.corpus.reading.bounds import MAX_LINE
from bioner_core.corpus.reading.json_values import parse_value
from bioner_core.errors import BionerError

_STRUCTURES, _VIEWS = "%FEATURE_STRUCTURES", "%VIEWS"
_ID = "{http://www.omg.org/XMI}id"
_FORM = "Export it again, as UIMA CAS JSON or XMI."


def is_cas_json(text: str) -> bool:
    """Tell whether a text is a CAS in JSON, by its start and its main field."""
    start = text[:1_000].lstrip()
    return start[:1] == "{" and '"%' in start and f'"{_STRUCTURES}"' in text


def parse_cas_json(text: str, *, where: str) -> Element:
    """Return the CAS as an XMI tree.

    https://github.com/apache/uima-uimaj-io-jsoncas: ``%ID``, ``%TYPE``; names of references begin with ``@``.

    :raises BionerError: for incomplete JSON, or feature structures that are no objects
    """
    if len(text) > MAX_LINE:
        raise BionerError(f"{where}: more than {MAX_LINE:,} characters of JSON. Export it as UIMA CAS XMI.")
    cas = parse_value(text, where=where)
    root = Element("XMI")
    structures = cas.get(_STRUCTURES) if isinstance(cas, dict) else None
    if isinstance(structures, dict):  # by id
        structures = [{"%ID": key, **_ensure_dict(structure)} for key, structure in structures.items()]
    if not isinstance(structures, list) or not all(isinstance(structure, dict) for structure in structures):
        raise BionerError(f"{where}: its feature structures are not a list of objects. {_FORM}")
    for structure in structures:
        features = {
            key.removeprefix("@"): _format_value(value)
            for key, value in structure.items()
            if key[:1] not in "%^#"
        }
        attributes = {key: value for key, value in features.items() if value is not None}
        SubElement(
            root,
            _format_tag(str(structure.get("%TYPE", ""))),
            {**attributes, _ID: str(structure.get("%ID", ""))},
        )
    for view in _ensure_dict(cas.get(_VIEWS)).values():
        members = _ensure_dict(view).get("%MEMBERS")
        listed = " ".join(map(str, members)) if isinstance(members, list) else ""
        SubElement(root, _format_tag("uima.cas.View"), {"members": listed})
    return root


def _format_tag(type_name: str) -> str:
    """Return a type's name in XMI notation.

    >>> _format_tag("webanno.custom.Span")
    '{http:///webanno/custom.ecore}Span'
    """
    package, _, name = type_name.rpartition(".")
    return f"{{http:///{package.replace('.', '/') or 'uima/noNamespace'}.ecore}}{name}"


def _format_value(value: Any) -> str | None:
    """Return a feature's value as an XMI attribute; None for values that XMI writes otherwise."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _ensure_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
