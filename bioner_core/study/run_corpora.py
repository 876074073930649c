"""The corpus descriptions of a run, and the tables of a published run."""

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bioner_core.corpus.description import CorpusDescription
from bioner_core.study.journal import ABSENT, FileStamp, read_stamp
from bioner_core.study.run import Run


def describe_run_corpora(run: Run) -> dict[str, CorpusDescription]:
    """Return the descriptions of a run's corpora, by name."""
    published: Mapping[str, Mapping[str, Any]] = run.record.get("published_corpora", {})
    if published:
        fields = ("title", "language", "domain", "documents", "sentences")
        return {
            name: CorpusDescription(**{k: of[k] for k in fields if k in of}) for name, of in published.items()
        }
    return {name: run.study.descriptions.get(name, CorpusDescription()) for name in run.study.corpora}


def load_published_table(run: Run, name: str) -> Sequence[Mapping[str, str]]:
    """Return the rows of a table of a published run, such as "table5"; none if there is no such table."""
    path = run.folder / f"{name}.csv"
    return _read_table(path, read_stamp(path))


@lru_cache(maxsize=64)
def _read_table(path: Path, stamp: FileStamp) -> tuple[Mapping[str, str], ...]:
    if stamp == ABSENT:
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
