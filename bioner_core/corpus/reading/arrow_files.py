"""Parquet and Arrow files, read in small batches within the size limits."""

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.errors import BionerError

_BATCH_SIZE = 4_096  # rows
_PARQUET, _FILE, _STREAM = b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff"
_HINT = "Write it again, or give it as JSON lines."
_TOO_LARGE = (
    f"unpacks to more than {MAX_BYTES // 1_000_000} MB, more than is read at once. Give a part of it."
)
Record = dict[str, Any]


def is_arrow(content: bytes) -> bool:
    """Tell by content whether this is a Parquet file, an Arrow file or an Arrow stream."""
    if content.startswith(_STREAM):
        return len(content) > 8 and 8 <= int.from_bytes(content[4:8], "little", signed=True) < len(content)
    return content.startswith((_PARQUET, _FILE))


class ArrowFile:
    """A file in memory whose rows can be iterated repeatedly.

    Columns of extension types (they could carry code) and of types that can repeat a value without limit are
    left out.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self._content = content
        self._is_parquet = content.startswith(_PARQUET)
        self.columns: tuple[str, ...] = ()
        self.nested: set[str] = set()  # columns of lists and structs
        self.metadata = b""  # column features as the datasets library stores them
        self._call_guarded(self._read_schema)

    def iterate_records(self) -> Iterator[Record]:
        """Yield rows as Python values.

        :raises BionerError: where the file is damaged, or its values are more than 100 MB
        """
        n_bytes_left = MAX_BYTES
        batches = self._call_guarded(self._iterate_batches)
        while (batch := self._call_guarded(partial(next, batches, None))) is not None:
            if not self._is_parquet:  # otherwise hostile offsets would read outside the buffer
                self._call_guarded(partial(batch.validate, full=True))
            for start in range(0, batch.num_rows, _BATCH_SIZE):
                part = batch.slice(start, _BATCH_SIZE)
                n_bytes_left -= self._call_guarded(lambda part=part: sum(map(_count_bytes, part.columns)))  # type: ignore[misc]
                if n_bytes_left < 0:
                    raise BionerError(f"{self.name}: {_TOO_LARGE}")
                yield from self._call_guarded(partial(_convert_rows, part))

    def _read_schema(self) -> None:
        schema = self._open_parquet().schema_arrow if self._is_parquet else self._open_stream().schema
        self.columns = tuple(f.name for f in schema if _is_plain(f.type))
        self.nested = {f.name for f in schema if _is_nested(f.type)}
        self.metadata = (schema.metadata or {}).get(b"huggingface", b"")

    def _open_parquet(self) -> Any:
        import pyarrow as pa
        from pyarrow import parquet  # at use: it takes long to load

        plain = parquet.ParquetFile(pa.BufferReader(self._content))
        size = sum(plain.metadata.row_group(i).total_byte_size for i in range(plain.metadata.num_row_groups))
        if not 0 <= size <= MAX_BYTES:
            raise BionerError(f"{self.name}: {_TOO_LARGE}")
        leaves = [plain.schema.column(i) for i in range(len(plain.schema))]
        repeated = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]  # each value once
        return parquet.ParquetFile(pa.BufferReader(self._content), read_dictionary=repeated)

    def _open_stream(self) -> Any:
        import pyarrow as pa

        content = pa.py_buffer(self._content)
        if self._content.startswith(_FILE):  # a stream between two marks
            content = content.slice(len(_FILE))
        n_bytes_left = MAX_BYTES
        messages = pa.ipc.MessageReader.open_stream(content)
        while (message := _read_message(messages)) is not None:
            n_bytes_left -= compute_unpacked_size(message.metadata.to_pybytes(), message.body)
            if n_bytes_left < 0:
                raise BionerError(f"{self.name}: {_TOO_LARGE}")
        return pa.ipc.open_stream(content)

    def _iterate_batches(self) -> Iterator[Any]:
        columns = list(self.columns)
        if self._is_parquet:
            yield from self._open_parquet().iter_batches(_BATCH_SIZE, columns=columns, use_threads=False)
        else:
            yield from (batch.select(columns) for batch in self._open_stream())

    def _call_guarded(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except BionerError:
            raise
        except Exception as error:  # pyarrow does not document what damaged bytes raise
            kind = "Parquet" if self._is_parquet else "Arrow"
            raise BionerError(f"{self.name}: the {kind} file is damaged or cut off. {_HINT}") from error


def _read_message(messages: Any) -> Any:
    try:
        return messages.read_next_message()
    except StopIteration:
        return None


def _is_plain(data_type: Any) -> bool:
    """Tell whether a type consists of numbers, strings, lists and structs only."""
    from pyarrow import types

    if types.is_dictionary(data_type):
        return bool(types.is_string(data_type.value_type) or types.is_large_string(data_type.value_type))
    if types.is_struct(data_type):
        return all(_is_plain(data_type.field(i).type) for i in range(data_type.num_fields))
    if _is_nested(data_type):
        return _is_plain(data_type.value_type)
    is_text = types.is_string(data_type) or types.is_large_string(data_type) or types.is_null(data_type)
    return bool(
        is_text or types.is_integer(data_type) or types.is_floating(data_type) or types.is_boolean(data_type)
    )


def _is_nested(data_type: Any) -> bool:
    from pyarrow import types

    is_list = (
        types.is_list(data_type) or types.is_large_list(data_type) or types.is_fixed_size_list(data_type)
    )
    return bool(is_list or types.is_struct(data_type))


def _convert_rows(batch: Any) -> list[Record]:
    """Return the rows of a batch as Python values; decoding dictionaries first is far faster."""
    import pyarrow as pa

    columns = [column.cast(_remove_dictionaries(column.type)) for column in batch.columns]
    rows: list[Record] = pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()
    return rows


def _remove_dictionaries(data_type: Any) -> Any:
    """Return a type without dictionary encoding."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(data_type):
        return data_type.value_type
    if types.is_struct(data_type):
        fields = (data_type.field(i) for i in range(data_type.num_fields))
        return pa.struct([pa.field(field.name, _remove_dictionaries(field.type)) for field in fields])
    if types.is_fixed_size_list(data_type):
        return pa.list_(_remove_dictionaries(data_type.value_type), data_type.list_size)
    if _is_nested(data_type):
        return (pa.large_list if types.is_large_list(data_type) else pa.list_)(
            _remove_dictionaries(data_type.value_type)
        )
    return data_type


def _count_bytes(array: Any) -> int:
    """Return the size in bytes of an array's values without dictionary encoding."""
    from pyarrow import compute, types

    if types.is_dictionary(array.type):
        lengths = compute.binary_length(array.dictionary)
        return int(compute.sum(lengths.take(array.indices)).as_py() or 0) + len(array)
    if types.is_struct(array.type):
        return sum(map(_count_bytes, array.flatten()))
    return _count_bytes(array.flatten()) + 8 * len(array) if _is_nested(array.type) else int(array.nbytes)


def compute_unpacked_size(metadata: bytes, body: Any) -> int:
    """Return the uncompressed size in bytes that an Arrow message declares for its buffers.

    https://arrow.apache.org/docs/format/Columnar.html: metadata is a flatbuffer; a compressed buffer begins
    with its uncompressed size, or −1 if it is stored uncompressed.
    """
    message = _FlatbufferTable(metadata, struct.unpack_from("<I", metadata)[0])
    header = message.read_table(2)
    header_type = message.read_byte(1)  # 2: dictionary batch, 3: record batch
    batch = header and (header.read_table(1) if header_type == 2 else header if header_type == 3 else None)
    if batch is None or batch.read_table(3) is None:
        return int(body.size) if body is not None else 0
    packed = memoryview(body)
    total = 0
    for offset, length in batch.read_pairs(2):
        size = struct.unpack_from("<q", packed, offset)[0] if length >= 8 else length
        total += size if size >= 0 else length
    return total


class _FlatbufferTable:
    """A table of a flatbuffer (https://flatbuffers.dev/internals): only the field types needed here."""

    def __init__(self, content: bytes, position: int) -> None:
        self.content = content
        self.position = position
        self.fields = position - struct.unpack_from("<i", content, position)[0]

    def _locate_field(self, number: int) -> int:
        """Return the position of a field; 0 if the table lacks it."""
        size = struct.unpack_from("<H", self.content, self.fields)[0]
        if 4 + 2 * number >= size:
            return 0
        offset = struct.unpack_from("<H", self.content, self.fields + 4 + 2 * number)[0]
        return self.position + offset if offset else 0

    def read_byte(self, number: int) -> int:
        """Read a field of one byte; 0 if absent."""
        position = self._locate_field(number)
        return self.content[position] if position else 0

    def read_table(self, number: int) -> "_FlatbufferTable | None":
        """Read a field that is a table; None if absent."""
        position = self._locate_field(number)
        if not position:
            return None
        return _FlatbufferTable(self.content, position + struct.unpack_from("<I", self.content, position)[0])

    def read_pairs(self, number: int) -> Sequence[tuple[int, int]]:
        """Read a vector of pairs of 64-bit integers; empty if absent."""
        position = self._locate_field(number)
        if not position:
            return ()
        start = position + struct.unpack_from("<I", self.content, position)[0]
        n = struct.unpack_from("<I", self.content, start)[0]
        return list(struct.iter_unpack("<qq", self.content[start + 4 : start + 4 + 16 * n]))
