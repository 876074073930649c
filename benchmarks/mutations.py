"""Fuzz the readers with damaged copies of small corpora of all formats.

Each mutation is determined by its number, so an interrupted run continues where it stopped. The result counts
mutations that were read and refused, and gives the slowest time and any file that was opened for writing.
"""

import argparse
import importlib.util
import json
import os
import platform
import random
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from damages import mutate_files

from bioner_core.corpus.opening import open_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

ROOT = Path(__file__).resolve().parents[1]
OUT = Path(__file__).with_name("results") / "mutations.json"
SEED = 20261123
MAX_SECONDS = 10.0  # seconds that one input may take
MAX_BYTES = 300_000  # bytes of a corpus that is mutated
WATCHED_EVENTS = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "shutil.",
    "subprocess.",
    "socket.connect",
    "os.system",
)
Files = dict[str, bytes]


@dataclass
class Tally:
    """Counts of the mutations so far."""

    n_done: int = 0
    n_read: int = 0
    n_refused: int = 0
    slowest_seconds: float = 0.0
    formats: Counter = field(default_factory=Counter)  # mutations by format of the undamaged corpus
    failures: list[str] = field(default_factory=list)  # mutation number and problem


class Watch:
    """Records files opened for writing or removed, connections and processes while it is on."""

    def __init__(self):
        self.is_on = False
        self.seen = []
        sys.addaudithook(self._hear)

    def _hear(self, event, args):
        if not self.is_on:
            return
        writes = (
            event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        if (writes and args[0] != os.devnull) or event.startswith(WATCHED_EVENTS):
            self.seen.append(f"{event} {args[0]!r}")


def load_samples(shared=None):
    """Return small undamaged corpora by name: samples of formats, quirks, and corpora of the tests."""
    corpora = {f"made/{n}": files for n, files in enumerate(_load_test_corpora())}
    folders = [
        *sorted((ROOT / "tests/data/formats").glob("*")),
        *(sorted(shared.glob("quirks/*")) if shared else []),
    ]
    for folder in filter(Path.is_dir, folders):
        for path in (folder, *sorted(folder.iterdir())):
            inside = (
                [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.is_file()]
            )
            files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in inside}
            if sum(map(len, files.values())) <= MAX_BYTES and _is_readable(files):
                corpora[f"{folder.name}/{path.name}"] = files
    return corpora


def _load_test_corpora():
    spec = importlib.util.spec_from_file_location(
        "mutations_in_tests", ROOT / "tests/corpus/reading/test_mutations.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_corpora()


def _is_readable(files):
    try:
        return bool(read_files(files, name="upload").labels)
    except BionerError:  # a file of a pair alone
        return False


def run_mutations(first, last, corpora, tally, watch):
    """Read mutations ``first`` to ``last`` (exclusive) of ``corpora``; count each in ``tally``."""
    names, others = sorted(corpora), list(corpora.values())
    for number in range(first, last):
        rng = random.Random(SEED + number)
        name = names[number % len(names)]
        files = mutate_files(corpora[name], others, rng)
        started = time.process_time()
        watch.is_on = True
        try:
            outcome = _read_mutation(files, rng)
        except Exception:
            outcome = traceback.format_exc(limit=-3)
        finally:
            watch.is_on = False
        _count_outcome(tally, number, name, outcome, time.process_time() - started, watch)


def _read_mutation(files, rng):
    """Return "read" or "refused", or the problem of the message or the mentions."""
    try:
        reading = read_files(files, name="upload", documents=rng.choice([None] * 12 + ["meta.doc", "1"]))
        open_reading(reading, where="upload")
    except BionerError as error:
        message = str(error)
        is_short = message and "\n" not in message and len(message) < 1_000
        return "refused" if is_short else f"a message of {len(message)} characters: {message[:200]!r}"
    for passage in reading.passages:
        size = len(passage.text) if passage.tokens is None else len(passage.tokens)
        passage.text.encode()  # fails for half of a surrogate pair
        for mention in passage.mentions:
            if mention.fragments[-1][1] > size or not passage.mention_text(mention).strip():
                return f"a mention {mention} outside its text of {size}"
    return "read"


def _count_outcome(tally, number, name, outcome, seconds, watch):
    tally.n_done += 1
    tally.n_read += outcome == "read"
    tally.n_refused += outcome == "refused"
    tally.slowest_seconds = max(tally.slowest_seconds, round(seconds, 2))
    tally.formats[name.split("/")[0]] += 1
    if outcome not in ("read", "refused"):
        tally.failures.append(f"{number} {name}: {outcome}")
    if seconds > MAX_SECONDS:
        tally.failures.append(f"{number} {name}: took {seconds:.1f} s")
    tally.failures += [f"{number} {name}: {event}" for event in watch.seen]
    watch.seen.clear()


def run_benchmark():
    """Continue the mutations up to a number or a time, and store the result."""
    parser = argparse.ArgumentParser(description=run_benchmark.__doc__)
    parser.add_argument("--until", type=int, default=100_000, help="number of mutations (default: 100,000)")
    parser.add_argument("--minutes", type=float, default=60.0, help="of CPU time, at most (default: 60)")
    parser.add_argument(
        "--shared", type=Path, help="folder with quirks/ (default: made and sample corpora alone)"
    )
    args = parser.parse_args()
    old = json.loads(OUT.read_text()) if OUT.exists() else {}
    tally = Tally(**{key: old[key] for key in Tally.__annotations__ if key in old})
    tally.formats = Counter(tally.formats)
    corpora = load_samples(args.shared)
    watch = Watch()
    started = time.process_time()
    while tally.n_done < args.until and time.process_time() - started < 60 * args.minutes:
        run_mutations(tally.n_done, min(args.until, tally.n_done + 500), corpora, tally, watch)
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        description = (
            f"mutations of {len(corpora)} small corpora, read, mapped and placed; seconds are CPU time"
        )
        report = {"what": description, "machine": machine, **vars(tally)}
        OUT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(report, indent=1, ensure_ascii=False)[:3000])


if __name__ == "__main__":
    run_benchmark()
