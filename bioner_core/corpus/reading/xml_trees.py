"""Parse XML safely: no entities, no network, limits on depth and size."""

import re
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from bioner_core.errors import BionerError

MAX_ELEMENTS = 1_000_000  # of one file
MAX_LEVELS = 200  # of nested elements
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")
_CONTROL = re.compile(r"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01])|x0*(?:[1-8bce-f]|1[0-9a-f]));", re.IGNORECASE)
_NAME = re.compile(r"<([\w.:-]{1,100})")
_PROLOG = (("<?", "?>"), ("<!--", "-->"), ("<!DOCTYPE", ">"))


def find_root_name(text: str) -> str:
    """Return the name of the first element, with its prefix; "" if the text does not start like XML.

    >>> find_root_name('<?xml version="1.0"?><!DOCTYPE collection SYSTEM "BioC.dtd"><collection>')
    'collection'
    """
    start = text[:20_000].lstrip()
    while ends := [end for begin, end in _PROLOG if start.startswith(begin)]:
        has_subset = start.startswith("<!D") and "[" in start.partition(">")[0]
        start = start.partition("]" if has_subset else ends[0])[2].lstrip(" \t\r\n>" if has_subset else None)
    match = _NAME.match(start)
    return match[1] if match else ""


def parse_xml(text: str, *, where: str) -> Element:
    """Return the root element.

    :raises BionerError: for XML that is not well-formed, declares entities, or is too deep or too large
    """
    declaration = _DECLARATION.match(text)  # removed, so that XML 1.1 is read as 1.0
    text = _CONTROL.sub("\ufffd", text[declaration.end() if declaration else 0 :]).lstrip()
    parser = DefusedXMLParser(target=_BoundedTreeBuilder(where), forbid_dtd=False)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException as error:
        message = "XML that declares entities, which is never read. Export it again without a DTD."
        raise BionerError(f"{where}: {message}") from error
    except (ParseError, ValueError) as error:
        line, column = getattr(error, "position", (0, 0))
        raise BionerError(
            f"{where}, line {line:,}, column {column + 1:,}: not well-formed XML ({_format_reason(error)}). "
            "The file is cut off or was edited by hand; export it again."
        ) from error
    return root


def strip_namespace(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _format_reason(error: Exception) -> str:
    return str(error).partition(":")[0][:60]


class _BoundedTreeBuilder(TreeBuilder):
    """Builds a tree within the limits on depth and size."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.level = 0
        self.n_elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self.level += 1
        self.n_elements += 1
        if self.level > MAX_LEVELS:
            raise BionerError(
                f"{self.where}: XML elements nested deeper than {MAX_LEVELS}, so it is not read."
            )
        if self.n_elements > MAX_ELEMENTS:
            raise BionerError(
                f"{self.where}: more than {MAX_ELEMENTS:,} XML elements. Export documents one by one."
            )
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self.level -= 1
        return super().end(tag)
