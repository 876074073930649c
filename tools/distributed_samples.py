"""Write samples in the formats of CADEC, i2b2 2010, RuDReC and RuCCoN as distributed; all text is made up."""

import json
from pathlib import Path

from table_samples import TEXTS, iterate_rows, write_texts


def write_distributed(folder):
    """Write corpora in the formats of CADEC, i2b2 2010, RuDReC and RuCCoN, by hand."""
    cadec, i2b2, ruccon = folder / "cadec/cadec", folder / "i2b2_2010", folder / "ruccon/RUCCON"
    write_texts(cadec / "text")
    for name in ("original", "meddra", "sct"):
        (cadec / name).mkdir(parents=True, exist_ok=True)
    for d in TEXTS:
        mentions = [
            (label, parts, words) for document, label, parts, words in iterate_rows() if document == d
        ]
        marked = [(";".join(f"{s} {e}" for s, e in parts), label, words) for label, parts, words in mentions]
        lines = {
            "original": [
                f"T{n}\t{k} {at}\t{w}\n#{n}\tAnnotatorNotes T{n}\t\n"
                for n, (at, k, w) in enumerate(marked, 1)
            ],
            "meddra": [f"TT{n}\t10000000{n} {at}\t{w}\n" for n, (at, _, w) in enumerate(marked, 1)],
            "sct": [f"TT{n}\t20000000{n} | made up | {at}\t{w}\n" for n, (at, _, w) in enumerate(marked, 1)],
        }
        for name, content in lines.items():
            (cadec / name / f"{d}.ann").write_text("".join(content), encoding="utf-8", newline="")
    for name in ("main/0", "test"):
        (ruccon / name).mkdir(parents=True, exist_ok=True)
        d = "d2" if name == "test" else "d1"
        (ruccon / name / "0.txt").write_text(TEXTS[d], encoding="utf-8", newline="")
        (ruccon / name / "0.ann").write_text(
            (cadec / f"original/{d}.ann").read_text(encoding="utf-8"), encoding="utf-8", newline=""
        )
    write_rudrec(folder / "rudrec")
    write_i2b2(i2b2)


def write_rudrec(folder):
    """Write one sentence per line with its entities, as RuDReC does (including NaN)."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {
            "file_name": f"{d}.tsv",
            "text": TEXTS[d],
            "entities": [
                {
                    "start": s,
                    "entity_type": k,
                    "end": e,
                    "entity_id": f"*[{n}]",
                    "entity_text": w,
                    "concept_name": float("nan"),
                }
                for n, (document, k, ((s, e), *more), w) in enumerate(iterate_rows())
                if document == d and not more
            ],
            "sentence_id": 0,
        }
        for d in TEXTS
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "rudrec_annotated.json").write_text(text, encoding="utf-8", newline="")


def write_i2b2(folder):
    """Write texts, concepts, assertions and relations as i2b2 2010 does: lines from 1, tokens from 0."""
    text = "Admission Date :\nShe took aspirin 81 mg for chest\npain and no fever .\n"
    files = {
        "beth/txt/record-13.txt": text,
        "beth/concept/record-13.con": 'c="aspirin 81 mg" 2:2 2:4||t="treatment"\n'
        'c="chest pain" 2:6 3:0||t="problem"\nc="fever" 3:3 3:3||t="problem"\n',
        "beth/ast/record-13.ast": 'c="chest pain" 2:6 3:0||t="problem"||a="present"\n',
        "beth/rel/record-13.rel": 'c="aspirin 81 mg" 2:2 2:4||r="TrAP"||c="chest pain" 2:6 3:0\n',
        "reference_standard_for_test_data/concepts/0001.con": 'c="the rash" 1:3 1:4||t="problem"\n',
        "test_data/0001.txt": "He  has now the rash .\n",
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")


WRITERS = {"distributed": write_distributed}


def write_samples():
    """Write all samples of this file."""
    write_distributed(Path(__file__).parents[1] / "tests/data/formats/distributed")


if __name__ == "__main__":
    write_samples()
