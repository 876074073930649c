"""Measure time and memory of the readers, one process per format: ``python benchmarks/reading.py``."""

import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.corpus.reading.detect import read_path
from bioner_core.corpus.tags import decode_tags

N_SENTENCES, N_TOKENS = 100_000, 14  # tokens on average, as in RuMedNER


def generate_sentences(n):
    """Yield (tokens, tags) of 60,000 different made-up words; a tenth of all tokens are tagged."""
    rng = random.Random(0)
    letters = "абвгдежзиклмнопрст"
    words = ["".join(rng.choices(letters, k=rng.randint(1, 12))) for _ in range(60_000)]
    for _ in range(n):
        size = rng.randint(4, 2 * N_TOKENS - 4)
        tags = rng.choices(["O", "B-Drug", "I-Drug", "B-Disease"], weights=[90, 5, 2, 3], k=size)
        yield rng.choices(words, k=size), tags


def convert_to_spans(tokens, tags):
    """Yield (start, end, label, words) in characters of the tokens joined by blanks."""
    starts = [sum(len(token) + 1 for token in tokens[:i]) for i in range(len(tokens))]
    for first, end, label in decode_tags(tags):
        yield starts[first], starts[end - 1] + len(tokens[end - 1]), label, " ".join(tokens[first:end])


def write_conll(n):
    """Yield one sentence as lines of word, tab, tag."""
    for tokens, tags in generate_sentences(n):
        yield "".join(f"{word}\t{tag}\n" for word, tag in zip(tokens, tags, strict=True)) + "\n"


def write_json_tags(n):
    """Yield one sentence as a JSON line of words and tags."""
    for tokens, tags in generate_sentences(n):
        yield json.dumps({"tokens": tokens, "ner_tags": tags}, ensure_ascii=False) + "\n"


def write_json_spans(n):
    """Yield one sentence as a JSON line of text and entities."""
    for tokens, tags in generate_sentences(n):
        entities = [
            {"start": s, "end": e, "label": label, "text": w}
            for s, e, label, w in convert_to_spans(tokens, tags)
        ]
        yield json.dumps({"text": " ".join(tokens), "entities": entities}, ensure_ascii=False) + "\n"


def write_pubtator(n):
    """Yield ten sentences as the abstract of one document."""
    sentences = generate_sentences(n)
    for number, (title, _) in enumerate(sentences):
        group = [next(sentences, ([], [])) for _ in range(9)]
        tokens, tags = [w for words, _ in group for w in words], [t for _, tags in group for t in tags]
        before = len(" ".join(title)) + 1
        lines = [f"{number}|t|{' '.join(title)}", f"{number}|a|{' '.join(tokens)}"]
        lines += [
            f"{number}\t{s + before}\t{e + before}\t{w}\t{label}"
            for s, e, label, w in convert_to_spans(tokens, tags)
        ]
        yield "\n".join(lines) + "\n\n"


def write_span_table(n):
    """Yield headings, then one row per mention with its text; ten sentences make one document."""
    yield "document,text,start,end,label,mention\n"
    for number, (tokens, tags) in enumerate(generate_sentences(n)):
        text = " ".join(tokens)
        for start, end, label, words in convert_to_spans(tokens, tags):
            yield f"d{number // 10},{text},{start},{end},{label},{words}\n"


WRITERS = {
    "conll": write_conll,
    "json_tags": write_json_tags,
    "json_spans": write_json_spans,
    "pubtator": write_pubtator,
    "span_table": write_span_table,
}


def write_parquet(path, n):
    """Write sentences as Hugging Face data sets do."""
    import pyarrow as pa  # here, so that it weighs nothing where other formats are read
    from pyarrow import parquet

    rows = ({"tokens": tokens, "ner_tags": tags} for tokens, tags in generate_sentences(n))
    parquet.write_table(pa.Table.from_pylist(list(rows)), path)


def measure_reading(path):
    """Read ``path`` in a new process; return seconds, without its start, and megabytes."""
    command = [sys.executable, __file__, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def measure_peak_memory():
    """Return the peak memory of this process in MB; ``ru_maxrss`` would include its parent's."""
    status = Path("/proc/self/status")  # Linux
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS


def measure_child(path):
    """Read once, and print time and memory."""
    start, cpu = time.perf_counter(), time.process_time()
    reading = read_path(path)
    peak = measure_peak_memory()
    result = {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mb": round(peak),
        "passages": len(reading.passages),
        "mentions": reading.labels.total(),
    }
    print(json.dumps(result))


def run_benchmark():
    """Print and store time and memory for 100,000 sentences of each format, and for the largest files."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "corpus.txt")
        for name, lines in WRITERS.items():
            path.write_text("".join(lines(N_SENTENCES)))
            results[name] = {"file_mb": round(path.stat().st_size / 1e6, 1), **measure_reading(path)}
        write_parquet(path, N_SENTENCES)
        results["parquet"] = {"file_mb": round(path.stat().st_size / 1e6, 1), **measure_reading(path)}
        for name in ("conll", "json_tags"):
            with path.open("w") as file:
                for line in WRITERS[name](10 * N_SENTENCES):
                    if file.tell() + 4 * len(line) < MAX_BYTES:
                        file.write(line)
            results[f"{name}, largest"] = {
                "file_mb": round(path.stat().st_size / 1e6, 1),
                **measure_reading(path),
            }
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    report = {
        "what": f"{N_SENTENCES} sentences of each format, and a full file; seconds are wall time",
        "machine": machine,
        **results,
    }
    print(json.dumps(report, indent=1))
    out = Path(__file__).with_name("results") / "reading.json"
    out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    measure_child(Path(sys.argv[1])) if len(sys.argv) > 1 else run_benchmark()
