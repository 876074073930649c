"""Texts to annotators and back: what leaves is counted before it leaves, and kept once the tool has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from bioner_core.connections.addresses import format_host
from bioner_core.connections.label_matching import Suggestions, rename_suggestions
from bioner_core.connections.tool import Connection, Export, ToolSettings, ToolStatus
from bioner_core.corpus.sentences import Corpus
from bioner_core.files import format_current_time
from bioner_core.rounds.batch import Batch
from bioner_core.rounds.merging import Merged, merge_export, read_export
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.users.audit import record_action


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

    :raises BionerError: the tool refuses a batch, or cannot be reached; earlier batches are kept as sent.
    """
    n_done = 0
    record_action("push texts", f"{project.name}: {len(parcel.batch.texts)} to {parcel.place}")
    for n in connection.push(parcel.suggestions.tasks):
        tasks = parcel.batch.build_records(n_done, n, at=format_current_time())
        store.add_sent(project.name, tasks)
        n_done += n
        yield n_done


def fetch_annotations(project: Project, connection: Connection, store: ProjectStore) -> tuple[Merged, Export]:
    """Return all that is annotated by now, joined to the corpus that the project began with.

    :raises BionerError: nothing is annotated, or it cannot be read.
    """
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
