"""When a trained model is better than a system without training: ``python benchmarks/break_even.py CORPORA``.

The probe's curves are those of the shipped run four-corpora-probe, which is copied with the texts of the
folder CORPORA. The systems are: the terms of 500 annotated training sentences; a file of predictions that a
regular expression outside of the program made from all training mentions, in the exported texts; and, where
the package gliner2 is installed, a random checkpoint of 2 layers, which shows the way and no quality. No
pretrained GLiNER could be had where this ran. ``--table`` prints the table of docs/experiments.md.
"""

import json
import os
import platform
import re
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests/tagging")]

from bioner_core.analysis.break_even import (  # noqa: E402
    compare_score,
    list_external_scores,
    select_scores,
)
from bioner_core.analysis.external_scoring import (  # noqa: E402
    collect_target_terms,
    score_annotations,
    score_system,
    score_terms,
    split_target,
)
from bioner_core.analysis.pre_annotation import measure_systems  # noqa: E402
from bioner_core.analysis.resampling import estimate_sampling_noise  # noqa: E402
from bioner_core.answers.wording.break_even import format_better_from, format_f1  # noqa: E402
from bioner_core.corpus.library import Library  # noqa: E402
from bioner_core.corpus.opening import open_corpus, read_annotations  # noqa: E402
from bioner_core.corpus.unannotated import serialize_unannotated  # noqa: E402
from bioner_core.curves.points import NONE  # noqa: E402
from bioner_core.study.external_results import save_external_result  # noqa: E402
from bioner_core.study.run_export import zip_run  # noqa: E402
from bioner_core.study.run_import import import_run  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402

OUT = ROOT / "benchmarks/results/break_even.json"
RUN = "four-corpora-probe"
N_TERMS = 500  # annotated training sentences


def run_benchmark():
    """Print and store a row for each corpus, type and system."""
    if "--table" in sys.argv:
        print("\n".join(build_table(json.loads(OUT.read_text()))))
        return
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RUNS", "CORPORA", "SETTINGS", "QUEUE"):
            os.environ[f"BIONER_{name}"] = str(Path(folder) / name.lower())
        run = copy_run(Path(sys.argv[1]), Path(folder))
        for target in run.study.targets:
            add_systems(run, target, Path(folder))
            print(target, f"{time.perf_counter() - began:.0f} s", flush=True)
        record = {
            "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
            "python": platform.python_version(),
            "run": RUN,
            "seconds": round(time.perf_counter() - began),
            "rows": compare_systems(run),
            "pre_annotation": measure_pre_annotation(run),
        }
    OUT.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    print("\n".join(build_table(record)))


def copy_run(corpora, folder):
    """Return a copy of the shipped run, with its corpora in the library."""
    store = RunStore()
    path = folder / "run.zip"
    path.write_bytes(zip_run(store.open(RUN)))
    import_run(store, path, name="copy")
    for name in store.open("copy").study.targets:
        corpus = open_corpus(corpora / name, name=name).corpus
        Library().add(corpus)
    return store.open("copy")


def add_systems(run, target, folder):
    """Score all systems on a target, and keep them with the run."""
    terms = collect_target_terms(run, target, N_TERMS)
    name = f"terms-{N_TERMS}"
    save_external_result(run, score_terms(run, target, terms, name=name, n_sentences=N_TERMS))
    reading = read_annotations(annotate_by_expression(run, target, folder))
    n_train = len(split_target(run, target)[1].train)
    scored = score_annotations(run, target, reading, name="regex file", n_sentences=n_train)
    save_external_result(run, scored.result)
    if find_spec("gliner2"):
        save_external_result(run, score_random_gliner(run, target, folder))


def annotate_by_expression(run, target, folder):
    """Write the exported texts with what a regular expression of all training mentions finds in them."""
    corpus, split = split_target(run, target)
    kinds = {}
    for sentence in split.train:
        for span in sentence.spans:
            words = [re.escape(word) for word in sentence.tokens[span.start : span.end]]
            kinds.setdefault(" ".join(words).lower(), span.label)
    ordered = sorted(kinds, key=len, reverse=True)
    expression = re.compile(rf"(?<!\S)(?:{'|'.join(ordered)})(?!\S)", re.IGNORECASE)
    path = folder / f"{target}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for line in serialize_unannotated(split.test, language=corpus.language).splitlines():
            record = json.loads(line)
            record["entities"] = [
                {"start": hit.start(), "end": hit.end(), "label": kinds[re.escape(hit[0].lower())]}
                for hit in expression.finditer(record["text"])
                if re.escape(hit[0].lower()) in kinds
            ]
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def score_random_gliner(run, target, folder):
    """Return the score of a random checkpoint with the names of the types and the default threshold."""
    from bioner_core.tagging.zero_shot.gliner2_model import load_gliner2
    from bioner_core.tagging.zero_shot.wording import DEFAULT_THRESHOLD, list_wordings, select_mentions

    corpus, split = split_target(run, target)
    model = load_gliner2(str(save_random_checkpoint(folder)), language=corpus.language, is_local=True)
    wording = list_wordings(split.types, {}, {})[0]
    candidates = list(model.find_spans(split.test, wording, threshold=DEFAULT_THRESHOLD))
    predicted = select_mentions(split.test, candidates, DEFAULT_THRESHOLD)
    return score_system(split, predicted, name="random gliner2", n_matched=len(split.test))


def save_random_checkpoint(folder):
    """Save a random checkpoint of 2 layers and width 16, once."""
    import torch
    from gliner2 import AutoExtractor
    from gliner2.configuration import ExtractorConfig
    from tiny_encoders import save_tiny
    from transformers import AutoConfig, AutoTokenizer

    path = folder / "gliner"
    if not path.exists():
        encoder = save_tiny("deberta-v3", folder / "encoder")
        torch.manual_seed(0)
        parts = {
            "encoder_config": AutoConfig.from_pretrained(encoder),
            "tokenizer": AutoTokenizer.from_pretrained(encoder),
        }
        config = ExtractorConfig(model_name="none", architecture="boundary")
        AutoExtractor.from_config(config, **parts).save_pretrained(str(path))
    return path


def compare_systems(run):
    """Return a row for each curve without pretraining and each system of its corpus and type."""
    noise, curves, scores = estimate_sampling_noise(run), run.curves(macro=True), list_external_scores(run)
    rows = []
    for curve in curves:
        if curve.source == NONE and curve.has_enough_sizes:
            for score in select_scores(scores, curve):
                break_even = compare_score(score, curve, curves, noise)
                rows.append(
                    {
                        **(break_even or score).record(),
                        "precision": score.point.precision,
                        "recall": score.point.recall,
                        "support": score.point.support,
                        "smallest": curve.settled_sizes[0].n,
                        "train_size": curve.train_size,
                        "f1_text": format_f1(score),
                        "better_text": format_better_from(break_even),
                    }
                )
    return rows


def measure_pre_annotation(run):
    """Return precision and recall over all types for each corpus and system."""
    return [
        {"target": target, **system.record()}
        for target in run.study.targets
        for system in measure_systems(run, target, run.curves())
    ]


def build_table(record):
    """Return the lines of the table for people."""
    lines = [
        "| corpus, type | system, annotated sentences | precision | recall | F1 (90 %) | better from |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in record["rows"]:
        if row["entity"] in ("all", "macro"):
            continue
        scores = (f"{100 * row[name]:.1f}" for name in ("precision", "recall"))
        n = row["system_sentences"]
        cells = (
            f"{row['target']}, {row['entity']}",
            f"{row['system']}, from {n:,}" if n else row["system"],
            *scores,
            row["f1_text"],
            row["better_text"],
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    run_benchmark()
