"""The machine's queue: the workers of all studies take turns on the parts of its devices (units).

A unit is a file, and the worker that holds the kernel's lock on it uses it: no two workers share one, and
a killed worker frees its units at once. Each worker keeps a claim, a file that says what it holds and whether
it waits; a claim counts while its own lock is held. All decisions are made under one more lock.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from bioner_core.errors import BionerError
from bioner_core.files import Remedies, create_private_folder, explain_write_error, locate_queue_folder
from bioner_core.study.executors.slots import Slot
from bioner_core.study.lock import is_held
from bioner_core.study.provenance import read_hostname
from bioner_core.study.wishes import PRIORITIES, Priority

POLL_SECONDS = 0.3  # between two looks of a worker that waits
MIN_HOLD_SECONDS = 10.0  # before a unit goes to another study of the same priority: changing has a cost
ABSENT_SECONDS = 10.0  # after which a waiting worker that no longer looks loses its place in line
LOCK_SECONDS = 10.0  # limit for the queue's own lock, which is held for milliseconds
_REMEDIES = Remedies(
    full="Free some disk space, then resume",
    read_only="Make the folder writable for this account, or set BIONER_QUEUE to one that is",
    other="Set BIONER_QUEUE to another folder",
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a worker holds and wants; ``ticket`` grows with each arrival and each unit that anybody gets."""

    id: str
    study: str
    priority: Priority = "normal"
    is_waiting: bool = False
    ticket: int = 0  # of its arrival or its latest turn
    held: int = 0  # units
    units: tuple[str, ...] = ()  # that it can use
    n_wanted: int = 1  # of them, for its next turn

    @property
    def rank(self) -> tuple[int, int, int]:
        """Return the sort key of the line: priority, then the fewest units, then the longest without."""
        return PRIORITIES.index(self.priority), self.held, self.ticket


@dataclass(kw_only=True)
class Turn:
    """Units that a worker holds for one slot."""

    locks: dict[str, FileLock]
    ticket: int
    began: float = field(default_factory=time.monotonic)


class Member:
    """A worker in the queue.

    :param study: a name for people.
    :param read_priority: is asked at each look.
    :param folder: of the queue; None uses this machine's.
    """

    def __init__(
        self,
        study: str,
        *,
        read_priority: Callable[[], Priority] = lambda: "normal",
        folder: Path | None = None,
    ) -> None:
        self.place = 0  # in the line at the latest look, from 1; 0 where it does not wait
        self._folder = folder or locate_queue_folder() / (read_hostname() or "machine")
        self._read_priority = read_priority
        self._turns: list[Turn] = []
        self._looked_at = -POLL_SECONDS
        for path in (self._folder, self._folder / "units", self._folder / "claims"):
            _create_folder(path)
        self._id = uuid4().hex
        self._lock = _build_lock(self._claim_path.with_suffix(".lock"))
        self._claim = Claim(id=self._id, study=study)
        try:
            with self._decide():
                self._lock.acquire()
                self._update(ticket=self._draw_ticket())
        except Timeout as error:
            held = f"{self._folder}: a worker that was stopped holds it. Continue or end it, then resume."
            raise BionerError(held) from error

    @property
    def _claim_path(self) -> Path:
        return self._folder / "claims" / f"{self._id}.json"

    def take(self, slot: Slot) -> Turn | None:
        """Return units for a slot if it is this worker's turn; None if it must wait."""
        if time.monotonic() - self._looked_at < POLL_SECONDS and self._claim.is_waiting:
            return None
        self._looked_at = time.monotonic()
        with suppress(Timeout), self._decide():
            self._update(is_waiting=True, units=slot.units, n_wanted=slot.n_units)
            ahead = [c for c in self._list_claims() if c.is_waiting and c.rank < self._claim.rank]
            self.place = 1 + len(ahead)
            rivals = [claim for claim in ahead if set(claim.units) & set(slot.units)]
            spare = sum(claim.n_wanted for claim in rivals)
            locks = self._lock_units(slot.units, slot.n_units, spare=spare)
            if not locks:
                return None
            turn = Turn(locks=locks, ticket=self._draw_ticket())
            self._turns.append(turn)
            self.place = 0
            self._update(is_waiting=False, ticket=turn.ticket)
            return turn
        return None

    def stop_waiting(self) -> None:
        """Leave the line, as where nothing is left to train, or the study is paused."""
        if self._claim.is_waiting:
            with suppress(Timeout), self._decide():
                self._update(is_waiting=False)
        self.place = 0

    def is_over(self, turn: Turn) -> bool:
        """Return whether another study has the better claim to a turn's units."""
        is_short = time.monotonic() - turn.began < MIN_HOLD_SECONDS
        rank = PRIORITIES.index(self._read_priority()), self._claim.held - len(turn.locks), turn.ticket
        waiting: list[Claim] = []
        with suppress(Timeout), self._decide():
            others = [claim for claim in self._list_claims() if claim.is_waiting and claim.id != self._id]
            waiting = [claim for claim in others if set(claim.units) & turn.locks.keys()]
        return any(claim.rank[0] < rank[0] or (not is_short and claim.rank < rank) for claim in waiting)

    def give_back(self, turn: Turn) -> None:
        """Free the units of a turn."""
        for lock in turn.locks.values():
            lock.release()
        self._turns.remove(turn)
        with suppress(Timeout), self._decide():
            self._update()

    def close(self) -> None:
        """Leave the queue; all units are free."""
        for turn in self._turns:
            for lock in turn.locks.values():
                lock.release()
        self._turns.clear()
        self._lock.release()
        for path in (self._claim_path, self._claim_path.with_suffix(".lock")):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _lock_units(self, units: Collection[str], n: int, *, spare: int) -> dict[str, FileLock]:
        """Lock up to ``n`` free units; none where those before in the line get all that are free."""
        locks: dict[str, FileLock] = {}
        for unit in units:
            lock = _build_lock(self._folder / "units" / f"{unit}.lock")
            with suppress(Timeout):
                lock.acquire()
                locks[unit] = lock
            if len(locks) == n + spare:
                break
        for unit in list(locks)[: min(spare, len(locks))]:
            locks.pop(unit).release()
        return locks

    def _list_claims(self) -> list[Claim]:
        """Return the claims of all workers that live; delete those of killed ones."""
        claims = []
        for path in (self._folder / "claims").glob("*.json"):
            if path != self._claim_path and not is_held(path.with_suffix(".lock")):
                for file in (path, path.with_suffix(".lock")):
                    with suppress(OSError):  # another account's, in a shared folder
                        file.unlink(missing_ok=True)
                continue
            with suppress(OSError, ValueError, TypeError, KeyError):
                claim = _parse_claim(path.read_bytes())
                if not (claim.is_waiting and time.time() - path.stat().st_mtime > ABSENT_SECONDS):
                    claims.append(claim)
        return claims

    def _update(self, **changes: object) -> None:
        """Write this worker's claim, which also tells that the worker still looks."""
        held = sum(len(turn.locks) for turn in self._turns)
        fixed = {"held": held, "priority": self._read_priority()}
        self._claim = Claim(**{**vars(self._claim), **changes, **fixed})
        # Readers hold the queue's lock, so they see no half file; a crash leaves one that does not count.
        self._claim_path.write_text(json.dumps(vars(self._claim)), encoding="utf-8")
        self._claim_path.chmod(0o644)

    def _draw_ticket(self) -> int:
        path = self._folder / "ticket"
        text = path.read_text(encoding="ascii") if path.exists() else ""
        ticket = int(text) + 1 if text.isdecimal() else 1
        path.write_text(str(ticket), encoding="ascii")
        return ticket

    @contextmanager
    def _decide(self) -> Iterator[None]:
        """Hold the queue's lock.

        :raises BionerError: the queue's folder cannot be written.
        :raises Timeout: a worker was stopped while it held the lock; the next look may succeed.
        """
        lock = _build_lock(self._folder / "queue.lock", LOCK_SECONDS)
        try:
            lock.acquire()
        except OSError as error:
            if isinstance(error, Timeout):
                raise
            raise BionerError(explain_write_error(self._folder, error, _REMEDIES)) from error
        try:
            with _report_errors(self._folder):
                yield
        finally:
            lock.release()


@contextmanager
def _report_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BionerError(explain_write_error(folder, error, _REMEDIES)) from error


def _create_folder(path: Path) -> None:
    """Create a private folder, or inside a folder that a group shares, one for the group."""
    with _report_errors(path):
        is_shared = path.parent.is_dir() and bool(path.parent.stat().st_mode & 0o020)
        if not is_shared:
            create_private_folder(path)
        elif not path.is_dir():
            path.mkdir()
            path.chmod(0o2770)


def _build_lock(path: Path, seconds: float = 0) -> FileLock:
    # Other accounts may open the file where the folder lets them in. A soft lock would outlive its holder.
    return FileLock(path, timeout=seconds, mode=0o666, thread_local=False, fallback_to_soft=False)


def _parse_claim(content: bytes) -> Claim:
    record = json.loads(content)
    return Claim(**{**record, "units": tuple(record["units"])})
