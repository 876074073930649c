"""Time the probe's default curve, features included: ``python benchmarks/probe.py [CORPUS]``.

The features are computed anew in a temporary folder. ``--source PATH`` adds a source of pretraining.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import torch
import transformers as hf

from bioner_core.corpus.opening import open_corpus
from bioner_core.files import locate_cache_folder
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.jobs import JobFailure, JobResult
from bioner_core.study.plan import plan_study
from bioner_core.tagging.packaged_encoder.packaged_encoder import prepare_packaged_encoder
from bioner_core.tagging.run import run_jobs

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "rumedner_ru"


def main():
    """Print and store seconds of the feature pass and of all heads, F1 by size, and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default=str(DATA))
    parser.add_argument("--source", action="append", default=[])
    parser.add_argument("--model")
    parser.add_argument("--name", default="probe", help="of the file in benchmarks/results")
    args = parser.parse_args()
    target, *sources = (open_corpus(path).corpus for path in (args.corpus, *args.source))
    corpora = {corpus.name: corpus for corpus in (target, *sources)}
    model = choose_model(args.model, "probe")
    study = plan_study(name="probe", targets=[target], sources=[c.name for c in sources], corpora=corpora,
                 model=model, preset="probe")  # fmt: skip
    converted = prepare_packaged_encoder(locate_cache_folder())
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        shutil.copytree(converted, cache / "packaged" / converted.name, copy_function=os.link)
        began, cpu = time.perf_counter(), time.process_time()
        features, results = 0.0, []
        for outcome in run_jobs(study.jobs, corpora=corpora, device="cpu", cache=cache):
            if isinstance(outcome, JobFailure):
                raise SystemExit(outcome.reason)
            if isinstance(outcome, JobResult):
                results.append(outcome)
            elif outcome.phase.startswith("reading"):
                features = time.perf_counter() - began
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        n_bytes = sum(path.stat().st_size for path in (cache / "features").iterdir())
    result = {
        "what": f"{len(results)} probe heads for {target.name} from {', '.join(['none', *study.sources])}",
        "model": model.name,
        "settings": {k: v for k, v in vars(study.settings).items()} if study.settings else {},
        "seconds": {
            "features": round(features, 1),
            "heads": round(seconds - features, 1),
            "cpu": round(cpu, 1),
        },
        "feature_megabytes": round(n_bytes / 1e6),
        "peak_memory_megabytes": round(measure_peak_memory() / 1e6),
        "f1": tabulate_f1(results),
        "machine": f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads of "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}, "
        f"transformers {hf.__version__}",
    }
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    print(text, end="")
    (ROOT / "benchmarks" / "results" / f"{args.name}.json").write_text(text)


def measure_peak_memory():
    """Return the peak memory of this process in bytes (Linux counts kilobytes), mapped files included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def tabulate_f1(results):
    """Return the mean F1 in percent by source, entity and size, with the lowest and highest seed."""
    scores = {}
    for result in results:
        for point in result.points:
            rows = scores.setdefault(point.source, {}).setdefault(point.entity, {})
            rows.setdefault(point.n_sentences, []).append(100 * point.f1)
    return {
        source: {
            entity: {
                n: [round(f(values), 1) for f in (statistics.mean, min, max)]
                for n, values in sorted(rows.items())
            }
            for entity, rows in entities.items()
        }
        for source, entities in scores.items()
    }


if __name__ == "__main__":
    main()
