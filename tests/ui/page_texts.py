"""Everything that a page says: all texts of all its elements, and the cells of its tables."""

import re

import pandas as pd
from google.protobuf.message import Message

SLIPS = re.compile(
    r"\bNone\b|\bnan\b|\bNaN\b|\[Errno|Traceback|object at 0x|docs/\w+\.md|The program has an error"
)
UNSEEN = {"id", "form_id", "element_id", "key"}  # fields that no one reads


def find_slips(app):
    """Return what a page says that no reader should see: "None", "nan", "[Errno", paths of the repository."""
    return sorted({match[0] for text in iterate_texts(app) for match in SLIPS.finditer(text)})


def iterate_texts(app):
    """Yield the texts of a page."""
    for node in _iterate_nodes(app._tree):
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            yield from _iterate_strings(proto)
        if getattr(node, "type", "") in ("arrow_data_frame", "table"):
            yield from _iterate_cells(node)


def _iterate_nodes(node):
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _iterate_nodes(child)


def _iterate_strings(message):
    for field, value in message.ListFields():
        values = value if field.is_repeated and not isinstance(value, dict) else [value]
        for item in values:
            if isinstance(item, Message):
                yield from _iterate_strings(item)
            elif isinstance(item, str) and field.name not in UNSEEN:
                yield item


def _iterate_cells(table):
    """Yield headings and cells; an empty cell reads "None" where the table has no placeholder."""
    yield from map(str, table.value.columns)
    empty = table.proto.placeholder if table.type == "arrow_data_frame" else "None"
    for cell in table.value.astype(object).to_numpy().ravel():
        is_empty = cell is None or (isinstance(cell, float) and pd.isna(cell))
        yield (empty or "None") if is_empty else str(cell)
