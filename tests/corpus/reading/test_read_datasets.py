"""Parquet and Arrow: samples of Hugging Face data sets, class names, structs; damaged and hostile files."""

import io
import json
import pickle
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from bioner_core.corpus.reading.arrow_files import unpacked
from bioner_core.corpus.reading.detect import read, read_files
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats"
WORDS = [("Drug", "aspirin"), ("ADR", "severe headache"), ("Drug", "ибупрофен")]
D1 = [("Drug", "aspirin"), ("ADR", "severe headache"), ("ADR", "nausea")]
CUT = [("ADR", "pain in | legs")]
D2 = [("Drug", "ибупрофен"), ("Disease", "головной боли"), ("ADR", "сыпь")]
D3 = [("Drug", "Ibuprofen"), ("Drug", "paracetamol"), ("Disease", "fever")]


def mentions(reading):
    """Return label and words of all mentions, in order."""
    return [(m.label, passage.words(m)) for passage in reading.passages for m in passage.mentions]


def as_parquet(columns, features=None):
    out = io.BytesIO()
    table = pa.table(columns)
    if features:
        about = json.dumps({"info": {"features": features}}).encode()
        table = table.replace_schema_metadata({"huggingface": about})
    parquet.write_table(table, out)
    return out.getvalue()


def as_arrow(table, *, new=pa.ipc.new_file, compression=None):
    out = io.BytesIO()
    with new(out, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return out.getvalue()


def refusal(content, name="a.bin"):
    with pytest.raises(BionerError) as caught:
        read_files({name: content}, name=name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "expected", "parts"),
    [
        ("hugging_face/words", WORDS[2:] + WORDS[:2], ["test", "train", "train"]),
        ("hugging_face/saved", WORDS, ["train", "train", "dev"]),
        ("hugging_face/spans.parquet", D1 + D2 + D3, [""] * 4),
        ("hugging_face/bigbio.parquet", D1 + CUT + D2 + D3, [""] * 4),
        ("arrow/words.arrow", WORDS, [""] * 3),
        ("arrow/stream.arrows", WORDS, [""] * 3),
        ("arrow/spans.feather", D1 + CUT + D2 + D3, [""] * 3),
    ],
)
def test_a_sample_comes_out_mention_by_mention(path, expected, parts):
    reading = read(SAMPLES / path)
    assert (reading.format, mentions(reading)) == ("Parquet or Arrow", expected)
    assert [passage.part for passage in reading.passages] == parts
    assert (reading.n_unplaced, [f for f in reading.findings if f.level != "note"]) == (0, [])


def test_documents_of_bigbio_keep_their_names():
    reading = read(SAMPLES / "hugging_face/bigbio.parquet")
    assert [passage.document for passage in reading.passages] == ["d1", "d2", "d3", "d4"]


def test_a_table_of_spans_may_be_parquet_with_texts_beside_it():
    content = as_parquet(
        {"document_id": ["1"], "text": ["aspirin"], "entity_type": ["CHEM"], "spans": ["5-12"]}
    )
    files = {"a": content, "texts/1.txt": b"Took aspirin", "texts/2.txt": b"x"}
    reading = read_files(files, name="corpus")
    assert (mentions(reading), reading.n_unannotated) == ([("CHEM", "aspirin")], 1)


def test_a_struct_of_lists_is_a_list_of_structs():
    kind = pa.struct(
        [("start", pa.list_(pa.int64())), ("end", pa.list_(pa.int64())), ("label", pa.list_(pa.int64()))]
    )
    spans = pa.array([{"start": [0], "end": [7], "label": [1]}], kind)
    label = {"names": ["ADR", "Drug"], "_type": "ClassLabel"}
    features = {"entities": {"feature": {"label": label}, "_type": "Sequence"}}
    reading = read_files({"a": as_parquet({"text": ["aspirin"], "entities": spans}, features)}, name="corpus")
    assert mentions(reading) == [("Drug", "aspirin")]


def test_numbers_without_class_names_are_refused():
    content = as_parquet({"tokens": [["a"]], "ner_tags": [[1]]})
    assert refusal(content) == "a.bin, row 1: tags are numbers. Write their names, such as B-Drug or O."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            as_parquet({"text": ["a"], "label": [1]}),
            "a.bin: no column holds words and their tags (tokens, ner_tags), a text and its entities (text, "
            "entities), or a table of spans. Its columns: text, label.",
        ),
        (
            as_parquet({"tokens": [["a"]], "ner_tags": [["O"]]})[:-30],
            "a.bin: the Parquet file is damaged or cut off. Write it again, or give it as JSON lines.",
        ),
        (
            as_arrow(pa.table({"tokens": [["a"]], "ner_tags": [["O"]]}))[:150],
            "a.bin: the Arrow file is damaged or cut off. Write it again, or give it as JSON lines.",
        ),
        (
            as_parquet({"tokens": [["a", "b"]], "ner_tags": [["O"]]}),
            "a.bin, row 1: 2 words, but 1 tags. Each word needs one tag.",
        ),
        (
            as_parquet({"tokens": [["a"]], "ner_tags": [["O"]]}),
            "a.bin: no entities in 1 texts or sentences (Parquet or Arrow).",
        ),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_one_message(content, message):
    assert refusal(content) == message


LARGE = "a.bin: unpacks to more than 100 MB, more than is read at once. Give a part of it."
ONE_WORD = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), pa.array(["y" * 1_000_000]))


@pytest.mark.parametrize(
    "content",
    [
        as_parquet({"text": ONE_WORD, "entities": [[]] * 50_000}),
        as_parquet({"tokens": pa.ListArray.from_arrays([0, 50_000], ONE_WORD), "ner_tags": [["O"]]}),
        as_arrow(pa.table({"text": ONE_WORD, "entities": pa.array([[]] * 50_000, pa.list_(pa.string()))})),
        as_arrow(pa.table({"text": ["z" * 120_000_000], "entities": [["a"]]}), compression="zstd"),
        as_arrow(
            pa.table({"text": ["z" * 120_000_000], "entities": [["a"]]}),
            new=pa.ipc.new_stream,
            compression="lz4",
        ),
    ],
    ids=["parquet", "parquet list", "arrow", "zstd", "lz4"],
)
def test_a_small_file_of_endless_values_is_not_unpacked(content):
    assert len(content) < 3_000_000
    assert refusal(content) == LARGE


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
def test_packed_arrow_says_what_it_unpacks_to(compression):
    content = pa.py_buffer(
        as_arrow(pa.table({"text": ["word " * 1000] * 100}), compression=compression)
    ).slice(8)
    messages = pa.ipc.MessageReader.open_stream(content)
    sizes = [unpacked(message.metadata.to_pybytes(), message.body) for message in messages]
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
    "write", [as_arrow, lambda table: as_parquet({name: table[name] for name in table.column_names})]
)
def test_extension_types_are_left_out_and_nothing_is_unpickled(write, tmp_path):
    kind = Trap(str(tmp_path / "ran"))
    odd = pa.ExtensionArray.from_storage(kind, pa.array(["x"]))
    table = pa.table({"tokens": [["aspirin"]], "ner_tags": [["B-Drug"]], "image": odd})
    assert mentions(read_files({"a": write(table)}, name="corpus")) == [("Drug", "aspirin")]
    assert not (tmp_path / "ran").exists()


def test_offsets_that_lead_out_of_memory_are_refused():
    table = pa.table({"tokens": [["aspirin", "b"]], "ner_tags": [["B-Drug", "O"]]})
    content = as_arrow(table)
    lengths = pa.array([0, 7, 8], pa.int32()).buffers()[1].to_pybytes()
    assert content.count(lengths) >= 1
    broken = content.replace(lengths, pa.array([0, 7, 2**30], pa.int32()).buffers()[1].to_pybytes())
    assert refusal(broken) == (
        "a.bin: the Arrow file is damaged or cut off. Write it again, or give it as JSON lines."
    )


def test_records_are_read_and_tables_beside_them_are_named():
    files = {
        "a.parquet": as_parquet({"tokens": [["aspirin"]], "ner_tags": [["B-Drug"]]}),
        "b.parquet": as_parquet({"x": [1]}),
    }
    reading = read_files(files, name="corpus")
    assert mentions(reading) == [("Drug", "aspirin")]
    assert [(f.level, f.where) for f in reading.findings] == [("note", "b.parquet")]
