"""Measure time and memory of the readers of annotation tools: ``python benchmarks/reading_tools.py``.

100,000 made-up sentences in one file each (XMI: one document, the largest that its bound on elements allows).
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from xml.sax.saxutils import quoteattr

import msgpack
import numpy as np
from reading import N_SENTENCES, convert_to_spans, generate_sentences, measure_reading

from bioner_core.corpus.reading.spacy_strings import hash_string
from bioner_core.corpus.tags import decode_tags

NER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"


def generate_texts(n):
    """Yield text and (start, end, label, words) of each sentence."""
    for tokens, tags in generate_sentences(n):
        yield " ".join(tokens), list(convert_to_spans(tokens, tags))


def write_webanno_tsv(n):
    """Return one file with one line per token."""
    lines = ["#FORMAT=WebAnno TSV 3.3", f"#T_SP={NER}|identifier|value", ""]
    number = 0
    for row, (tokens, tags) in enumerate(generate_sentences(n), 1):
        cells = ["_\t_"] * len(tokens)
        for first, end, label in decode_tags(tags):
            number += 1
            cells[first:end] = [f"*[{number}]\t{label}[{number}]"] * (end - first)
        lines += ["", f"#Text={' '.join(tokens)}"]
        lines += [f"{row}-{i}\t0-1\t{word}\t{cells[i - 1]}\t" for i, word in enumerate(tokens, 1)]
    return "\n".join(lines).encode()


def write_uima_xmi(n):
    """Return one document, with a token for each word."""
    pieces, elements, at, key = [], [], 0, 2
    for text, marked in generate_texts(n // 10):
        for start, end, label, _ in marked:
            elements.append(
                f'<ner:NamedEntity xmi:id="{key}" sofa="1" begin="{at + start}" end="{at + end}" '
                f'value="{label}"/>'
            )
            key += 1
        for word in text.split(" "):
            elements.append(f'<seg:Token xmi:id="{key}" sofa="1" begin="{at}" end="{at + len(word)}"/>')
            at, key = at + len(word) + 1, key + 1
        pieces.append(text)
    dkpro = "http:///de/tudarmstadt/ukp/dkpro/core/api"
    start = (
        '<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" '
        f'xmlns:ner="{dkpro}/ner/type.ecore" xmlns:seg="{dkpro}/segmentation/type.ecore">'
    )
    sofa = f'<cas:Sofa xmi:id="1" sofaID="_InitialView" sofaString={quoteattr(" ".join(pieces))}/>'
    return "\n".join([start, sofa, *elements, "</xmi:XMI>"]).encode()


def generate_bioc_documents(n):
    """Yield documents of ten sentences."""
    many = list(generate_texts(n))
    for number in range(0, n, 10):
        at, passages = 0, []
        for text, marked in many[number : number + 10]:
            annotations = [
                {"infons": {"type": label}, "text": words, "locations": [{"offset": at + s, "length": e - s}]}
                for s, e, label, words in marked
            ]
            passages.append({"infons": {}, "offset": at, "text": text, "annotations": annotations})
            at += len(text) + 1
        yield {"id": str(number), "infons": {}, "passages": passages}


def write_bioc_json(n):
    """Return one collection."""
    return json.dumps(
        {"source": "x", "documents": list(generate_bioc_documents(n))}, ensure_ascii=False
    ).encode()


def write_bioc_xml(n):
    """Return one collection."""
    lines = ["<collection>"]
    for document in generate_bioc_documents(n):
        lines.append(f"<document><id>{document['id']}</id>")
        for passage in document["passages"]:
            lines.append(f"<passage><offset>{passage['offset']}</offset><text>{passage['text']}</text>")
            for annotation in passage["annotations"]:
                place = annotation["locations"][0]
                lines.append(
                    f'<annotation id="1"><infon key="type">{annotation["infons"]["type"]}</infon>'
                    f'<location offset="{place["offset"]}" length="{place["length"]}"/>'
                    f"<text>{annotation['text']}</text></annotation>"
                )
            lines.append("</passage>")
        lines.append("</document>")
    return "\n".join([*lines, "</collection>"]).encode()


def write_label_studio(n):
    """Return one array of tasks."""
    tasks = []
    for number, (text, marked) in enumerate(generate_texts(n)):
        result = [
            {"type": "labels", "value": {"start": s, "end": e, "text": words, "labels": [label]}}
            for s, e, label, words in marked
        ]
        annotation = {"id": number, "result": result, "was_cancelled": False, "lead_time": 12.5}
        tasks.append({"id": number, "data": {"text": text}, "annotations": [annotation]})
    return json.dumps(tasks, ensure_ascii=False).encode()


def write_prodigy(n):
    """Return JSON lines, without tokens, with which the file would be too large."""
    lines = []
    for number, (text, marked) in enumerate(generate_texts(n)):
        spans = [{"start": s, "end": e, "label": label} for s, e, label, _ in marked]
        record = {"text": text, "_input_hash": number, "_task_hash": number, "spans": spans}
        lines.append(json.dumps(record | {"answer": "accept"}, ensure_ascii=False))
    return "\n".join(lines).encode()


def write_spacy(n):
    """Return one DocBin, as spaCy packs it."""
    rows, spaces, lengths, strings = [], [], [], {"Drug", "Disease"}
    numbers = {}
    for tokens, tags in generate_sentences(n):
        for word, tag in zip(tokens, tags, strict=True):
            for string in (word, tag[2:]):
                if string not in numbers:
                    numbers[string] = hash_string(string) if string else 0
            strings.add(word)
            rows.append((numbers[word], {"B": 3, "I": 1, "O": 2}[tag[0]], numbers[tag[2:]]))
        spaces += [1] * (len(tokens) - 1) + [0]
        lengths.append(len(tokens))
    content = {
        "version": "0.1",
        "attrs": [65, 77, 78],
        "tokens": np.array(rows, dtype=np.uint64).tobytes(),
        "spaces": bytes(spaces),
        "lengths": np.array(lengths, dtype="<i4").tobytes(),
        "strings": sorted(strings),
        "span_groups": [b""] * n,
    }
    return zlib.compress(msgpack.packb(content))


WRITERS = {
    "webanno_tsv": write_webanno_tsv,
    "uima_xmi": write_uima_xmi,
    "bioc_json": write_bioc_json,
    "bioc_xml": write_bioc_xml,
    "label_studio": write_label_studio,
    "prodigy": write_prodigy,
    "spacy": write_spacy,
}


def run_benchmark():
    """Print and store time and memory of each."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "corpus.bin")
        for name in WRITERS:  # made in a process of its own: a child's peak counts its parent's
            subprocess.run([sys.executable, __file__, name, str(path)], check=True)
            results[name] = {"file_mb": round(path.stat().st_size / 1e6, 1), **measure_reading(path)}
            print(name, results[name], flush=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    description = f"{N_SENTENCES} sentences of each format, XMI a tenth; seconds are wall time"
    report = {"what": description, "machine": machine, **results}
    out = Path(__file__).with_name("results") / "reading_tools.json"
    out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    run_benchmark() if len(sys.argv) == 1 else Path(sys.argv[2]).write_bytes(
        WRITERS[sys.argv[1]](N_SENTENCES)
    )
