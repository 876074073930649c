"""Feed small corpora of all formats, damaged in many ways, to the readers.

Each mutation follows from its number alone, so a run that was stopped goes on where it stopped. The result
says how many were read and refused, how long the slowest took, and whether anything was opened for writing.
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

from damages import mutated

from bioner_core.corpus.library import from_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

ROOT = Path(__file__).resolve().parents[1]
OUT = Path(__file__).with_name("results") / "mutations.json"
SEED = 20261123
LIMIT = 10.0  # seconds that one input may take
MOST = 300_000  # bytes of a corpus that is mutated
WATCHED = (
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
    """What came of the mutations so far."""

    n_done: int = 0
    n_read: int = 0
    n_refused: int = 0
    slowest_seconds: float = 0.0
    formats: Counter = field(default_factory=Counter)  # mutated, by the format of the sound corpus
    failures: list[str] = field(default_factory=list)  # number, and what went wrong


class Watch:
    """Notes whatever is opened for writing, removed, sent or started while it is on."""

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
        if (writes and args[0] != os.devnull) or event.startswith(WATCHED):
            self.seen.append(f"{event} {args[0]!r}")


def samples(shared=None):
    """Return small sound corpora by name: the samples of formats, the quirks, and those written in tests."""
    found = {f"made/{n}": files for n, files in enumerate(_made())}
    folders = [
        *sorted((ROOT / "tests/data/formats").glob("*")),
        *(sorted(shared.glob("quirks/*")) if shared else []),
    ]
    for folder in filter(Path.is_dir, folders):
        for path in (folder, *sorted(folder.iterdir())):
            inside = (
                [path] if path.is_file() else [each for each in sorted(path.rglob("*")) if each.is_file()]
            )
            files = {each.relative_to(folder).as_posix(): each.read_bytes() for each in inside}
            if sum(map(len, files.values())) <= MOST and _can_be_read(files):
                found[f"{folder.name}/{path.name}"] = files
    return found


def _made():
    spec = importlib.util.spec_from_file_location(
        "mutations_in_tests", ROOT / "tests/corpus/reading/test_mutations.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.made()


def _can_be_read(files):
    try:
        return bool(read_files(files, name="upload").labels)
    except BionerError:  # a file of a pair alone
        return False


def run(first, last, corpora, tally, watch):
    """Read mutations ``first`` to ``last`` (exclusive) of ``corpora``; note each in ``tally``."""
    names, others = sorted(corpora), list(corpora.values())
    for number in range(first, last):
        rng = random.Random(SEED + number)
        name = names[number % len(names)]
        files = mutated(corpora[name], others, rng)
        started = time.process_time()
        watch.is_on = True
        try:
            outcome = _outcome(files, rng)
        except Exception:
            outcome = traceback.format_exc(limit=-3)
        finally:
            watch.is_on = False
        _note(tally, number, name, outcome, time.process_time() - started, watch)


def _outcome(files, rng):
    """Return "read" or "refused", or what is wrong with the message or the mentions."""
    try:
        reading = read_files(files, name="upload", documents=rng.choice([None] * 12 + ["meta.doc", "1"]))
        from_reading(reading, where="upload")
    except BionerError as error:
        message = str(error)
        is_short = message and "\n" not in message and len(message) < 1_000
        return "refused" if is_short else f"a message of {len(message)} characters: {message[:200]!r}"
    for passage in reading.passages:
        size = len(passage.text) if passage.tokens is None else len(passage.tokens)
        passage.text.encode()  # no half of a character is left
        for mention in passage.mentions:
            if mention.fragments[-1][1] > size or not passage.words(mention).strip():
                return f"a mention {mention} outside its text of {size}"
    return "read"


def _note(tally, number, name, outcome, seconds, watch):
    tally.n_done += 1
    tally.n_read += outcome == "read"
    tally.n_refused += outcome == "refused"
    tally.slowest_seconds = max(tally.slowest_seconds, round(seconds, 2))
    tally.formats[name.split("/")[0]] += 1
    if outcome not in ("read", "refused"):
        tally.failures.append(f"{number} {name}: {outcome}")
    if seconds > LIMIT:
        tally.failures.append(f"{number} {name}: took {seconds:.1f} s")
    tally.failures += [f"{number} {name}: {each}" for each in watch.seen]
    watch.seen.clear()


def main():
    """Go on with the mutations up to a number, or to a time; store what was reached."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--until", type=int, default=100_000, help="number of mutations (default: 100,000)")
    parser.add_argument("--minutes", type=float, default=60.0, help="of CPU time, at most (default: 60)")
    parser.add_argument(
        "--shared", type=Path, help="folder with quirks/ (default: made and sample corpora alone)"
    )
    args = parser.parse_args()
    old = json.loads(OUT.read_text()) if OUT.exists() else {}
    tally = Tally(**{key: old[key] for key in Tally.__annotations__ if key in old})
    tally.formats = Counter(tally.formats)
    corpora = samples(args.shared)
    watch = Watch()
    started = time.process_time()
    while tally.n_done < args.until and time.process_time() - started < 60 * args.minutes:
        run(tally.n_done, min(args.until, tally.n_done + 500), corpora, tally, watch)
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        what = f"mutations of {len(corpora)} small corpora, read, mapped and placed; seconds are CPU time"
        report = {"what": what, "machine": machine, **vars(tally)}
        OUT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(report, indent=1, ensure_ascii=False)[:3000])


if __name__ == "__main__":
    main()
