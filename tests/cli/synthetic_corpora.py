"""Synthetic corpora in the formats in which the paper's four are distributed; for tests only."""

import json
from functools import cache
from itertools import cycle

from bioner_core.corpus.sample import generate_sample_corpora
from bioner_core.corpus.split import group_documents

LABELS = {  # labels of each corpus that become Drug and Disease, used in turn
    "EN UGT": {"Drug": ["Drug"], "Disease": ["ADR", "ADR", "Disease", "Symptom", "Finding"]},
    "EN EHR": {"Drug": ["Drug"], "Disease": ["Reason", "ADE"]},
    "RU UGT": {"Drug": ["Drugname", "Drugclass"], "Disease": ["ADR", "DI", "Finding"]},
    "RU EHR": {"Drug": ["Drug"], "Disease": ["Disease", "Symptom"]},
}
LEFT_OUT = {"EN EHR": "Frequency", "RU UGT": "Drugform", "RU EHR": "Treatment"}  # one in each document


def write_synthetic_corpora(folder, *, n_documents=12):
    """Write all four and return their folders by the command's options."""
    return {
        "--cadec": write_cadec(folder / "CADEC", n_documents),
        "--n2c2": write_n2c2(folder / "n2c2", n_documents),
        "--ru-ugt": write_rudrec(folder / "RuDReC", n_documents),
        "--ru-ehr": write_notes(folder / "notes", n_documents),
    }


def write_cadec(folder, n):
    """Write texts, mentions and codes into neighbouring folders."""
    for number, (text, marks) in enumerate(iterate_texts("EN UGT", n)):
        name = f"LIPITOR.{number + 1}"
        write_text(folder / f"cadec/text/{name}.txt", text)
        write_text(
            folder / f"cadec/original/{name}.ann",
            format_brat(text, marks) + "#1\tAnnotatorNotes T1\tmade up\n",
        )
        codes = [f"TT{i}\t10000{i} {s} {e}\t{text[s:e]}\n" for i, (_, s, e) in enumerate(marks, 1)]
        write_text(folder / f"cadec/meddra/{name}.ann", "".join(codes))
    return folder


def write_n2c2(folder, n):
    """Write brat files with relations into a training and a test folder."""
    for number, (text, marks) in enumerate(iterate_texts("EN EHR", n)):
        place = folder / ("training_20180910" if number % 5 < 3 else "test") / f"{100035 + number}"
        write_text(place.with_suffix(".txt"), text)
        write_text(place.with_suffix(".ann"), format_brat(text, marks) + "R1\tReason-Drug Arg1:T1 Arg2:T2\n")
    return folder


def write_rudrec(folder, n):
    """Write JSON lines, one sentence each with the name of its file."""
    lines = []
    for number, (text, marks) in enumerate(iterate_texts("RU UGT", n)):
        start = 0
        for at, sentence in enumerate(text.splitlines()):
            end = start + len(sentence)
            entities = [
                {
                    "entity_id": f"*[{i}]",
                    "start": s - start,
                    "end": e - start,
                    "entity_type": label,
                    "entity_text": text[s:e],
                    "concept_id": float("nan"),
                }
                for i, (label, s, e) in enumerate(marks)
                if start <= s < end
            ]
            record = {"sentence_id": at, "text": sentence, "entities": entities}
            lines.append(json.dumps({**record, "file_name": f"{number}.tsv"}, ensure_ascii=False))
            start = end + 1
    write_text(folder / "rudrec_annotated.json", "\n".join(lines) + "\n")
    return folder


def write_notes(folder, n):
    """Write brat files into one folder."""
    for number, (text, marks) in enumerate(iterate_texts("RU EHR", n)):
        write_text(folder / f"{number}.txt", text)
        write_text(folder / f"{number}.ann", format_brat(text, marks))
    return folder


def write_conll_notes(path, n):
    """Write the same notes as columns of words and tags, documents separated as in CoNLL 2003."""
    lines = []
    for text, marks in iterate_texts("RU EHR", n):
        lines.append("-DOCSTART- O\n")
        start = 0
        for sentence in text.splitlines():
            for word in sentence.split(" "):
                inside = next(((label, s) for label, s, e in marks if s <= start < e), None)
                tag = f"{'B' if inside[1] == start else 'I'}-{inside[0]}" if inside else "O"
                lines.append(f"{word} {tag}")
                start += len(word) + 1
            lines.append("")
    write_text(path, "\n".join(lines) + "\n")
    return path


def iterate_texts(name, n):
    """Yield text and (label, start, end) of the first documents of a synthetic corpus."""
    corpus = build_corpora()[name]
    labels = {kind: cycle(labels) for kind, labels in LABELS[name].items()}
    for unit in group_documents(corpus.sentences)[:n]:
        text, marks, other = "", [], LEFT_OUT.get(name)
        for sentence in (corpus.sentences[at] for at in unit):
            starts = [
                len(text) + len(" ".join(sentence.tokens[:i])) + (i > 0) for i in range(len(sentence.tokens))
            ]
            for span in sentence.spans:
                end = starts[span.end - 1] + len(sentence.tokens[span.end - 1])
                marks.append((next(labels[span.label]), starts[span.start], end))
            if other and not sentence.spans:
                marks.append((other, starts[0], starts[0] + len(sentence.tokens[0])))
                other = None
            text += " ".join(sentence.tokens) + "\n"
        yield text, marks


@cache
def build_corpora():
    return {corpus.name.removeprefix("sample "): corpus for corpus in generate_sample_corpora()}


def format_brat(text, marks):
    return "".join(f"T{i}\t{label} {s} {e}\t{text[s:e]}\n" for i, (label, s, e) in enumerate(marks, 1))


def write_text(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
