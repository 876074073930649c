"""What all annotation tools have in common: tasks go in, annotated texts and times of work come out."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from bioner_core.corpus.reading.passages import Mention
from bioner_core.errors import BionerError

ToolName = Literal["label-studio", "doccano", "argilla", "inception", "prodigy"]
TOOLS: tuple[ToolName, ...] = get_args(ToolName)
TITLES: Mapping[str, str] = {
    "label-studio": "Label Studio",
    "doccano": "doccano",
    "argilla": "Argilla",
    "inception": "INCEpTION",
    "prodigy": "Prodigy",
}
BATCH_TASKS = 500  # in one request
ID_FIELD = "bioner_id"  # of a task's data or metadata
KeepReceipt = Callable[[str], None]
_BATCH_CHARACTERS = 2_000_000


@dataclass(frozen=True, kw_only=True)
class ToolSettings:
    """Where the annotators work; no secret."""

    tool: ToolName
    address: str  # of the server; of Prodigy the folder for its files
    project: str = ""  # its number or id in the tool; "" for Prodigy
    is_insecure: bool = False  # http to another machine, which the user allowed

    def __post_init__(self) -> None:
        """Refuse unknown tools, and projects that could change an address."""
        if self.tool not in TOOLS:
            raise BionerError(f"tool {str(self.tool)[:40]!r}: choose {', '.join(TOOLS)}.")
        is_plain = all(character.isalnum() or character in "-_" for character in self.project)
        if not is_plain or (self.tool != "prodigy" and not self.project):
            raise BionerError(
                f"project {self.project[:40]!r} of {self.title}: found no number or id. It stands in the "
                "address of the project in your browser, such as 3 in …/projects/3."
            )

    @property
    def title(self) -> str:
        """Return the tool's name for people."""
        return TITLES[self.tool]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A text to annotate."""

    text: str
    document: str = ""  # "" where nothing names it
    mentions: tuple[Mention, ...] = ()  # suggested; offsets count characters of the text
    score: float | None = None  # of the suggestions, in [0, 1]; None where unknown
    batch: str = ""  # id of the push that sends it

    @property
    def key(self) -> str:
        """Return what recognizes the text, whichever push has sent it."""
        return build_key(self.text)

    @property
    def id(self) -> str:
        """Return what the tool keeps beside the text: who repeats a push finds it there."""
        return f"{self.batch}-{self.key}"


@dataclass(frozen=True, kw_only=True)
class ToolStatus:
    """What a tool says of its project."""

    title: str  # of the project in the tool
    labels: tuple[str, ...]  # that annotators can choose; () where the tool does not say
    n_tasks: int | None = None  # None where the tool does not say
    n_annotated: int | None = None
    note: str = ""  # what one should know before sending suggestions


@dataclass(frozen=True, kw_only=True)
class WorkTime:
    """When somebody annotated a text, and how long that took, as the tool says."""

    at: str  # UTC, ISO 8601
    seconds: float | None = None  # None where the tool does not measure it


@dataclass(frozen=True, kw_only=True)
class Export:
    """What was annotated in a tool, in a format that ``corpus.reading`` knows."""

    files: Mapping[str, bytes] = field(repr=False)  # by name; none where nothing is annotated yet
    times: tuple[WorkTime, ...] = ()  # a text's first annotation, in no order; () where the tool is silent


class Connection(Protocol):
    """A project in an annotation tool."""

    def check(self) -> ToolStatus:
        """Look at the project. :raises BionerError: it cannot be reached, or annotates no spans."""

    def push(self, tasks: Sequence[Task], keep_receipt: KeepReceipt = ..., /) -> Iterator[int]:
        """Send tasks in batches; yield the number of tasks of each batch once the tool has accepted it.

        :param tasks: their suggestions have labels of the tool.
        :param keep_receipt: keeps what the tool calls the work on a batch that it has not finished.
        """

    def list_keys(self, receipt: str = "", /) -> frozenset[str]:
        """Return the keys of all texts that the tool has, annotated or not.

        :param receipt: of work to wait for.
        """

    def pull(self) -> Export:
        """Return all that is annotated by now."""


def build_key(text: str) -> str:
    """Return 16 hex digits of a text; blanks do not count, since tools change them.

    >>> build_key("No pain") == build_key(" No  pain ")
    True
    """
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:16]


def find_key(fields: object, text: object) -> str:
    """Return the key of a text in a tool: of the id beside it, else of the text itself; "" without both.

    >>> find_key({ID_FIELD: "a1b2-0123456789abcdef"}, "changed"), find_key(None, "No pain")
    ('0123456789abcdef', '77d6fafb5188b8eb')
    """
    task_id = fields.get(ID_FIELD) if isinstance(fields, Mapping) else None
    if isinstance(task_id, str):
        return task_id.rpartition("-")[2]
    return build_key(text) if isinstance(text, str) else ""


def drop_receipt(_: str) -> None:
    """Keep nothing."""


def split_batches(tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
    """Yield the tasks in batches of a bounded number of tasks and characters, at least one task each."""
    start, n_characters = 0, 0
    for end, task in enumerate(tasks):
        is_full = end - start == BATCH_TASKS or n_characters + len(task.text) > _BATCH_CHARACTERS
        if is_full and end > start:
            yield tasks[start:end]
            start, n_characters = end, 0
        n_characters += len(task.text)
    if start < len(tasks):
        yield tasks[start:]


def count_utf16(text: str, end: int) -> int:
    """Return an offset in characters as UTF-16 units, as browsers and Java count.

    >>> count_utf16("😀 pain", 2)
    3
    """
    return len(text[:end].encode("utf-16-le")) // 2
