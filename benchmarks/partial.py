"""Time a training step of upper layers and of the whole encoder: ``python benchmarks/partial.py [CORPUS]``.

Rounds of fine-tuning and of the method partial take turns on the same sentences, so that other load on the
machine affects all of them. Seconds are of computing (process time); waiting does not count.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch
import transformers as hf

from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.files import locate_cache_folder
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.study.presets import PACKAGED, PRESETS
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.examples import build_examples
from bioner_core.tagging.finetuning.kind import FineTuningKind
from bioner_core.tagging.partial.kind import PartialKind
from bioner_core.tagging.split_corpora import SplitCorpora

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "rumedner_ru"
WHOLE = "whole encoder"
LAYERS = {WHOLE: (0, 0), "last 3 of 12": (0, 3), "last 4 of the first 8": (8, 4)}  # kept (0: all), trained


def main():
    """Print and store the processor seconds of a step, of scoring and of reading the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default=str(DATA))
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--steps", type=int, default=3, help="steps a round")
    parser.add_argument("--rounds", type=int, default=5, help="after one that is not counted")
    parser.add_argument("--sentences", type=int, default=400, help="to train on, and to read and tag")
    args = parser.parse_args()
    corpus = open_corpus(args.corpus).corpus
    sentences = split_corpus(corpus).draw_train(args.sentences, seed=0)
    corpus = replace(corpus, sentences=sentences)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        os.symlink(locate_cache_folder() / "packaged", cache / "packaged")
        result = measure(corpus, args, cache)
    result["machine"] = (
        f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads of "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}, "
        f"transformers {hf.__version__}"
    )
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    print(text, end="")
    (ROOT / "benchmarks" / "results" / "partial.json").write_text(text)


def measure(corpus, args, cache):
    """Return what the steps, the scoring and the reading of a corpus take, by what is trained."""
    split_corpora = SplitCorpora({corpus.name: corpus})
    encoded = EncodedCorpora({corpus.name: corpus}, device="cpu", cache=cache)
    taggers, examples, reading = {}, {}, {}
    for name, layers in LAYERS.items():
        kind_type = FineTuningKind if name == WHOLE else PartialKind
        kind, job = kind_type(split_corpora, encoded, cache=cache), build_job(corpus, *layers)
        began = time.process_time()
        list(kind.prepare(job))
        reading[name] = time.process_time() - began
        types = corpus.types
        examples[name] = build_examples(
            kind, job, corpus.name, corpus.sentences, types=types, annotated=types
        )
        taggers[name] = kind, kind.build_model(job, [corpus.name], seed=0), job.settings
    n_pieces = sum(len(window.input_ids) for example in examples[WHOLE] for window in example.windows)
    n_bytes = sum(path.stat().st_size for path in (cache / "states").glob("*.npy"))
    result = {
        "what": f"processor seconds, {len(corpus.sentences)} sentences of {corpus.name}, {n_pieces} pieces, "
        f"packaged encoder; median and range of {args.rounds} rounds of {args.steps} steps, in turn",
        "bytes of states a piece": round(n_bytes / (len(LAYERS) - 1) / n_pieces),
        "reading the sentences once, loading and cutting the encoder included": {
            name: round(seconds, 1) for name, seconds in reading.items() if name != WHOLE
        },
    }
    for size in args.batch_sizes:
        times = measure_rounds(
            {name: build_loop(*of, examples[name], size, args.steps) for name, of in taggers.items()},
            args.rounds,
        )
        result[f"a step of {size} sentences"] = describe(times, args.steps)
    tagging = {
        name: lambda _, of=of, name=name: of[0].predict(of[1], examples[name], decoding="words")
        for name, of in taggers.items()
    }
    result["tagging the sentences"] = describe(measure_rounds(tagging, args.rounds), 1)
    return result


def build_job(corpus, first_layers, upper_layers):
    """Return a job of the packaged encoder; 0 upper layers stand for fine-tuning."""
    preset = PRESETS["partial" if upper_layers else "quick"]
    layers = {"first_layers": first_layers, "upper_layers": upper_layers}
    return TrainJob(
        target=corpus.name, target_digest=corpus.digest, model=PACKAGED, model_revision="",
        method=preset.method, n_sentences=len(corpus.sentences), seed=0,
        settings=replace(preset.settings_for(PACKAGED), **layers),
    )  # fmt: skip


def build_loop(kind, tagger, settings: Settings, examples, batch_size, n_steps):
    """Return a function that trains some steps."""
    endless = replace(settings, epochs=1, min_steps=10**6, batch_size=batch_size)

    def run(seed):
        for _ in islice(kind.train(tagger, examples, endless, seed=seed), n_steps):
            pass

    return run


def measure_rounds(loops, n_rounds):
    """Return the processor seconds of each round of each loop."""
    times = {name: [] for name in loops}
    for number in range(n_rounds + 1):
        for name, run in loops.items():
            began = time.process_time()
            run(number)
            if number:  # the first round warms up
                times[name].append(time.process_time() - began)
    return times


def describe(times, n_parts):
    """Return the seconds of one part, and how many times less than the whole encoder's."""
    whole = statistics.median(times[WHOLE])
    return {
        name: {
            "seconds": round(statistics.median(rounds) / n_parts, 3),
            "range": [round(bound / n_parts, 3) for bound in (min(rounds), max(rounds))],
            "times less": round(whole / statistics.median(rounds), 2),
        }
        for name, rounds in times.items()
    }


if __name__ == "__main__":
    main()
