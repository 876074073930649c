"""A small made-up project that works with files: texts, what is annotated, and a simulated annotator."""

import json
from pathlib import Path

from bioner_core.connections.tool import ToolSettings
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.rounds.pool_texts import PoolText
from bioner_core.rounds.project import Project

DRUGS = ("zinc", "iron", "calm", "rest")


def build_text(number):
    return f"Patient {number} took {DRUGS[number % 4]} daily ."


def build_texts(n, *, first=0, per_document=0):
    return tuple(
        PoolText(text=build_text(number), document=f"d{number // per_document}" if per_document else "")
        for number in range(first, first + n)
    )


def build_corpus(n, *, per_document=0):
    """Return the first texts as an annotated corpus; zinc and iron are drugs."""
    sentences = []
    for number in range(n):
        tokens = tuple(build_text(number).split())
        spans = (Span(3, 4, "Drug"),) if number % 4 < 2 else ()
        sentences.append(Sentence(tokens, spans, f"d{number // per_document}" if per_document else ""))
    return Corpus(name="notes", sentences=tuple(sentences), types=("Drug",), language="en", domain="EHR")


def build_project(folder, name="trial", **fields):
    settings = ToolSettings(tool="prodigy", address=str(folder))
    return Project(name=name, settings=settings, language="en", domain="EHR", **fields)


def annotate_files(folder, *, day=2, step=0):
    """Annotate all tasks of the folder, as Prodigy exports them; return their number."""
    lines = []
    for path in sorted(Path(folder).glob("tasks-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            task = json.loads(line)
            drug = task["text"].split()[3]
            at = task["text"].index(drug)
            spans = [{"start": at, "end": at + len(drug), "label": "Drug"}] if drug in DRUGS[:2] else []
            number = len(lines)
            record = {
                "text": task["text"],
                "spans": spans,
                "answer": "accept",
                "_input_hash": number,
                "_task_hash": number,
                "_view_id": "ner_manual",
                "_timestamp": 1772442000 + 86400 * (day - 2 + step * number // 10),
            }
            lines.append(json.dumps(record) + "\n")
    (Path(folder) / "annotated.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(lines)
