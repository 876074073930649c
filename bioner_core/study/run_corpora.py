"""What a run knows of its corpora beside their points, and the tables that a published one carries."""

import csv
from collections.abc import Mapping
from typing import Any

from bioner_core.corpus.description import About
from bioner_core.study.run import Run


def corpora_of(run: Run) -> dict[str, About]:
    """Return what is known of the run's corpora, by name."""
    published: Mapping[str, Mapping[str, Any]] = run.record.get("published_corpora", {})
    if published:
        known = ("title", "language", "domain", "documents", "sentences")
        return {name: About(**{k: of[k] for k in known if k in of}) for name, of in published.items()}
    return {name: run.study.about.get(name, About()) for name in run.study.corpora}


def table(run: Run, name: str) -> list[dict[str, str]]:
    """Return the rows of a table of a published run, such as "table5"; none where it has no such table."""
    path = run.folder / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
