"""Whatever bytes come, a reader returns a corpus or one message; it never breaks."""

import io
import random
import zipfile

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

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


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def seeds():
    """One small corpus of each format, all of which can be read."""
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
        {"a.zip": zipped({"train/a.txt": TEXT, "train/a.ann": ANN, "LICENSE": "free"})},
        {"a.zip": zipped({"a.zip": zipped({"a.conll": CONLL}), "b.conll": CONLL})},
    ]


def mutated(content, rng):
    """Change a few bytes as cut, torn, doubled and badly edited files are changed."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(data) + 1)
        end = at + rng.randint(1, 12)
        match rng.randrange(7):
            case 0:
                data[at:end] = rng.randbytes(rng.randint(0, 6))
            case 1:
                del data[at:end]
            case 2:
                data[at:at] = data[at:end] * rng.randint(1, 50)
            case 3:
                del data[at:]
            case 4:
                data[at:at] = rng.choice(
                    [b"\n", b"\t", b'"', b"{", b"[" * 3000, b"-", b"\xd0", b"\0", b"|a|"]
                )
            case 5:
                data[at:at] = rng.choice([b"9" * 5000, b"-1", b"1e999", b"NaN", b"null", b"\\ud83d", b"T1\t"])
            case 6:
                other = rng.choice(seeds())
                data[at:at] = rng.choice(list(other.values()))[: rng.randint(0, 80)]
    return bytes(data)


def read_mutations(n, seed):
    rng = random.Random(seed)
    originals = seeds()
    n_read = 0
    for _ in range(n):
        files = {name: mutated(content, rng) for name, content in rng.choice(originals).items()}
        try:
            reading = read_files(files, name="upload", documents=rng.choice([None] * 8 + ["meta.doc", "1"]))
        except BionerError as error:
            message = str(error)
            assert message and "\n" not in message and len(message) < 700, message
            continue
        n_read += 1
        for passage in reading.passages:
            size = len(passage.text) if passage.tokens is None else len(passage.tokens)
            passage.text.encode()  # no half of a character is left
            for mention in passage.mentions:
                assert mention.fragments[-1][1] <= size
                assert passage.words(mention).strip()
    return n_read


def test_the_seeds_can_be_read():
    for files in seeds():
        assert read_files(files, name="upload").labels


def test_3000_mutations_break_nothing():
    assert 300 < read_mutations(3_000, seed=0) < 2_700


@pytest.mark.long
def test_100000_mutations_break_nothing():
    assert 10_000 < read_mutations(100_000, seed=1) < 90_000
