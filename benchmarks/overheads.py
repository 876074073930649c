"""What a model costs beside the steps of its training: ``python benchmarks/overheads.py [probe] [finetune]``.

A study of 20 models of 50 sentences of RuMedNER, one helper of one thread. Processor seconds of worker and
helper by part, each second in one part: what a study pays once, and what each model pays (median).
The cache has the converted encoder and no features. ``BIONER_CODE`` names another checkout to measure.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = Path(os.environ.get("BIONER_CODE") or ROOT)
sys.path[:0] = [str(CODE), str(ROOT)]

from bioner_core.corpus.opening import open_corpus  # noqa: E402
from bioner_core.files import locate_cache_folder  # noqa: E402
from bioner_core.study.encoder_choice import choose_model  # noqa: E402
from bioner_core.study.executors.local import run_locally  # noqa: E402
from bioner_core.study.jobs import JobFailure, JobResult  # noqa: E402
from bioner_core.study.plan import plan_study  # noqa: E402
from bioner_core.study.presets import PACKAGED, PRESETS  # noqa: E402
from bioner_core.study.run_writer import RunWriter  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402
from bioner_core.study.worker import train_pending_jobs  # noqa: E402

DATA = Path(os.environ.get("BIONER_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "rumedner_ru"
OUT = ROOT / "benchmarks/results/overheads.json"
N_SENTENCES, N_MODELS = 50, 20
STUDIES = {"probe": ("probe", {}), "finetune": ("quick", {"epochs": 1, "min_steps": 7})}
PARTS = "PARTS"  # the file to which the helper writes, by an environment variable
ONCE = ("start of the helper", "imports", "encoder", "word pieces", "features", "trial of the speed")


class Clock:
    """Processor seconds by part; a part that begins inside another one interrupts it."""

    def __init__(self, first):
        self.seconds, self._open = defaultdict(float), [first]
        self._last = 0.0  # the process began

    def switch(self):
        """Add the time since the last switch to the part that is open."""
        now = time.process_time()
        self.seconds[self._open[-1]] += now - self._last
        self._last = now

    def begin(self, part):
        """Open a part."""
        self.switch()
        self._open.append(part)

    def end(self):
        """Go on with the part before."""
        self.switch()
        self._open.pop()

    def watch(self, owner, name, part):
        """Count the time of a function of a module or class; of a generator, that of its steps."""
        function = getattr(owner, name)

        def watched(*args, **options):
            self.begin(part)
            try:
                result = function(*args, **options)
            finally:
                self.end()
            return self._watch_steps(result, part) if hasattr(result, "send") else result

        setattr(owner, name, watched)

    def _watch_steps(self, steps, part):
        while True:
            self.begin(part)
            try:
                item = next(steps)
            except StopIteration as end:
                return end.value
            finally:
                self.end()
            yield item


CLOCK = Clock("start")


def run_watched(jobs, *, corpora, device, cache):
    """Train jobs as ``tagging.run`` does; the first call imports it and watches its parts."""
    if CLOCK.seconds.get("start of the helper") is None:
        CLOCK.switch()
        CLOCK.seconds["start of the helper"] = CLOCK.seconds.pop("start")
        CLOCK.begin("imports")
        watch_helper()
        CLOCK.end()
    from bioner_core.tagging.run import run_jobs

    CLOCK.begin("other")
    for outcome in run_jobs(jobs, corpora=corpora, device=device, cache=cache):
        if isinstance(outcome, JobResult):
            CLOCK.switch()
            with open(os.environ[PARTS], "a") as file:
                file.write(json.dumps(dict(CLOCK.seconds)) + "\n")
        yield outcome
    CLOCK.end()


def watch_helper():
    """Watch the parts of a helper's work."""
    from bioner_core.tagging import recipe, run  # noqa: F401
    from bioner_core.tagging.encoders import encoded_corpora
    from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
    from bioner_core.tagging.finetuning.kind import FineTuningKind
    from bioner_core.tagging.probe import kind as probe
    from bioner_core.tagging.split_corpora import SplitCorpora

    CLOCK.watch(EncodedCorpora, "load_encoder", "encoder")
    CLOCK.watch(EncodedCorpora, "windows", "word pieces")
    CLOCK.watch(probe, "compute_features", "features")
    CLOCK.watch(probe, "measure_training_pace", "trial of the speed")
    CLOCK.watch(SplitCorpora, "split_target", "split")
    for kind in (FineTuningKind, probe.ProbeKind):
        CLOCK.watch(kind, "build_model", "new model")
        CLOCK.watch(kind, "train", "training")
        CLOCK.watch(kind, "predict", "tagging the test part")
    CLOCK.watch(recipe, "draw_training_sentences", "drawing sentences")
    CLOCK.watch(recipe, "build_examples", "examples")
    CLOCK.watch(recipe, "score_job", "scoring")
    assert encoded_corpora


def run_study(name):
    """Train a study as its worker does; print the parts as JSON."""
    worker = CLOCK
    worker.begin("start of the worker")
    worker.seconds["start of the worker"] = worker.seconds.pop("start")
    worker.end()
    worker.begin("opening the corpus")
    corpus = open_corpus(str(DATA)).corpus
    worker.end()
    worker.begin("plan")
    preset, changes = STUDIES[name]
    study = plan_study(
        name=name, targets=[corpus], sources=(), corpora={corpus.name: corpus},
        model=choose_model(None, preset), preset=preset, sizes=str(N_SENTENCES),
        seeds=list(range(N_MODELS)), settings=replace(PRESETS[preset].settings_for(PACKAGED), **changes),
    )  # fmt: skip
    run = RunStore().create(study, {corpus.name: corpus})
    worker.end()
    worker.watch(RunWriter, "append_result", "writing results")
    worker.watch(RunWriter, "save_progress", "writing progress")
    worker.begin("following the helper")
    for outcome in train_pending_jobs(
        run, executor=partial(run_locally, run=run), runner=run_watched, cache=locate_cache_folder()
    ):
        if isinstance(outcome, JobFailure):
            raise SystemExit(outcome.reason)
    worker.end()
    lines = [json.loads(line) for line in Path(os.environ[PARTS]).read_text().splitlines()]
    f1 = {f"{p.seed} {p.entity}": p.f1 for p in run.points()}
    steps = study.jobs[0].settings.n_steps(N_SENTENCES)
    print(json.dumps({"worker": dict(worker.seconds), "helper": lines, "f1": f1, "steps": steps}))


def measure_study(name):
    """Return the parts of a study in new processes, with a cache that has the encoder alone."""
    converted = locate_cache_folder() / "packaged"
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        shutil.copytree(converted, cache / "packaged", copy_function=os.symlink)
        variables = {
            "OMP_NUM_THREADS": "1", "BIONER_DEVICES": "cpu*1", "BIONER_CACHE": str(cache),
            "BIONER_RUNS": str(Path(folder, "runs")), PARTS: str(Path(folder, "parts")),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, __file__, "--study", name], env=os.environ | variables, check=True,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return summarize(json.loads(done.stdout.splitlines()[-1]))


def summarize(record):
    """Return what a study pays once, and the median of what each model pays after the first."""
    lines = record["helper"]
    models = [
        {part: after[part] - before.get(part, 0.0) for part in after} for before, after in pairwise(lines)
    ]
    parts = sorted({part for model in models for part in model})
    median = {part: statistics.median(m.get(part, 0.0) for m in models) for part in parts}
    once = {part: round(lines[0][part], 2) for part in ONCE if part in lines[0]}
    later = {part: round(1000 * seconds, 1) for part, seconds in median.items() if part not in ONCE}
    n, worker = len(lines), {part: round(seconds, 2) for part, seconds in record["worker"].items()}
    return {
        "steps": record["steps"],
        "models": n,
        "worker, seconds once": worker,
        "helper, seconds once": once,
        "helper, milliseconds a model": dict(sorted(later.items(), key=lambda item: -item[1])),
        "not training, milliseconds a model": round(sum(v for k, v in later.items() if k != "training"), 1),
        "mean of f1": round(statistics.mean(record["f1"].values()), 6),
    }


def main():
    """Print and store the parts of each study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="*", default=list(STUDIES))
    parser.add_argument("--study", help="train one in this process")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    if args.study:
        run_study(args.study)
        return
    result = json.loads(args.out.read_text()) if args.out.exists() else {}
    result["what"] = f"{N_MODELS} models of {N_SENTENCES} sentences of RuMedNER, {PACKAGED}, one thread"
    for name in args.studies:
        result[name] = measure_study(name)
        print(name, json.dumps(result[name], indent=1), flush=True)
    result["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    args.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
