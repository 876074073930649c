"""Parquet and Arrow files: their columns and rows, read in small batches and not beyond the bounds."""

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.errors import BionerError

_BATCH = 4_096  # rows
_PARQUET, _FILE, _STREAM = b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff"
_AGAIN = "Write it again, or give it as JSON lines."
_LARGE = f"unpacks to more than {MAX_BYTES // 1_000_000} MB, more than is read at once. Give a part of it."
Record = dict[str, Any]


def is_arrow(content: bytes) -> bool:
    """Tell by content whether this is a Parquet file, an Arrow file or an Arrow stream."""
    if content.startswith(_STREAM):
        return len(content) > 8 and 8 <= int.from_bytes(content[4:8], "little", signed=True) < len(content)
    return content.startswith((_PARQUET, _FILE))


class ArrowFile:
    """One file in memory, whose rows may be read again and again.

    Columns of extension types, which could carry code, and of types that can repeat one value without end are
    left out.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self._content = content
        self._is_parquet = content.startswith(_PARQUET)
        self.columns: tuple[str, ...] = ()
        self.nested: set[str] = set()  # columns of lists and structs
        self.metadata = b""  # what the library datasets says of the columns
        self._tried(self._look)

    def records(self) -> Iterator[Record]:
        """Yield rows as Python values.

        :raises BionerError: where the file is damaged, or its values are more than 100 MB
        """
        room = MAX_BYTES
        batches = self._tried(self._batches)
        while (batch := self._tried(partial(next, batches, None))) is not None:
            if not self._is_parquet:  # else hostile offsets would lead out of memory
                self._tried(partial(batch.validate, full=True))
            for start in range(0, batch.num_rows, _BATCH):
                part = batch.slice(start, _BATCH)
                room -= self._tried(lambda part=part: sum(map(_size, part.columns)))  # type: ignore[misc]
                if room < 0:
                    raise BionerError(f"{self.name}: {_LARGE}")
                yield from self._tried(partial(_values, part))

    def _look(self) -> None:
        schema = self._parquet().schema_arrow if self._is_parquet else self._stream().schema
        self.columns = tuple(f.name for f in schema if _is_plain(f.type))
        self.nested = {f.name for f in schema if _is_nested(f.type)}
        self.metadata = (schema.metadata or {}).get(b"huggingface", b"")

    def _parquet(self) -> Any:
        import pyarrow as pa
        from pyarrow import parquet  # at use: it takes long to load

        plain = parquet.ParquetFile(pa.BufferReader(self._content))
        size = sum(
            plain.metadata.row_group(at).total_byte_size for at in range(plain.metadata.num_row_groups)
        )
        if not 0 <= size <= MAX_BYTES:
            raise BionerError(f"{self.name}: {_LARGE}")
        leaves = [plain.schema.column(at) for at in range(len(plain.schema))]
        repeated = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]  # each value once
        return parquet.ParquetFile(pa.BufferReader(self._content), read_dictionary=repeated)

    def _stream(self) -> Any:
        import pyarrow as pa

        content = pa.py_buffer(self._content)
        if self._content.startswith(_FILE):  # a stream between two marks
            content = content.slice(len(_FILE))
        room = MAX_BYTES
        messages = pa.ipc.MessageReader.open_stream(content)
        while (message := _next(messages)) is not None:
            room -= unpacked(message.metadata.to_pybytes(), message.body)
            if room < 0:
                raise BionerError(f"{self.name}: {_LARGE}")
        return pa.ipc.open_stream(content)

    def _batches(self) -> Iterator[Any]:
        columns = list(self.columns)
        if self._is_parquet:
            yield from self._parquet().iter_batches(_BATCH, columns=columns, use_threads=False)
        else:
            yield from (batch.select(columns) for batch in self._stream())

    def _tried(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except BionerError:
            raise
        except Exception as error:  # pyarrow names no closed set of what damaged bytes raise
            kind = "Parquet" if self._is_parquet else "Arrow"
            raise BionerError(f"{self.name}: the {kind} file is damaged or cut off. {_AGAIN}") from error


def _next(messages: Any) -> Any:
    try:
        return messages.read_next_message()
    except StopIteration:
        return None


def _is_plain(kind: Any) -> bool:
    """Tell whether values of this type, and all inside, are numbers, words, lists or structs."""
    from pyarrow import types

    if types.is_dictionary(kind):
        return bool(types.is_string(kind.value_type) or types.is_large_string(kind.value_type))
    if types.is_struct(kind):
        return all(_is_plain(kind.field(at).type) for at in range(kind.num_fields))
    if _is_nested(kind):
        return _is_plain(kind.value_type)
    words = types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind)
    return bool(words or types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def _is_nested(kind: Any) -> bool:
    from pyarrow import types

    is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(is_list or types.is_struct(kind))


def _values(batch: Any) -> list[Record]:
    """Return the rows of a batch as Python values; dictionaries are undone before, which is far faster."""
    import pyarrow as pa

    columns = [column.cast(_undone(column.type)) for column in batch.columns]
    rows: list[Record] = pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()
    return rows


def _undone(kind: Any) -> Any:
    """Return a type without dictionaries, which keep each value once."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(kind):
        return kind.value_type
    if types.is_struct(kind):
        fields = (kind.field(at) for at in range(kind.num_fields))
        return pa.struct([pa.field(field.name, _undone(field.type)) for field in fields])
    if types.is_fixed_size_list(kind):
        return pa.list_(_undone(kind.value_type), kind.list_size)
    if _is_nested(kind):
        return (pa.large_list if types.is_large_list(kind) else pa.list_)(_undone(kind.value_type))
    return kind


def _size(array: Any) -> int:
    """Return the bytes that the values of an array take once each stands for itself."""
    from pyarrow import compute, types

    if types.is_dictionary(array.type):
        lengths = compute.binary_length(array.dictionary)
        return int(compute.sum(lengths.take(array.indices)).as_py() or 0) + len(array)
    if types.is_struct(array.type):
        return sum(map(_size, array.flatten()))
    return _size(array.flatten()) + 8 * len(array) if _is_nested(array.type) else int(array.nbytes)


def unpacked(metadata: bytes, body: Any) -> int:
    """Return the bytes that an Arrow message's buffers claim to unpack to.

    https://arrow.apache.org/docs/format/Columnar.html: metadata is a flatbuffer; a packed buffer begins with
    its size unpacked, −1 where it was left as it is.
    """
    message = _Table(metadata, struct.unpack_from("<I", metadata)[0])
    header = message.table(2)
    kind = message.byte(1)
    batch = header and (header.table(1) if kind == 2 else header if kind == 3 else None)
    if batch is None or batch.table(3) is None:
        return int(body.size) if body is not None else 0
    packed = memoryview(body)
    total = 0
    for offset, length in batch.pairs(2):
        size = struct.unpack_from("<q", packed, offset)[0] if length >= 8 else length
        total += size if size >= 0 else length
    return total


class _Table:
    """A table of a flatbuffer (https://flatbuffers.dev/internals), as far as it is needed here."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content = content
        self.at = at
        self.fields = at - struct.unpack_from("<i", content, at)[0]

    def _field(self, number: int) -> int:
        """Return where a field lies, 0 where the table lacks it."""
        size = struct.unpack_from("<H", self.content, self.fields)[0]
        if 4 + 2 * number >= size:
            return 0
        offset = struct.unpack_from("<H", self.content, self.fields + 4 + 2 * number)[0]
        return self.at + offset if offset else 0

    def byte(self, number: int) -> int:
        """Return a field of one byte."""
        at = self._field(number)
        return self.content[at] if at else 0

    def table(self, number: int) -> "_Table | None":
        """Return a field that is a table."""
        at = self._field(number)
        return _Table(self.content, at + struct.unpack_from("<I", self.content, at)[0]) if at else None

    def pairs(self, number: int) -> Sequence[tuple[int, int]]:
        """Return a field that is a vector of two 64-bit numbers each."""
        at = self._field(number)
        if not at:
            return ()
        start = at + struct.unpack_from("<I", self.content, at)[0]
        n = struct.unpack_from("<I", self.content, start)[0]
        return list(struct.iter_unpack("<qq", self.content[start + 4 : start + 4 + 16 * n]))
