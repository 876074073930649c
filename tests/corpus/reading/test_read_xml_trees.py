"""XML is read without entities and network, to a bounded depth and size."""

import pytest

from bioner_core.corpus.reading import xml_trees
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.xml_trees import find_root_name, parse_xml, strip_namespace
from bioner_core.errors import BionerError

BIOC = (
    '<?xml version="1.0"?>{dtd}<collection><document><id>{id}</id><passage><offset>0</offset>'
    "<text>No aspirin</text></passage></document></collection>"
)


def read_error(text):
    with pytest.raises(BionerError) as caught:
        parse_xml(text, where="a.xml")
    return str(caught.value)


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE c [<!ENTITY % a SYSTEM "http://localhost:1/x"> %a;]>',
    ],
)
def test_entities_are_refused_before_they_are_used(dtd):
    with pytest.raises(BionerError) as caught:
        read_files({"a.xml": BIOC.format(dtd=dtd, id="&b;").encode()}, name="upload")
    expected = "a.xml: XML that declares entities, which is never read. Export it again without a DTD."
    assert str(caught.value) == expected


def test_an_external_dtd_is_neither_fetched_nor_refused():
    dtd = '<!DOCTYPE collection SYSTEM "http://localhost:1/BioC.dtd">'
    assert parse_xml(BIOC.format(dtd=dtd, id="1"), where="a").findtext("document/id") == "1"
    message = read_error(BIOC.format(dtd=dtd, id="&nbsp;"))
    assert message.startswith("a.xml, line 1, column ") and "undefined entity" in message


def test_malformed_xml_is_refused_with_line_and_column():
    assert read_error("<a>\n<b></a>") == (
        "a.xml, line 2, column 6: not well-formed XML (mismatched tag). The file is cut off or was edited "
        "by hand; export it again."
    )


def test_depth_and_size_are_limited(monkeypatch):
    assert read_error("<a>" * 100_000) == "a.xml: XML elements nested deeper than 200, so it is not read."
    monkeypatch.setattr(xml_trees, "MAX_ELEMENTS", 10)
    assert (
        read_error("<a>" + "<b/>" * 10 + "</a>")
        == "a.xml: more than 10 XML elements. Export documents one by one."
    )


def test_xml_1_1_is_read_with_its_control_characters_as_one_sign():
    root = parse_xml('<?xml version="1.1" encoding="UTF-16"?>\n<a b="x&#1;y&#x1F;z&#10;&#9;"/>', where="a")
    assert root.get("b") == "x\ufffdy\ufffdz\n\t"


def test_the_root_name_is_read_from_the_start_of_the_text():
    assert find_root_name("\n<!-- a --><?b?><!DOCTYPE c SYSTEM 'd'>\n<xmi:XMI xmlns:xmi='e'>") == "xmi:XMI"
    assert find_root_name('<!DOCTYPE a [<!ENTITY b "c">]> <d>') == "d"
    assert [find_root_name(text) for text in ("", "a <b>", "<", "<!-- open", "< a>", "<?" * 9_000)] == [
        ""
    ] * 6
    assert strip_namespace(parse_xml("<a xmlns='b'/>", where="a")) == "a"
