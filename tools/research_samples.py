"""Write samples of JSON that research software and benchmarks read, by hand after their documentation.

The addresses are in ``tests/data/formats/README.md``.
"""

from annotation_samples import clear_folder
from export_samples import list_contiguous, write_json, write_lines
from table_samples import SENTENCES, TEXTS


def list_token_spans(sentence):
    """Return [first word, last word, label] of the mentions of a tagged sentence."""
    spans = []
    for at, (_, tag) in enumerate(sentence):
        if tag[0] == "B":
            spans.append([at, at, tag[2:]])
        elif tag[0] == "I":
            spans[-1][1] = at
    return spans


def write_gliner(folder):
    """Write GLiNER's training data."""
    records = [
        {"tokenized_text": [word for word, _ in sentence], "ner": list_token_spans(sentence)}
        for sentence in SENTENCES
    ]
    write_json(clear_folder(folder) / "train.json", records)


def write_dygie(folder):
    """Write DyGIE's documents; offsets count from the document."""
    first, entities = 0, []
    for sentence in SENTENCES:
        entities.append([[first + s, first + e, label] for s, e, label in list_token_spans(sentence)])
        first += len(sentence)
    sentences = [[word for word, _ in sentence] for sentence in SENTENCES]
    document = {"doc_key": "d1", "sentences": sentences, "ner": entities, "relations": [[], [], []]}
    write_lines(clear_folder(folder) / "train.jsonl", [document])


def write_spacy_json(folder):
    """Write spaCy's training data before version 3."""
    sentences = [
        {
            "tokens": [
                {"id": at, "orth": word, "ner": tag} for at, (word, tag) in enumerate(_tag_bilou(sentence))
            ]
        }
        for sentence in SENTENCES
    ]
    document = {"id": 0, "paragraphs": [{"raw": None, "sentences": sentences}]}
    write_json(clear_folder(folder) / "train.json", [document])


def _tag_bilou(sentence):
    ends = {(first, last): label for first, last, label in list_token_spans(sentence)}
    tags = dict.fromkeys(range(len(sentence)), "O")
    for (first, last), label in ends.items():
        tags.update({at: f"I-{label}" for at in range(first, last + 1)})
        tags[first], tags[last] = f"B-{label}", f"L-{label}"
        if first == last:
            tags[first] = f"U-{label}"
    return [(word, tags[at]) for at, (word, _) in enumerate(sentence)]


def write_cblue(folder):
    """Write CMeEE's records, whose ends are the last character."""
    records = [
        {
            "text": TEXTS[d],
            "entities": [
                {"start_idx": s, "end_idx": e - 1, "type": k, "entity": w}
                for k, s, e, w in list_contiguous(d)
            ],
        }
        for d in TEXTS
    ]
    write_json(clear_folder(folder) / "CMeEE_train.json", records)


def write_cluener(folder):
    """Write CLUENER's JSON lines."""
    records = []
    for d in TEXTS:
        labels = {}
        for k, s, e, w in list_contiguous(d):
            labels.setdefault(k, {}).setdefault(w, []).append([s, e - 1])
        records.append({"text": TEXTS[d], "label": labels})
    write_lines(clear_folder(folder) / "train.json", records)


WRITERS = {
    "cblue": write_cblue,
    "cluener": write_cluener,
    "dygie": write_dygie,
    "gliner": write_gliner,
    "spacy_json": write_spacy_json,
}
