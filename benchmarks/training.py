"""Time training loops side by side on the same sentences: ``python benchmarks/training.py [CORPUS]``.

Rounds of the Hugging Face Trainer and of this program's loop in float32 and bfloat16 take turns, so that
other load on the machine affects all of them. The Trainer is an optional package: ``pip install accelerate``.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

import torch
import transformers as hf

from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.files import locate_cache_folder
from bioner_core.study.encoder_choice import PACKAGED
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.encoder import load_encoder
from bioner_core.tagging.examples import build_examples
from bioner_core.tagging.finetuning.kind import FineTuningKind
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.finetuning.train import train_tagger
from bioner_core.tagging.packaged_encoder.packaged_encoder import prepare_packaged_encoder
from bioner_core.tagging.split_corpora import SplitCorpora

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "rumedner_ru"


def build_trainer_loop(sentences, examples, n_steps, batch_size):
    """Return a function that runs the Hugging Face Trainer for some steps, with the whole vocabulary."""
    folder = prepare_packaged_encoder(locate_cache_folder())
    encoder = load_encoder(PACKAGED, "", cache=locate_cache_folder())
    model = hf.AutoModelForTokenClassification.from_pretrained(folder, num_labels=5, dtype=torch.float32)
    rows = build_trainer_rows(encoder.tokenizer, sentences, examples)

    def run(seed):
        with tempfile.TemporaryDirectory() as out:
            arguments = hf.TrainingArguments(
                output_dir=out, per_device_train_batch_size=batch_size, max_steps=n_steps, learning_rate=1e-4,
                warmup_steps=0.1, weight_decay=0.01, seed=seed, use_cpu=True, report_to=[], disable_tqdm=True,
                save_strategy="no", logging_strategy="no", dataloader_pin_memory=False,
            )  # fmt: skip
            collator = hf.DataCollatorForTokenClassification(encoder.tokenizer)
            hf.Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collator).train()

    return run


def build_trainer_rows(tokenizer, sentences, examples):
    """Return sentences as the Trainer reads them: pieces, and the tag of each word's first piece."""
    rows = []
    for sentence, example in zip(sentences, examples, strict=True):
        row = tokenizer(list(sentence.tokens), is_split_into_words=True, truncation=True, max_length=128)
        words = row.word_ids()
        labels = [-100] * len(words)
        for k, word in enumerate(words):
            if word is not None and word != words[k - 1]:
                labels[k] = int(example.tags[word])
        rows.append(
            {"input_ids": row["input_ids"], "attention_mask": row["attention_mask"], "labels": labels}
        )
    return rows


def build_bioner_loop(encoded, job, examples, dtype, n_steps):
    """Return a function that runs this program's loop for some steps, with a reduced vocabulary."""
    settings = Settings(epochs=1, min_steps=10**6, batch_size=job.settings.batch_size, learning_rate=1e-4)
    tagger = Tagger(
        encoded.copy_encoder(job, [job.target]).model, ("Disease", "Drug"), dropout=0.1, dtype=dtype, seed=0
    )

    def run(seed):
        for _ in islice(train_tagger(tagger, examples, settings, seed=seed), n_steps):
            pass

    return run


def main():
    """Print and store seconds a step of each loop, and how many times faster than the Trainer each one is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default=str(DATA))
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=5, help="steps a round")
    parser.add_argument("--rounds", type=int, default=4, help="after one that is not counted")
    parser.add_argument("--sentences", type=int, default=1000)
    args = parser.parse_args()
    corpus = open_corpus(args.corpus).corpus
    job = TrainJob(
        target=corpus.name, target_digest=corpus.digest, model=PACKAGED, model_revision="", method="finetune",
        n_sentences=args.sentences, seed=0, settings=Settings(batch_size=args.batch_size),
    )  # fmt: skip
    corpora, cache = {corpus.name: corpus}, locate_cache_folder()
    encoded = EncodedCorpora(corpora, device="cpu", cache=cache)
    kind = FineTuningKind(SplitCorpora(corpora), encoded, cache=cache)
    sentences = split_corpus(corpus).draw_train(args.sentences, seed=0)
    types = ("Disease", "Drug")
    examples = build_examples(kind, job, corpus.name, sentences, types=types, annotated=types)
    loops = {
        "Hugging Face Trainer, float32": build_trainer_loop(sentences, examples, args.steps, args.batch_size),
        "ours, float32": build_bioner_loop(encoded, job, examples, "float32", args.steps),
        "ours, bfloat16": build_bioner_loop(encoded, job, examples, "bfloat16", args.steps),
    }
    times = measure_rounds(loops, args.rounds)
    slowest = times["Hugging Face Trainer, float32"]
    pieces = statistics.mean(sum(len(w.input_ids) for w in example.windows) for example in examples)
    result = {
        "what": f"training steps of {args.batch_size} sentences of {corpus.name} ({pieces:.1f} pieces each), "
        f"packaged encoder; median of {args.rounds} rounds of {args.steps} steps, in turn",
        "loops": {
            name: {
                "seconds_a_step": round(wall / args.steps, 3),
                "cpu_seconds_a_step": round(cpu / args.steps, 3),
                "pieces_a_second": round(args.steps * args.batch_size * pieces / wall),
                "times_faster": round(slowest[0] / wall, 2),
                "times_less_cpu": round(slowest[1] / cpu, 2),
            }
            for name, (wall, cpu) in times.items()
        },
        "machine": f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads of "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}, "
        f"transformers {hf.__version__}",
    }
    print(json.dumps(result, indent=1, ensure_ascii=False))
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    (ROOT / "benchmarks" / "results" / "training.json").write_text(text)


def measure_rounds(loops, n_rounds):
    """Return the median wall and CPU seconds of a round of each loop."""
    times = {name: [] for name in loops}
    for number in range(n_rounds + 1):
        for name, run in loops.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run(number)
            if number:  # the first round warms up
                times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: tuple(statistics.median(column) for column in zip(*rows, strict=True))
        for name, rows in times.items()
    }


if __name__ == "__main__":
    main()
