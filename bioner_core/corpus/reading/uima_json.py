"""UIMA CAS as JSON, which INCEpTION exports: the feature structures of XMI, written otherwise."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement

from bioner_core.corpus.reading.bounds import MAX_LINE
from bioner_core.corpus.reading.json_values import parsed
from bioner_core.errors import BionerError

_STRUCTURES, _VIEWS = "%FEATURE_STRUCTURES", "%VIEWS"
_ID = "{http://www.omg.org/XMI}id"
_FORM = "Export it again, as UIMA CAS JSON or XMI."


def is_cas_json(text: str) -> bool:
    """Tell whether a text is such a CAS, by its start and its main field."""
    start = text[:1_000].lstrip()
    return start[:1] == "{" and '"%' in start and f'"{_STRUCTURES}"' in text


def tree_of(text: str, *, where: str) -> Element:
    """Return the CAS as the tree that XMI would have.

    https://github.com/apache/uima-uimaj-io-jsoncas: ``%ID``, ``%TYPE``, references begin with ``@``.

    :raises BionerError: where it is no complete JSON, or its feature structures are none
    """
    if len(text) > MAX_LINE:
        raise BionerError(f"{where}: more than {MAX_LINE:,} characters of JSON. Export it as UIMA CAS XMI.")
    cas = parsed(text, where=where)
    root = Element("XMI")
    structures = cas.get(_STRUCTURES) if isinstance(cas, dict) else None
    if isinstance(structures, dict):  # by id
        structures = [{"%ID": key, **_dict(each)} for key, each in structures.items()]
    if not isinstance(structures, list) or not all(isinstance(each, dict) for each in structures):
        raise BionerError(f"{where}: its feature structures are no list of objects. {_FORM}")
    for each in structures:
        features = {
            key.removeprefix("@"): _string(value) for key, value in each.items() if key[:1] not in "%^#"
        }
        found = {key: value for key, value in features.items() if value is not None}
        SubElement(root, _tag(str(each.get("%TYPE", ""))), {**found, _ID: str(each.get("%ID", ""))})
    for view in _dict(cas.get(_VIEWS)).values():
        members = _dict(view).get("%MEMBERS")
        listed = " ".join(map(str, members)) if isinstance(members, list) else ""
        SubElement(root, _tag("uima.cas.View"), {"members": listed})
    return root


def _tag(type_: str) -> str:
    """Return a type's name as XMI writes it.

    >>> _tag("webanno.custom.Span")
    '{http:///webanno/custom.ecore}Span'
    """
    package, _, name = type_.rpartition(".")
    return f"{{http:///{package.replace('.', '/') or 'uima/noNamespace'}.ecore}}{name}"


def _string(value: Any) -> str | None:
    """Return a feature's value as an attribute; None for what XMI would not write as one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
