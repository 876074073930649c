"""JSON values one after another: lines, arrays, one object; the window that an item may fill."""

import json

import pytest

from bioner_core.corpus.reading import json_values
from bioner_core.corpus.reading.json_values import is_one_object, iterate_values, parse_first_value
from bioner_core.errors import BionerError

RECORDS = [{"text": f"word {n}", "spans": [[0, n, "A]}"]]} for n in range(50)]


def list_values(text):
    return [value for _, value in iterate_values(text, name="a")]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("window", [120, 127, 200, 1_000_000])
def test_an_array_is_read_item_by_item_across_windows(indent, window, monkeypatch):
    monkeypatch.setattr(json_values, "MAX_LINE", window)
    assert list_values(json.dumps(RECORDS, indent=indent)) == RECORDS


def test_json_lines_are_distinguished_from_one_object_over_several_lines():
    assert list_values("\n\n".join(map(json.dumps, RECORDS))) == RECORDS
    assert list_values(json.dumps(RECORDS[0], indent=2)) == RECORDS[:1]
    assert list_values('{\n"a": 1}') == [{"a": 1}]
    assert not is_one_object('{"a": 1}\n{"a": 2}\n')
    assert list_values(" [ ] ") == []


def test_the_first_value_is_parsed_without_the_rest():
    assert parse_first_value('[{"a": 1}, broken') == {"a": 1}
    assert parse_first_value('\n{"a": 1}\nbroken') == {"a": 1}
    assert [parse_first_value(text) for text in ("", "a", "[", "[1", '{"a": ', "[" * 100_000)] == [None] * 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1} {"a": 2}]', "a, record 1: not complete JSON (no comma after it)"),
        ('[{"a": 1}', "a: not complete JSON (the array does not end)"),
        ('[{"a": 1}] x', "a: not complete JSON (more after the end of the array)"),
        ('[{"a": 1}, {"b":]', "a, record 2: not complete JSON (Expecting value, column 6)"),
        ('{"a": 1} {"a": 2}', "a, line 1: not complete JSON (Extra data, column 9)"),
        ("[" + "[" * 100_000, "a, record 1: brackets nested too deep"),
        ("[" + "9" * 5_000 + "]", "a, record 1: a number with too many digits"),
    ],
)
def test_malformed_json_is_named_with_its_place(text, message):
    with pytest.raises(BionerError) as caught:
        list_values(text)
    assert str(caught.value) == f"{message}. {json_values.HINT}"


def test_one_long_object_is_refused(monkeypatch):
    monkeypatch.setattr(json_values, "MAX_LINE", 20)
    with pytest.raises(BionerError) as caught:
        list_values('{"a":\n"' + "x" * 20 + '"}')
    assert str(caught.value) == f"a: a JSON object of more than 20 characters. {json_values.HINT}"


def test_lone_surrogates_are_replaced_in_their_record_only():
    text = '[{"text": "\\ud83d\\ude02"}, {"text": "x\\ud83d"}]'
    assert list_values(text) == [{"text": "😂"}, {"text": "x\ufffd"}]
