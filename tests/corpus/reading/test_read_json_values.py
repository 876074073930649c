"""JSON values one after another: lines, arrays, one object; the window that an item may fill."""

import json

import pytest

from bioner_core.corpus.reading import json_values
from bioner_core.corpus.reading.json_values import first_value, is_one_object, values
from bioner_core.errors import BionerError

RECORDS = [{"text": f"word {n}", "spans": [[0, n, "A]}"]]} for n in range(50)]


def listed(text):
    return [value for _, value in values(text, name="a")]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("window", [120, 127, 200, 1_000_000])
def test_an_array_is_read_item_by_item_across_windows(indent, window, monkeypatch):
    monkeypatch.setattr(json_values, "MAX_LINE", window)
    assert listed(json.dumps(RECORDS, indent=indent)) == RECORDS


def test_lines_and_one_object_on_many_lines_are_told_apart():
    assert listed("\n\n".join(map(json.dumps, RECORDS))) == RECORDS
    assert listed(json.dumps(RECORDS[0], indent=2)) == RECORDS[:1]
    assert listed('{\n"a": 1}') == [{"a": 1}]
    assert not is_one_object('{"a": 1}\n{"a": 2}\n')
    assert listed(" [ ] ") == []


def test_the_first_value_is_found_without_the_rest():
    assert first_value('[{"a": 1}, broken') == {"a": 1}
    assert first_value('\n{"a": 1}\nbroken') == {"a": 1}
    assert [first_value(text) for text in ("", "a", "[", "[1", '{"a": ', "[" * 100_000)] == [None] * 6


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
def test_broken_json_is_named_with_its_place(text, message):
    with pytest.raises(BionerError) as caught:
        listed(text)
    assert str(caught.value) == f"{message}. {json_values.LINES}"


def test_one_long_object_is_refused(monkeypatch):
    monkeypatch.setattr(json_values, "MAX_LINE", 20)
    with pytest.raises(BionerError) as caught:
        listed('{"a":\n"' + "x" * 20 + '"}')
    assert str(caught.value) == f"a: a JSON object of more than 20 characters. {json_values.LINES}"


def test_halves_of_characters_are_replaced_in_their_record_only():
    text = '[{"text": "\\ud83d\\ude02"}, {"text": "x\\ud83d"}]'
    assert listed(text) == [{"text": "😂"}, {"text": "x\ufffd"}]
