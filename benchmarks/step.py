"""Where a training step spends its time, and what its matrix products need: ``python benchmarks/step.py``.

One thread, float32 and, where the processor has units for it, bfloat16. The floor is the time of the bare
products of the encoder's linear layers, forward and backward, with the same shapes in the same process, in
turns with the steps.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections import defaultdict
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from unittest.mock import patch

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.files import locate_cache_folder
from bioner_core.study.encoder_choice import PACKAGED
from bioner_core.study.executors.devices import check_bfloat16
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.examples import build_examples
from bioner_core.tagging.finetuning import train
from bioner_core.tagging.finetuning.kind import FineTuningKind
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.split_corpora import SplitCorpora

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "rumedner_ru"
OUT = ROOT / "benchmarks/results/step.json"
N_STEPS, N_ROUNDS, BATCH_SIZES, TYPES = 6, 5, (8, 32), ("Disease", "Drug")


@contextmanager
def measure_parts(seconds):
    """Add the seconds of each part of a step to a table while the context is open."""

    def watch(name, function):
        def watched(*args, **options):
            began = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                seconds[name] += time.perf_counter() - began

        return watched

    def watch_batches(function):
        def watched(*args):
            batches = function(*args)
            while (batch := watch("batches", lambda: next(batches, None))()) is not None:
                yield batch

        return watched

    with (
        patch.object(Tagger, "loss", watch("forward", Tagger.loss)),
        patch.object(torch.Tensor, "backward", watch("backward", torch.Tensor.backward)),
        patch.object(torch.nn.utils, "clip_grad_norm_", watch("clipping", torch.nn.utils.clip_grad_norm_)),
        patch.object(train.AdamW, "step", watch("AdamW", train.AdamW.step)),
        patch.object(train, "_iterate_micro_batches", watch_batches(train._iterate_micro_batches)),
    ):
        yield


def build_products(tagger, n_pieces, dtype):
    """Return a function that multiplies as the linear layers of one step do, and its operations."""
    layers = [m for m in tagger.encoder.modules() if isinstance(m, torch.nn.Linear)]
    shapes = [(layer.in_features, layer.out_features) for layer in layers]
    weights = {shape: torch.randn(shape[1], shape[0], dtype=dtype) for shape in set(shapes)}
    inputs = {width: torch.randn(n_pieces, width, dtype=dtype) for shape in set(shapes) for width in shape}

    def multiply():
        for width, out in shapes:
            inputs[width] @ weights[width, out].T  # forward
            inputs[out] @ weights[width, out]  # gradient of the states
            inputs[out].T @ inputs[width]  # gradient of the weights

    return multiply, sum(6 * n_pieces * width * out for width, out in shapes)


def measure_step(encoded, kind, corpus, batch_size, dtype):
    """Return milliseconds of each part of a step, of the bare products, and their operations."""
    settings = Settings(epochs=1, min_steps=10**6, batch_size=batch_size, learning_rate=1e-4, dtype=dtype)
    job = TrainJob(
        target=corpus.name, target_digest=corpus.digest, model=PACKAGED, model_revision="", method="finetune",
        n_sentences=1000, seed=0, settings=settings,
    )  # fmt: skip
    sentences = split_corpus(corpus).draw_train(1000, seed=0)
    examples = build_examples(kind, job, corpus.name, sentences, types=TYPES, annotated=TYPES)
    encoder = encoded.copy_encoder(job, [corpus.name]).model
    tagger = Tagger(encoder, TYPES, dropout=0.1, dtype=dtype, seed=0)
    n_pieces = round(batch_size * statistics.mean(sum(len(w.input_ids) for w in e.windows) for e in examples))
    multiply, operations = build_products(tagger, n_pieces, getattr(torch, dtype))
    rounds = []
    for number in range(N_ROUNDS + 1):
        parts = defaultdict(float)
        began = time.perf_counter()
        with measure_parts(parts):
            for _ in islice(train.train_tagger(tagger, examples, settings, seed=number), N_STEPS):
                pass
        parts["step"] = time.perf_counter() - began
        parts["other"] = 2 * parts["step"] - sum(parts.values())
        began = time.perf_counter()
        for _ in range(N_STEPS):
            multiply()
        parts["bare products"] = time.perf_counter() - began
        rounds.append(parts)
    ms = {name: 1000 * statistics.median(r[name] for r in rounds[1:]) / N_STEPS for name in rounds[0]}
    return {
        "batch_size": batch_size,
        "dtype": dtype,
        "pieces": n_pieces,
        "gigaflop": round(operations / 1e9, 1),
        "gigaflops_of_bare_products": round(operations / 1e6 / ms["bare products"]),
        "share_of_floor": round(ms["bare products"] / ms["step"], 2),
        "milliseconds": {name: round(value, 1) for name, value in ms.items()},
    }


def main():
    """Print and store the profile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="such as a file for another machine")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = open_corpus(str(DATA)).corpus
    corpora, cache = {corpus.name: corpus}, locate_cache_folder()
    encoded = EncodedCorpora(corpora, device="cpu", cache=cache)
    kind = FineTuningKind(SplitCorpora(corpora), encoded, cache=cache)
    dtypes = ["float32"] if check_bfloat16("bfloat16") else ["float32", "bfloat16"]
    rows = []
    for dtype in dtypes:
        for batch_size in BATCH_SIZES:
            rows.append(measure_step(encoded, kind, corpus, batch_size, dtype))
            print(json.dumps(rows[-1]), flush=True)
    result = {
        "what": f"a step on RuMedNER with the packaged encoder; medians of {N_ROUNDS} rounds of {N_STEPS}",
        "rows": rows,
        "machine": f"{platform.processor() or platform.machine()}, 1 thread, load {os.getloadavg()[0]:.1f}, "
        f"torch {torch.__version__}",
    }
    args.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
