"""What a run knows of its corpora beside their points, and the tables that a published one carries."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bioner_core.study.journal import Stamp, stamp
from bioner_core.study.run import CORPORA, Run


@dataclass(frozen=True, kw_only=True)
class About:
    """A corpus of a run in a few words; "" and None where unknown."""

    title: str = ""  # where it is known under another name
    language: str = ""  # ISO 639-1
    domain: str = ""
    documents: int | None = None
    sentences: int | None = None
    is_synthetic: bool = False

    @property
    def per_document(self) -> float | None:
        """Return the mean sentences of a document."""
        return self.sentences / self.documents if self.sentences and self.documents else None


def corpora_of(run: Run) -> dict[str, About]:
    """Return what is known of the run's corpora, by name; a run that came without text knows the names."""
    published: Mapping[str, Mapping[str, Any]] = run.record.get("published_corpora", {})
    if published:
        known = ("title", "language", "domain", "documents", "sentences")
        return {name: About(**{k: of[k] for k in known if k in of}) for name, of in published.items()}
    paths = {name: run.folder / CORPORA / f"{name}.jsonl" for name in run.study.corpora}
    return {name: _read(path, stamp(path)) for name, path in paths.items()}


@lru_cache(maxsize=256)
def _read(path: Path, when: Stamp) -> About:
    """Return what a copy's header says, and count; nothing where there is no copy or it is damaged."""
    if when == (0, 0):
        return About()
    try:
        with path.open(encoding="utf-8") as file:
            header = json.loads(file.readline())
            documents = [json.loads(line)["document"] for line in file]
        return About(
            language=header["language"],
            domain=header["domain"],
            documents=len(set(documents) - {""}) or None,
            sentences=len(documents),
            is_synthetic=header["is_synthetic"],
        )
    except (OSError, ValueError, TypeError, KeyError):
        return About()  # whoever trains on it is told


def table(run: Run, name: str) -> list[dict[str, str]]:
    """Return the rows of a table of a published run, such as "table5"; none where it has no such table."""
    path = run.folder / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
