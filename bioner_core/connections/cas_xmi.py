"""UIMA CAS as XMI, as INCEpTION reads and writes it: a text with spans, and spans added to a text.

Offsets of a CAS count UTF-16 units, as Java does.
"""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from bioner_core.connections.tool import count_utf16
from bioner_core.corpus.reading.passages import Mention
from bioner_core.corpus.reading.xml_trees import parse_xml
from bioner_core.errors import BionerError

NAMED_ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
VALUE = "value"  # its feature with the label
_XMI, _CAS = "http://www.omg.org/XMI", "http:///uima/cas.ecore"
_ID = f"{{{_XMI}}}id"
_SOFA, _VIEW = f"{{{_CAS}}}Sofa", f"{{{_CAS}}}View"


def serialize_cas(text: str, mentions: Sequence[Mention]) -> bytes:
    """Return a document with named entities; whoever imports it adds words and sentences."""
    root = Element(f"{{{_XMI}}}XMI", {f"{{{_XMI}}}version": "2.0"})
    SubElement(root, f"{{{_CAS}}}NULL", {_ID: "0"})
    sofa = {_ID: "1", "sofaNum": "1", "sofaID": "_InitialView", "mimeType": "text", "sofaString": text}
    SubElement(root, _SOFA, sofa)
    SubElement(root, _VIEW, {"sofa": "1", "members": ""})
    _add_spans(root, text, mentions, layer=NAMED_ENTITY, feature=VALUE, flags={})
    return _serialize(root)


def read_cas_text(xmi: str, *, where: str) -> str:
    """Return the text of a document. :raises BionerError: it is no CAS."""
    return _find_sofa(parse_xml(xmi, where=where), where).get("sofaString", "")


def add_predictions(xmi: str, mentions: Sequence[Mention], *, layer: str, feature: str, where: str) -> bytes:
    """Return a document with mentions as predictions of an external recommender.

    :param layer: full name of the type, such as ``NAMED_ENTITY``.
    :param feature: of the layer, which holds the label.
    :raises BionerError: it is no CAS.
    """
    root = parse_xml(xmi, where=where)
    text = _find_sofa(root, where).get("sofaString", "")
    _add_spans(
        root, text, mentions, layer=layer, feature=feature, flags={"inception_internal_predicted": "true"}
    )
    return _serialize(root)


def _serialize(root: Element) -> bytes:
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add_spans(
    root: Element,
    text: str,
    mentions: Sequence[Mention],
    *,
    layer: str,
    feature: str,
    flags: Mapping[str, str],
) -> None:
    sofa = _find_sofa(root, "CAS").get(_ID, "1")
    views = [element for element in root if element.tag == _VIEW and element.get("sofa", sofa) == sofa]
    number = max((int(key) for element in root if (key := element.get(_ID, "")).isdecimal()), default=0)
    tag, members = _format_tag(layer), []
    for mention in mentions:
        number += 1
        start, end = mention.fragments[0][0], mention.fragments[-1][1]
        attributes = {
            _ID: str(number),
            "sofa": sofa,
            "begin": str(count_utf16(text, start)),
            "end": str(count_utf16(text, end)),
            feature: mention.label,
            **flags,
        }
        root.insert(1, Element(tag, attributes))
        members.append(str(number))
    for view in views[:1]:
        view.set("members", " ".join([*view.get("members", "").split(), *members]))


def _find_sofa(root: Element, where: str) -> Element:
    """Return the first text of a CAS."""
    for element in root:
        if element.tag == _SOFA and element.get("sofaString") is not None:
            return element
    raise BionerError(f"{where}: holds no text (sofaString), so it is no UIMA CAS.")


def _format_tag(layer: str) -> str:
    """Return the tag of a type in XMI.

    >>> _format_tag("webanno.custom.Span")
    '{http:///webanno/custom.ecore}Span'
    """
    package, _, name = layer.rpartition(".")
    return f"{{http:///{package.replace('.', '/') or 'uima/noNamespace'}.ecore}}{name}"
