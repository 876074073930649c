"""Write samples of Prodigy, Argilla and spaCy, the last two by their own libraries.

Run by ``python tools/make_samples.py`` in an environment with ``spacy==3.8.18 argilla==2.8.0``.
"""

import json
import uuid

from annotation_samples import clear_folder, format_json_lines, list_spans
from table_samples import TEXTS

ANNA, BORIS = uuid.UUID(int=1), uuid.UUID(int=2)


def write_prodigy(folder):
    """Write what ``prodigy db-out`` writes, by hand after its documentation, with tokens by spaCy."""
    import spacy

    clear_folder(folder)
    nlp = spacy.blank("xx")
    records = []
    for number, (name, text) in enumerate(TEXTS.items(), 1):
        doc = nlp.make_doc(text)
        tokens = [
            {"text": t.text, "start": t.idx, "end": t.idx + len(t), "id": t.i, "ws": bool(t.whitespace_)}
            for t in doc
        ]
        marked = [
            {"start": s, "end": e, "label": label, "token_start": 0, "token_end": 0}
            for label, s, e in list_spans(name)
        ]
        record = {
            "text": text,
            "meta": {"doc_id": name},
            "_input_hash": number,
            "_task_hash": -number,
            "_is_binary": False,
            "tokens": tokens,
            "_view_id": "ner_manual",
            "spans": marked,
            "answer": "accept",
            "_timestamp": 1_780_000_000 + number,
            "_annotator_id": "anna",
            "_session_id": "anna",
        }
        records.append(record)
    others = {"_annotator_id": "boris", "_session_id": "boris"}
    records.append(records[0] | others | {"spans": records[0]["spans"][:1]})
    records.append(records[1] | {"_input_hash": 98, "answer": "reject"})
    records.append(records[1] | {"_input_hash": 99, "answer": "ignore"})
    (folder / "annotations.jsonl").write_text(format_json_lines(records), encoding="utf-8")


def write_argilla(folder):
    """Write version 2 by argilla, nested and flat; version 1 by hand after its documentation."""
    import argilla as rg
    from argilla.records._io import GenericIO, JsonIO

    clear_folder(folder)
    records, old = [], []
    for name, text in TEXTS.items():
        marked = [{"start": s, "end": e, "label": label} for label, s, e in list_spans(name)]
        responses = [rg.Response("spans", marked, user_id=ANNA, status="submitted")]
        if name == "d1":
            responses.append(rg.Response("spans", marked[:1], user_id=BORIS, status="submitted"))
        if name == "d4":
            responses = [rg.Response("spans", [], user_id=BORIS, status="discarded")]
        suggestion = rg.Suggestion("spans", marked[:1], score=[0.5] * len(marked[:1]), agent="model")
        record = rg.Record(
            id=name,
            fields={"note": text},
            metadata={"doc_id": name},
            responses=responses,
            suggestions=[suggestion],
        )
        record._model.status = "pending" if name == "d4" else "completed"  # set by the server
        records.append(record)
        old.append(
            {
                "text": text,
                "tokens": text.split(),
                "prediction": [["Drug", 0, 4, 0.5]],
                "prediction_agent": "m",
                "annotation": [[label, s, e] for label, s, e in list_spans(name)] if name != "d4" else None,
                "annotation_agent": "anna",
                "id": name,
                "metadata": {"doc_id": name},
                "vectors": None,
                "status": "Default" if name == "d4" else "Validated",
                "metrics": {},
                "event_timestamp": None,
            }
        )
    JsonIO.to_json(records, folder / "nested.json")
    flat = [{**record, "id": str(record["id"])} for record in GenericIO.to_list(records, flatten=True)]
    (folder / "flat.json").write_text(json.dumps(flat, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "version1.jsonl").write_text(format_json_lines(old), encoding="utf-8")


def write_spacy(folder):
    """Write DocBins by spaCy: entities, groups of spans; a document whose entities were never set."""
    import spacy
    from spacy.tokens import DocBin, Span

    clear_folder(folder)
    nlp = spacy.blank("xx")
    entities, groups = DocBin(store_user_data=True), DocBin()
    for name, text in TEXTS.items():
        doc = nlp.make_doc(text)
        doc.user_data["name"] = {"document": name}
        if name != "d4":
            doc.ents = [doc.char_span(s, e, label=label) for label, s, e in list_spans(name)]
        entities.add(doc)
        grouped = nlp.make_doc(text)
        grouped.spans["sc"] = [grouped.char_span(s, e, label=label) for label, s, e in list_spans(name)]
        grouped.spans["other"] = [Span(grouped, 0, 1, label="PERSON")]
        groups.add(grouped)
    words = ["The", "case", "of", "aux", "and", "det", ":", "PERSON", "ORG"]
    doc = spacy.tokens.Doc(nlp.vocab, words=words, spaces=[True] * 5 + [False, True, True, False])
    doc.ents = [Span(doc, 3, 4, label="PERSON"), Span(doc, 7, 9, label="Drug")]
    entities.add(doc)
    entities.to_disk(folder / "entities.spacy")
    groups.to_disk(folder / "groups.spacy")


WRITERS = {"prodigy": write_prodigy, "argilla": write_argilla, "spacy": write_spacy}
