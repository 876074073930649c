"""The push of a project that is under way, or broke off: kept before the first text leaves.

It holds keys and suggested labels, no text: texts stand in the pool.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bioner_core.corpus.reading.passages import Mention
from bioner_core.files import format_current_time
from bioner_core.rounds.batch import Batch
from bioner_core.rounds.project_files import (
    VERSION,
    parse_record,
    read_record,
    report_write_errors,
    write_record,
)
from bioner_core.rounds.project_store import ProjectStore

_FILE = "sending.json"


@dataclass(frozen=True, kw_only=True)
class UnfinishedPush:
    """A push of which nobody knows which texts the tool has."""

    batch: Batch  # without the texts that the tool has accepted for sure
    n_all: int  # texts of the push, those included
    at: datetime
    receipt: str = ""  # of work that the tool may not have finished


class Outbox:
    """The file of a project's push that is under way."""

    def __init__(self, store: ProjectStore, project: str) -> None:
        self._store, self._project = store, project
        self._path = store.locate(project) / _FILE

    def begin(self, batch: Batch, *, at: str = "") -> None:
        """Keep that these texts are being sent."""
        rows = [
            {
                "key": text.key,
                "part": part,
                "mentions": [[mention.label, *map(list, mention.fragments)] for mention in text.mentions],
            }
            for text, part in zip(batch.texts, batch.parts, strict=True)
        ]
        record = {"batch": batch.id, "at": at or format_current_time(), "chosen_by": batch.chosen_by}
        write_record(self._path, {"version": VERSION, **record, "receipt": "", "tasks": rows})

    def keep_receipt(self, receipt: str) -> None:
        """Keep what the tool calls its work on the last request; "" once that is done."""
        record = read_record(self._path)
        if record.get("receipt") != receipt:
            write_record(self._path, {**record, "receipt": receipt})

    def load(self) -> UnfinishedPush | None:
        """Return the push that broke off; None where there is none."""
        if not self._path.is_file():
            return None
        push = parse_record(self._path, read_record(self._path), self._parse)
        sent = {task.key for task in self._store.load_sent(self._project)}
        return replace(push, batch=push.batch.split_by_keys(sent)[1])

    def clear(self) -> None:
        """Keep that no push is under way."""
        with report_write_errors(self._path):
            self._path.unlink(missing_ok=True)

    def _parse(self, record: Mapping[str, Any]) -> UnfinishedPush:
        pool = {text.key: text for text in self._store.load_pool(self._project)}
        rows = [row for row in record["tasks"] if row["key"] in pool]
        batch = Batch(
            texts=tuple(
                replace(pool[row["key"]], mentions=tuple(map(_parse_mention, row["mentions"])))
                for row in rows
            ),
            parts=tuple(row["part"] for row in rows),
            chosen_by=record["chosen_by"],
            id=record["batch"],
        )
        return UnfinishedPush(
            batch=batch, n_all=len(rows), at=datetime.fromisoformat(record["at"]), receipt=record["receipt"]
        )


def _parse_mention(row: list[Any]) -> Mention:
    label, *fragments = row
    return Mention(label, tuple((start, end) for start, end in fragments))
