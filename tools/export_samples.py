"""Write samples of JSON exports, by hand after the documentation of each tool or corpus.

The addresses are in ``tests/data/formats/README.md``. No library on PyPI writes these formats, or only its
service does.
"""

import json

from annotation_samples import clear_folder, count_utf16_units, format_json_lines, list_spans
from table_samples import MENTIONS, TEXTS, find_fragments, write_texts


def list_contiguous(document):
    """Return (label, start, end, words) of a text's mentions, from the first fragment to the last."""
    return [(label, start, end, TEXTS[document][start:end]) for label, start, end in list_spans(document)]


def write_json(path, value):
    """Write one JSON value."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def write_lines(path, records):
    """Write records as JSON lines."""
    path.write_text(format_json_lines(records), encoding="utf-8")


def write_ner_annotator(folder):
    """Write NER-Annotator's export, with a text that nobody annotated."""
    pairs = [[TEXTS[d], {"entities": [[s, e, k] for k, s, e, _ in list_contiguous(d)]}] for d in TEXTS]
    export = {"classes": ["DRUG", "ADR"], "annotations": [*pairs, None]}
    write_json(clear_folder(folder) / "annotations.json", export)


def write_sagemaker(folder):
    """Write an augmented manifest."""
    write_lines(
        clear_folder(folder) / "output.manifest",
        (
            {
                "source": TEXTS[d],
                "job": {
                    "annotations": {
                        "labels": [{"label": "Drug"}, {"label": "ADR"}],
                        "entities": [
                            {"startOffset": s, "endOffset": e, "label": k}
                            for k, s, e, _ in list_contiguous(d)
                        ],
                    }
                },
                "job-metadata": {"type": "groundtruth/text-span", "human-annotated": "yes"},
            }
            for d in TEXTS
        ),
    )


def write_lighttag(folder):
    """Write LightTag's export, with an annotation that a reviewer rejected."""
    examples = [
        {
            "example_id": d,
            "content": TEXTS[d],
            "metadata": {"document_id": d},
            "annotations": [
                {"start": s, "end": e, "tag": k, "value": w, "correct": True, "annotators": ["anna"]}
                for k, s, e, w in list_contiguous(d)
            ],
        }
        for d in TEXTS
    ]
    wrong = {"start": 0, "end": 4, "tag": "Drug", "value": TEXTS["d1"][:4], "correct": False}
    examples[0]["annotations"].append(wrong)
    write_json(clear_folder(folder) / "annotations.json", {"examples": examples, "relations": []})


def write_dataturks(folder):
    """Write Dataturks' export, with a text that nobody annotated."""
    records = [
        {
            "content": TEXTS[d],
            "annotation": [
                {"label": [k], "points": [{"start": s, "end": e - 1, "text": w}]}
                for k, s, e, w in list_contiguous(d)
            ],
            "extras": None,
        }
        for d in TEXTS
    ]
    write_lines(clear_folder(folder) / "export.json", [*records, {"content": "Left.", "annotation": None}])


def write_ubiai(folder):
    """Write UBIAI's export."""
    records = [
        {
            "documentName": f"{d}.txt",
            "document": TEXTS[d],
            "tokens": [
                {"text": w, "start": s, "end": e, "entityLabel": k} for k, s, e, w in list_contiguous(d)
            ],
            "relations": [],
        }
        for d in TEXTS
    ]
    write_json(clear_folder(folder) / "export.json", records)


def write_vertex(folder):
    """Write Vertex AI's JSON lines."""
    write_lines(
        clear_folder(folder) / "import.jsonl",
        (
            {
                "textSegmentAnnotations": [
                    {"startOffset": s, "endOffset": e, "displayName": k} for k, s, e, _ in list_contiguous(d)
                ],
                "textContent": TEXTS[d],
                "dataItemResourceLabels": {"aiplatform.googleapis.com/ml_use": "training"},
            }
            for d in TEXTS
        ),
    )


def write_pubannotation(folder):
    """Write a document of PubAnnotation for each text."""
    clear_folder(folder)
    for d in TEXTS:
        denotations = [
            {"id": f"T{n}", "span": {"begin": s, "end": e}, "obj": k}
            for n, (k, s, e, _) in enumerate(list_contiguous(d), 1)
        ]
        source = {"sourcedb": "PubMed", "sourceid": d, "text": TEXTS[d]}
        write_json(folder / f"{d}.json", source | {"denotations": denotations})


def write_azure(folder):
    """Write a project of Azure's custom NER beside its texts."""
    clear_folder(folder)
    write_texts(folder)
    documents = [
        {
            "location": f"{d}.txt",
            "language": "en",
            "entities": [
                {
                    "regionOffset": 0,
                    "regionLength": count_utf16_units(TEXTS[d], len(TEXTS[d])),
                    "labels": [
                        {
                            "category": k,
                            "offset": count_utf16_units(TEXTS[d], s),
                            "length": count_utf16_units(w, len(w)),
                        }
                        for k, s, e, w in list_contiguous(d)
                    ],
                }
            ],
        }
        for d in TEXTS
    ]
    metadata = {"projectKind": "CustomEntityRecognition", "projectName": "sample"}
    assets = {"projectKind": "CustomEntityRecognition", "documents": documents}
    write_json(folder / "labels.json", {"metadata": metadata, "assets": assets})


def write_tagtog(folder):
    """Write tagtog's texts, annotations and legend."""
    clear_folder(folder)
    write_json(folder / "annotations-legend.json", {"e_1": "Drug", "e_2": "ADR", "e_3": "Disease"})
    keys = {"Drug": "e_1", "ADR": "e_2", "Disease": "e_3"}
    for d in TEXTS:
        escaped = TEXTS[d].replace("&", "&amp;")
        page = f'<!DOCTYPE html ><html id="{d}" data-origid="{d}"><body><article><section data-type="body">'
        page += f'<div class="content"><pre id="s1v1">{escaped}</pre></div></section></article></body></html>'
        (folder / f"{d}.plain.html").write_text(page, encoding="utf-8")
        entities = [
            {"classId": keys[k], "part": "s1v1", "offsets": [{"start": s, "text": w}]}
            for k, s, e, w in list_contiguous(d)
        ]
        write_json(
            folder / f"{d}.ann.json",
            {"annotatable": {"parts": ["s1v1"]}, "anncomplete": True, "entities": entities, "relations": []},
        )


def write_rasa(folder):
    """Write Rasa's training data in its three forms."""
    clear_folder(folder)
    examples = [
        {
            "text": TEXTS[d],
            "intent": "report",
            "entities": [
                {"start": s, "end": e, "value": w, "entity": k} for k, s, e, w in list_contiguous(d)
            ],
        }
        for d in TEXTS
    ]
    write_json(folder / "nlu.json", {"rasa_nlu_data": {"common_examples": examples}})
    lines = ["took [aspirin](Drug) daily", 'no [severe headache]{"entity": "ADR"}', "slept well"]
    marked = "".join(f"    - {line}\n" for line in lines)
    (folder / "nlu.yml").write_text(
        f'version: "3.1"\nnlu:\n- intent: report\n  examples: |\n{marked}', encoding="utf-8"
    )
    listed = "".join(f"- {line}\n" for line in lines)
    (folder / "nlu.md").write_text(f"## intent:report\n{listed}", encoding="utf-8")


def list_fragments(document):
    """Return (label, fragments, words) of the mentions of a text."""
    return [(k, find_fragments(document, w), w.replace(" | ", " ")) for k, w in MENTIONS[document]]


WRITERS = {
    "azure": write_azure,
    "dataturks": write_dataturks,
    "lighttag": write_lighttag,
    "ner_annotator": write_ner_annotator,
    "pubannotation": write_pubannotation,
    "rasa": write_rasa,
    "sagemaker": write_sagemaker,
    "tagtog": write_tagtog,
    "ubiai": write_ubiai,
    "vertex": write_vertex,
}
