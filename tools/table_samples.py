"""Write samples of tables and data sets, by the libraries that people write them with.

Run by ``python tools/make_samples.py`` in an environment with ``datasets==5.2.0 pandas==3.1.1 pyarrow==26.0.1
openpyxl==3.1.5``. All text is made up here.
"""

import csv
import json
from datetime import datetime
from pathlib import Path

TEXTS = {
    "d1": "Took aspirin 😂 for a severe headache.\nNo nausea, pain in arms and legs.",
    "d2": "Принимала ибупрофен от головной боли, появилась сыпь.\n",
    "d3": "Ibuprofen & paracetamol did not help; the fever came back.",
    "d4": "Slept well.",
}
MENTIONS = {  # label and words, " | " between fragments
    "d1": [("Drug", "aspirin"), ("ADR", "severe headache"), ("ADR", "nausea"), ("ADR", "pain in | legs")],
    "d2": [("Drug", "ибупрофен"), ("Disease", "головной боли"), ("ADR", "сыпь")],
    "d3": [("Drug", "Ibuprofen"), ("Drug", "paracetamol"), ("Disease", "fever")],
    "d4": [],
}
SENTENCES = (
    (("Took", "O"), ("aspirin", "B-Drug"), ("daily", "O"), (".", "O")),
    (("No", "O"), ("severe", "B-ADR"), ("headache", "I-ADR"), (".", "O")),
    (("Принимала", "O"), ("ибупрофен", "B-Drug")),
)
NAMES = ["O", "B-Drug", "I-Drug", "B-ADR", "I-ADR"]


def find_fragments(document, words):
    """Return the fragments of a mention."""
    text, at, fragments = TEXTS[document], 0, []
    for part in words.split(" | "):
        at = text.index(part, at)
        fragments.append((at, at + len(part)))
        at += len(part)
    return fragments


def iterate_rows():
    """Yield (document, label, fragments, words) of all mentions."""
    for document, mentions in MENTIONS.items():
        for label, words in mentions:
            yield document, label, find_fragments(document, words), words.replace(" | ", " ")


def write_texts(folder):
    """Write each text into a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="")


def write_span_tables(folder):
    """Write tables of spans by pandas: texts in files, in a column or in a second table; various headings."""
    import pandas as pd

    spans = [
        {"document_id": d, "text": w, "label": k, "spans": ",".join(f"{s}-{e}" for s, e in p)}
        for d, k, p, w in iterate_rows()
    ]
    write_texts(folder / "beside/texts")
    pd.DataFrame(spans).to_csv(folder / "beside/spans.csv", index=False, quoting=csv.QUOTE_ALL)
    write_texts(folder / "bionne/texts")
    shared = pd.DataFrame(spans).rename(columns={"label": "entity_type"})
    shared.to_csv(folder / "bionne/train.tsv", sep="\t", index=False)
    (folder / "column").mkdir(parents=True, exist_ok=True)
    inside = [
        {"Text": TEXTS[d], "Begin Offset": p[0][0], "End Offset": p[-1][1], "Category": k}
        for d, k, p, _ in iterate_rows()
        if len(p) == 1
    ]
    pd.DataFrame(inside).to_csv(folder / "column/notes.csv", sep=";", index=False)
    (folder / "two_tables").mkdir(parents=True, exist_ok=True)
    documents = [{"id": d, "full_text": text} for d, text in TEXTS.items()]
    pd.DataFrame(documents).to_csv(folder / "two_tables/documents.csv", index=False)
    marked = [
        {"doc_id": d, "mention": w, "type": k, "start": p[0][0], "stop": p[-1][1]}
        for d, k, p, w in iterate_rows()
        if len(p) == 1
    ]
    pd.DataFrame(marked).to_csv(folder / "two_tables/annotations.csv", index=False)


def write_kaggle(folder):
    """Write the Kaggle table of one token per row, with the sentence named in its first row, in Latin-1."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "ner_dataset.csv").open("w", newline="", encoding="latin-1") as file:
        table = csv.writer(file)
        table.writerow(["Sentence #", "Word", "POS", "Tag"])
        for number, sentence in enumerate(SENTENCES[:2], 1):
            for at, (word, tag) in enumerate(sentence):
                table.writerow([f"Sentence: {number}" if at == 0 else "", word, "NN", tag])
        table.writerow(["Sentence: 3", "nausée", "NN", "B-ADR"])


def write_list_tables(folder):
    """Write records by pandas: tokens and tags as Python lists, entities as JSON."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    words = [{"tokens": [w for w, _ in s], "ner_tags": [t for _, t in s]} for s in SENTENCES]
    pd.DataFrame(words).to_csv(folder / "words.csv", index=False)
    spans = [
        {
            "doc_id": document,
            "text": text,
            "entities": json.dumps(
                [
                    {"start": p[0][0], "end": p[0][1], "label": k}
                    for d, k, p, _ in iterate_rows()
                    if d == document and len(p) == 1
                ]
            ),
        }
        for document, text in TEXTS.items()
    ]
    pd.DataFrame(spans).to_csv(folder / "spans.tsv", sep="\t", index=False)


def write_excel(folder):
    """Write workbooks by openpyxl and pandas: spans and texts in two sheets, and words with tags."""
    import pandas as pd
    from openpyxl import Workbook

    folder.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    book.properties.created = book.properties.modified = datetime(2026, 11, 23)
    sheet = book.active
    sheet.title = "Spans"
    sheet.append(["Doc ID", "Mention", "Entity type", "Begin", "End"])
    for document, label, parts, words in iterate_rows():
        starts, ends = ([place[at] for place in parts] for at in (0, 1))
        cells = (
            [starts[0], ends[0]]
            if len(parts) == 1
            else [";".join(map(str, values)) for values in (starts, ends)]
        )
        sheet.append([document, words, label, *cells])
    sheet = book.create_sheet("Texts")
    sheet.append(["Document", "Full text"])
    for document, text in TEXTS.items():
        sheet.append([document, text])
    book.save(folder / "spans.xlsx")
    words = [{"sentence_id": n, "token": w, "ner": t} for n, s in enumerate(SENTENCES) for w, t in s]
    pd.DataFrame(words).to_excel(folder / "words.xlsx", index=False)


def write_hugging_face(folder):
    """Write data sets by datasets: words and class names, texts and structs, BigBIO; saved and as Parquet."""
    from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value

    folder.mkdir(parents=True, exist_ok=True)
    features = Features(
        {"id": Value("string"), "tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=NAMES))}
    )
    words = Dataset.from_list(
        [
            {"id": str(n), "tokens": [w for w, _ in s], "ner_tags": [NAMES.index(t) for _, t in s]}
            for n, s in enumerate(SENTENCES)
        ],
        features=features,
    )
    (folder / "words/data").mkdir(parents=True, exist_ok=True)
    words.select([0, 1]).to_parquet(folder / "words/data/train-00000-of-00001.parquet")
    words.select([2]).to_parquet(folder / "words/data/test-00000-of-00001.parquet")
    DatasetDict(train=words.select([0, 1]), validation=words.select([2])).save_to_disk(folder / "saved")
    entity = {
        "start": Value("int32"),
        "end": Value("int32"),
        "label": ClassLabel(names=["Drug", "ADR", "Disease"]),
    }
    spans = [
        {
            "text": TEXTS[document],
            "entities": [
                {"start": s, "end": e, "label": label}
                for d, label, ((s, e), *more), _ in iterate_rows()
                if d == document and not more
            ],
        }
        for document in TEXTS
    ]
    Dataset.from_list(spans, features=Features({"text": Value("string"), "entities": [entity]})).to_parquet(
        folder / "spans.parquet"
    )
    write_bigbio(folder, Dataset)


def write_bigbio(folder, dataset):
    """Write the schema of BigBIO (https://github.com/bigscience-workshop/biomedical, task_schemas.md)."""
    records = []
    for document, text in TEXTS.items():
        entities = [
            {
                "id": f"{document}-{n}",
                "type": label,
                "text": [text[s:e] for s, e in parts],
                "offsets": [list(part) for part in parts],
                "normalized": [],
            }
            for n, (d, label, parts, _) in enumerate(iterate_rows())
            if d == document
        ]
        passage = {"id": f"{document}-p", "type": "text", "text": [text], "offsets": [[0, len(text)]]}
        records.append({"id": document, "document_id": document, "passages": [passage], "entities": entities})
    dataset.from_list(records).to_parquet(folder / "bigbio.parquet")


def write_arrow(folder):
    """Write Arrow by pyarrow as file and as stream, and by pandas as Feather (packed by LZ4)."""
    import pandas as pd
    import pyarrow as pa

    folder.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {
            "tokens": [[w for w, _ in s] for s in SENTENCES],
            "ner_tags": [[t for _, t in s] for s in SENTENCES],
        }
    )
    for name, new in (("words.arrow", pa.ipc.new_file), ("stream.arrows", pa.ipc.new_stream)):
        with pa.OSFile(str(folder / name), "wb") as file, new(file, table.schema) as writer:
            writer.write_table(table)
    spans = [
        {"pmid": d, "content": TEXTS[d], "label": k, "span": str([list(values) for values in p])}
        for d, k, p, _ in iterate_rows()
    ]
    pd.DataFrame(spans).to_feather(folder / "spans.feather")


WRITERS = {
    "span_tables": write_span_tables,
    "kaggle": write_kaggle,
    "list_tables": write_list_tables,
    "excel": write_excel,
    "hugging_face": write_hugging_face,
    "arrow": write_arrow,
}


def write_samples():
    """Write all samples of this file."""
    root = Path(__file__).parents[1] / "tests/data/formats"
    for name, make in WRITERS.items():
        make(root / name)


if __name__ == "__main__":
    write_samples()
