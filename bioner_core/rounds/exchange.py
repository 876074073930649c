"""Texts to annotators and back: what leaves is counted before it leaves, and kept once the tool has it.

A push is kept before its first request. Where it breaks off, the tool is asked which texts it has before any
other leaves, so that none goes out twice.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bioner_core.connections.addresses import format_host
from bioner_core.connections.label_matching import Suggestions, rename_suggestions
from bioner_core.connections.tool import Connection, Export, ToolSettings, ToolStatus
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time
from bioner_core.rounds.batch import Batch
from bioner_core.rounds.merging import Merged, merge_export, read_export
from bioner_core.rounds.outbox import Outbox, UnfinishedPush
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.users.audit import record_action

RECEIPT_AGE = timedelta(days=1)  # after which a tool may have forgotten its work
SETTLE_SECONDS = 3.0  # between two looks: a server may still work on a request that broke off
_MAX_LOOKS = 100


@dataclass(frozen=True, kw_only=True)
class SettledPush:
    """What a tool has of a push that broke off."""

    at: datetime  # when it began
    n_all: int  # its texts
    rest: Batch  # those that it lacks


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What would leave this machine, or go into a folder of it."""

    batch: Batch
    suggestions: Suggestions
    settings: ToolSettings
    status: ToolStatus

    @property
    def place(self) -> str:
        """Return where it would go: the host, or the folder."""
        is_folder = self.settings.tool == "prodigy"
        return self.settings.address if is_folder else format_host(self.settings.address)


def pack_parcel(batch: Batch, project: Project, connection: Connection, *, start: Corpus | None) -> Parcel:
    """Return what would be sent; the tool's project is looked at, and no text leaves.

    :param start: the corpus that the project began with, whose labels the tool may have.
    """
    status = connection.check()
    label_map = {**(start.label_map if start else {}), **project.label_map}
    suggestions = rename_suggestions(batch.build_tasks(), status.labels, label_map)
    return Parcel(batch=batch, suggestions=suggestions, settings=project.settings, status=status)


def send_parcel(
    parcel: Parcel, project: Project, connection: Connection, store: ProjectStore
) -> Iterator[int]:
    """Send a parcel; yield how many texts the tool has, after each batch that it accepted.

    :raises BionerError: the tool refuses a batch, or cannot be reached; earlier batches are kept as sent. Or
        somebody else has sent some of these texts since they were chosen, or has begun to: none is sent.
    """
    n_done, outbox = 0, Outbox(store, project.name)
    keys, under_way = {text.key for text in parcel.batch.texts}, outbox.load()
    is_sent = any(task.key in keys for task in store.load_sent(project.name))
    if is_sent or (under_way and not {text.key for text in under_way.batch.texts} <= keys):
        raise BionerError(
            f"project {project.name}: somebody else has sent texts meanwhile. Choose again; nothing was sent."
        )
    record_action("push texts", f"{project.name}: {len(parcel.batch.texts)} to {parcel.place}")
    outbox.begin(parcel.batch)
    for n in connection.push(parcel.suggestions.tasks, outbox.keep_receipt):
        tasks = parcel.batch.build_records(n_done, n, at=format_current_time())
        store.add_sent(project.name, tasks)
        outbox.keep_receipt("")
        n_done += n
        yield n_done
    outbox.clear()


def settle_push(project: Project, connection: Connection, store: ProjectStore) -> SettledPush | None:
    """Find out which texts of a push that broke off the tool has, and keep these as sent.

    :returns: None where no push broke off.
    :raises BionerError: the tool cannot be reached, or is still at work.
    """
    outbox = Outbox(store, project.name)
    push = outbox.load()
    if push is None:
        return None
    present, rest = push.batch.split_by_keys(_look_until_settled(connection, push))
    at = push.at.isoformat(timespec="seconds")
    store.add_sent(project.name, present.build_records(0, len(present.texts), at=at))
    if rest.texts:
        outbox.begin(rest, at=at)
    else:
        outbox.clear()
    return SettledPush(at=push.at, n_all=push.n_all, rest=rest)


def drop_rest(project: Project, store: ProjectStore) -> None:
    """Keep the texts here that a push which broke off has not sent: they can be chosen again.

    Only after :func:`settle_push`.
    """
    Outbox(store, project.name).clear()


def _look_until_settled(connection: Connection, push: UnfinishedPush) -> frozenset[str]:
    """Return which texts of a push the tool has, once two looks agree."""
    wanted = frozenset(text.key for text in push.batch.texts)
    is_recent = datetime.now(UTC) - push.at < RECEIPT_AGE
    present = connection.list_keys(push.receipt if is_recent else "") & wanted
    for _ in range(_MAX_LOOKS):
        if present == wanted:
            break
        time.sleep(SETTLE_SECONDS)
        before, present = present, connection.list_keys() & wanted
        if present == before:
            break
    return present


def fetch_annotations(project: Project, connection: Connection, store: ProjectStore) -> tuple[Merged, Export]:
    """Return all that is annotated by now, joined to the corpus that the project began with.

    What the tool has of a push that broke off counts as sent: texts to test on must not be trained on.

    :raises BionerError: nothing is annotated, or it cannot be read.
    """
    settle_push(project, connection, store)
    export = connection.pull()
    record_action("pull annotations", project.name)
    reading = read_export(export, project)
    merged = merge_export(
        reading,
        project,
        pool=store.load_pool(project.name),
        sent=store.load_sent(project.name),
        start=store.load_start(project.name),
    )
    return merged, export
