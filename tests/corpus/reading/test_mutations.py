"""For any bytes, a reader returns a corpus or one message; it never crashes, hangs or writes."""

import importlib.util
import io
import sys
import zipfile
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files

HARNESS = Path(__file__).parents[3] / "benchmarks/mutations.py"
TEXT = "Took aspirin daily 😂.\r\nГоловная боль прошла. Severe pain in arms and legs."
ANN = (
    "T1\tDrug 5 12\taspirin\r\nT2\tDisease 23 36\tГоловная боль\nT3\tADR 45 56;69 73\tSevere pain legs\n"
    "T3\tADR 60 64\tarms\nR1\tCauses Arg1:T1 Arg2:T2\n#1\tNote T1\tword\n"
)
PUBTATOR = (
    "1|t|Aspirin-induced asthma.\n1|a|Renal failure.\n1\t0\t7\tAspirin\tChemical\tD1\n1\tCID\tD1\tD2\n\n"
)
RECORDS = (
    '{"idx": "1.tsv_0", "tokens": ["aspirin", "causes", "pain"], "ner_tags": ["B-Drug", "O", "B-Disease"]}\n'
    '{"text": "\\ud83d\\ude02 took bars", "spans": [{"start": 7, "end": 11, "label": "DRUG"}], "n": NaN}\n'
    '{"text": "aspirin helps", "label": [[0, 7, "Drug"]], "meta": {"doc": "a"}, "split": "test"}\n'
    '["aspirin helps", {"entities": [[0, 7, "Drug"]]}]\n'
)
CONLL = (
    "-DOCSTART- -X- O\n\naspirin NN B-Drug\ncauses NN O\nстресс NN I-Disease\n# x\n\n\npain NN S-Disease\n"
)
TABLE = 'Sentence#,Word,Tag,Split\ns0,aspirin,B-Drug,train\ns0,",",O,train\ns1,"""pain""",B-Disease,test\n'


def zip_files(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def build_corpora():
    """Return small readable corpora in other encodings, zips and dialects than the samples."""
    brat = {"a.txt": TEXT.encode(), "a.ann": ANN.encode()}
    return [
        brat,
        {name: content.decode().replace("😂", "").encode("cp1251") for name, content in brat.items()},
        {name: content.decode().encode("utf-16") for name, content in brat.items()},
        {"a.PubTator.txt": PUBTATOR.encode()},
        {"a.jsonl": RECORDS.encode()},
        {"a.json": ("[" + ",\n".join(RECORDS.splitlines()) + "]").encode()},
        {"a.conll": CONLL.encode()},
        {"a.csv": TABLE.encode()},
        {"a.zip": zip_files({"train/a.txt": TEXT, "train/a.ann": ANN, "LICENSE": "free"})},
        {"a.zip": zip_files({"a.zip": zip_files({"a.conll": CONLL}), "b.conll": CONLL})},
    ]


@pytest.fixture(scope="module")
def harness():
    sys.path.insert(0, str(HARNESS.parent))  # where the modules beside it lie
    spec = importlib.util.spec_from_file_location("mutations_harness", HARNESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def watch(harness):
    return harness.Watch()


def test_the_undamaged_corpora_are_readable():
    for files in build_corpora():
        assert read_files(files, name="upload").labels


def test_all_formats_are_mutated(harness):
    corpora = harness.load_samples()
    folders = {path.name for path in (harness.ROOT / "tests/data/formats").iterdir() if path.is_dir()}
    assert {name.split("/")[0] for name in corpora} == {"made", *folders}


def check_mutations(harness, watch, first, last):
    tally = harness.Tally()
    harness.run_mutations(first, last, harness.load_samples(), tally, watch)
    assert tally.failures == []
    assert tally.n_done == last - first
    assert tally.n_read > tally.n_done / 20
    assert tally.n_refused > tally.n_done / 20


def test_1000_mutations_break_nothing(harness, watch):
    check_mutations(harness, watch, 0, 1_000)


@pytest.mark.long
def test_10000_mutations_break_nothing(harness, watch):
    check_mutations(harness, watch, 1_000, 11_000)


def test_the_watch_reports_files_that_are_written(harness, watch, tmp_path):
    watch.is_on = True
    (tmp_path / "a").write_text("x")
    watch.is_on = False
    assert [event.split()[0] for event in watch.seen] == ["open"]
    watch.seen.clear()
