"""Parquet and Arrow: samples of Hugging Face data sets, class names, structs; damaged and hostile files."""

import io
import json
import pickle
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from bioner_core.corpus.reading.arrow_files import compute_unpacked_size
from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats"
WORD_MENTIONS = [("Drug", "aspirin"), ("ADR", "severe headache"), ("Drug", "ибупрофен")]
D1 = [("Drug", "aspirin"), ("ADR", "severe headache"), ("ADR", "nausea")]
CUT = [("ADR", "pain in | legs")]
D2 = [("Drug", "ибупрофен"), ("Disease", "головной боли"), ("ADR", "сыпь")]
D3 = [("Drug", "Ibuprofen"), ("Drug", "paracetamol"), ("Disease", "fever")]


def list_mentions(reading):
    """Return label and words of all mentions, in order."""
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def write_parquet(columns, features=None):
    out = io.BytesIO()
    table = pa.table(columns)
    if features:
        about = json.dumps({"info": {"features": features}}).encode()
        table = table.replace_schema_metadata({"huggingface": about})
    parquet.write_table(table, out)
    return out.getvalue()


def write_arrow(table, *, new=pa.ipc.new_file, compression=None):
    out = io.BytesIO()
    with new(out, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return out.getvalue()


def read_error(content, name="a.bin"):
    with pytest.raises(BionerError) as caught:
        read_files({name: content}, name=name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "expected", "parts"),
    [
        ("hugging_face/words", WORD_MENTIONS[2:] + WORD_MENTIONS[:2], ["test", "train", "train"]),
        ("hugging_face/saved", WORD_MENTIONS, ["train", "train", "dev"]),
        ("hugging_face/spans.parquet", D1 + D2 + D3, [""] * 4),
        ("hugging_face/bigbio.parquet", D1 + CUT + D2 + D3, [""] * 4),
        ("arrow/words.arrow", WORD_MENTIONS, [""] * 3),
        ("arrow/stream.arrows", WORD_MENTIONS, [""] * 3),
        ("arrow/spans.feather", D1 + CUT + D2 + D3, [""] * 3),
    ],
)
def test_all_mentions_of_the_samples_are_read(path, expected, parts):
    reading = read_path(SAMPLES / path)
    assert (reading.format, list_mentions(reading)) == ("Parquet or Arrow", expected)
    assert [passage.part for passage in reading.passages] == parts
    assert (reading.n_unplaced, [f for f in reading.findings if f.level != "note"]) == (0, [])


def test_documents_of_bigbio_keep_their_names():
    reading = read_path(SAMPLES / "hugging_face/bigbio.parquet")
    assert [passage.document for passage in reading.passages] == ["d1", "d2", "d3", "d4"]


def test_a_table_of_spans_may_be_parquet_with_texts_beside_it():
    content = write_parquet(
        {"document_id": ["1"], "text": ["aspirin"], "entity_type": ["CHEM"], "spans": ["5-12"]}
    )
    files = {"a": content, "texts/1.txt": b"Took aspirin", "texts/2.txt": b"x"}
    reading = read_files(files, name="corpus")
    assert (list_mentions(reading), reading.n_unannotated) == ([("CHEM", "aspirin")], 1)


def test_a_struct_of_lists_is_read_as_a_list_of_structs():
    kind = pa.struct(
        [("start", pa.list_(pa.int64())), ("end", pa.list_(pa.int64())), ("label", pa.list_(pa.int64()))]
    )
    spans = pa.array([{"start": [0], "end": [7], "label": [1]}], kind)
    label = {"names": ["ADR", "Drug"], "_type": "ClassLabel"}
    features = {"entities": {"feature": {"label": label}, "_type": "Sequence"}}
    reading = read_files(
        {"a": write_parquet({"text": ["aspirin"], "entities": spans}, features)}, name="corpus"
    )
    assert list_mentions(reading) == [("Drug", "aspirin")]


def test_numbers_without_class_names_are_refused():
    content = write_parquet({"tokens": [["a"]], "ner_tags": [[1]]})
    assert read_error(content) == "a.bin, row 1: tags are numbers. Write their names, such as B-Drug or O."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            write_parquet({"text": ["a"], "label": [1]}),
            "a.bin: no column holds words and their tags (tokens, ner_tags), a text and its entities (text, "
            "entities), or a table of spans. Its columns: text, label.",
        ),
        (
            write_parquet({"tokens": [["a"]], "ner_tags": [["O"]]})[:-30],
            "a.bin: the Parquet file is damaged or cut off. Write it again, or give it as JSON lines.",
        ),
        (
            write_arrow(pa.table({"tokens": [["a"]], "ner_tags": [["O"]]}))[:150],
            "a.bin: the Arrow file is damaged or cut off. Write it again, or give it as JSON lines.",
        ),
        (
            write_parquet({"tokens": [["a", "b"]], "ner_tags": [["O"]]}),
            "a.bin, row 1: 2 words, but 1 tags. Each word needs one tag.",
        ),
        (
            write_parquet({"tokens": [["a"]], "ner_tags": [["O"]]}),
            "a.bin: no entities in 1 texts or sentences (Parquet or Arrow).",
        ),
    ],
)
def test_an_unusable_file_gives_one_error(content, message):
    assert read_error(content) == message


TOO_LARGE = "a.bin: unpacks to more than 100 MB, more than is read at once. Give a part of it."
ONE_WORD = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), pa.array(["y" * 1_000_000]))


@pytest.mark.parametrize(
    "content",
    [
        write_parquet({"text": ONE_WORD, "entities": [[]] * 50_000}),
        write_parquet({"tokens": pa.ListArray.from_arrays([0, 50_000], ONE_WORD), "ner_tags": [["O"]]}),
        write_arrow(pa.table({"text": ONE_WORD, "entities": pa.array([[]] * 50_000, pa.list_(pa.string()))})),
        write_arrow(pa.table({"text": ["z" * 120_000_000], "entities": [["a"]]}), compression="zstd"),
        write_arrow(
            pa.table({"text": ["z" * 120_000_000], "entities": [["a"]]}),
            new=pa.ipc.new_stream,
            compression="lz4",
        ),
    ],
    ids=["parquet", "parquet list", "arrow", "zstd", "lz4"],
)
def test_a_small_file_with_huge_values_is_not_unpacked(content):
    assert len(content) < 3_000_000
    assert read_error(content) == TOO_LARGE


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
def test_the_unpacked_size_of_compressed_arrow_is_computed(compression):
    content = pa.py_buffer(
        write_arrow(pa.table({"text": ["word " * 1000] * 100}), compression=compression)
    ).slice(8)
    messages = pa.ipc.MessageReader.open_stream(content)
    sizes = [compute_unpacked_size(message.metadata.to_pybytes(), message.body) for message in messages]
    assert sizes[0] == 0
    assert 500_000 < sizes[1] < 502_000


class Trap(pa.ExtensionType):
    """Writes a file if anything rebuilds it from what it wrote into the schema."""

    def __init__(self, path):
        self.path = path
        super().__init__(pa.string(), "trap")

    def __arrow_ext_serialize__(self):
        return pickle.dumps(self)

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        return pickle.loads(serialized)  # noqa: S301

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


@pytest.mark.parametrize(
    "write", [write_arrow, lambda table: write_parquet({name: table[name] for name in table.column_names})]
)
def test_extension_types_are_left_out_and_nothing_is_unpickled(write, tmp_path):
    kind = Trap(str(tmp_path / "ran"))
    odd = pa.ExtensionArray.from_storage(kind, pa.array(["x"]))
    table = pa.table({"tokens": [["aspirin"]], "ner_tags": [["B-Drug"]], "image": odd})
    assert list_mentions(read_files({"a": write(table)}, name="corpus")) == [("Drug", "aspirin")]
    assert not (tmp_path / "ran").exists()


def test_arrow_offsets_outside_the_buffer_are_refused():
    table = pa.table({"tokens": [["aspirin", "b"]], "ner_tags": [["B-Drug", "O"]]})
    content = write_arrow(table)
    lengths = pa.array([0, 7, 8], pa.int32()).buffers()[1].to_pybytes()
    assert content.count(lengths) >= 1
    broken = content.replace(lengths, pa.array([0, 7, 2**30], pa.int32()).buffers()[1].to_pybytes())
    assert read_error(broken) == (
        "a.bin: the Arrow file is damaged or cut off. Write it again, or give it as JSON lines."
    )


def test_records_are_read_and_other_tables_are_reported():
    files = {
        "a.parquet": write_parquet({"tokens": [["aspirin"]], "ner_tags": [["B-Drug"]]}),
        "b.parquet": write_parquet({"x": [1]}),
    }
    reading = read_files(files, name="corpus")
    assert list_mentions(reading) == [("Drug", "aspirin")]
    assert [(f.level, f.where) for f in reading.findings] == [("note", "b.parquet")]
