"""A simulated machine: actors that take turns, a clock, and a disk that forgets what was not synced.

Real code runs on real files, in threads of which a single one runs at a time. An actor can lose its turn,
stall or die at each operation on the disk, at each message and at each sleep. All choices come from one seed.
"""

import errno
import itertools
import os
import random
import stat
import tempfile
import threading
import time
from pathlib import Path

TICK = 0.001  # seconds that an operation takes
SWITCH = 0.15  # chance that another actor goes on after an operation
BEGIN = 1_700_000_000.0  # of the clock
MAX_TURNS = 10_000  # a schedule that needs more hangs


class Killed(BaseException):
    """The end of an actor: like SIGKILL, it lets nobody write any more."""


class Actor:
    """A process of the simulated machine."""

    def __init__(self, world, name, call):
        self.world, self.name, self.call = world, name, call
        self.is_killed = self.is_done = False
        self.wakes_at = 0.0
        self.frozen_until = 0.0  # stopped or cut off: it gives no sign of life
        self.leases = []
        self.error = None
        self.baton = threading.Semaphore(0)
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def _live(self):
        self.baton.acquire()
        try:
            if not self.is_killed:
                self.call()
        except Killed:
            pass
        except BaseException as error:
            self.error = error
        self.is_done = True
        self.world.baton.release()

    def resume(self):
        self.world.current = self
        self.baton.release()
        self.world.baton.acquire()
        self.world.current = None

    def pause(self):
        self.check()
        self.world.baton.release()
        self.baton.acquire()
        self.check()

    def check(self):
        if self.is_killed:
            raise Killed

    def freeze(self, seconds):
        self.frozen_until = self.world.now + seconds
        self.pause()


class World:
    """Actors, clock and disk.

    :param find_fault: returns the fault that strikes an operation of a kind, an actor and a path, or None.
    """

    def __init__(self, seed, folder):
        self.random = random.Random(seed)
        self.folder = str(folder)
        self.now = BEGIN
        self.skew = 0.0  # of the disk's clock
        self.actors, self.current = [], None
        self.baton = threading.Semaphore(0)
        self.disk = Disk(self)
        self.find_fault = lambda kind, actor, path: None
        self.n_turns = 0

    def spawn(self, name, call):
        actor = Actor(self, name, call)
        self.actors.append(actor)
        return actor

    def list_living(self, kind=""):
        return [actor for actor in self.actors if not actor.is_done and actor.name.startswith(kind)]

    def turn(self):
        """Let one actor go on until its next operation; the clock runs on where all of them wait."""
        self.n_turns += 1
        assert self.n_turns < MAX_TURNS, "no end in sight"
        living = self.list_living()
        for actor in [actor for actor in living if actor.is_killed]:
            actor.resume()
            return
        ready = [actor for actor in living if max(actor.wakes_at, actor.frozen_until) <= self.now]
        if ready:
            self.random.choice(ready).resume()
        elif living:
            self.advance(min(max(a.wakes_at, a.frozen_until) for a in living) - self.now)

    def advance(self, seconds):
        self.now += max(seconds, TICK)
        for actor in self.list_living():
            if actor.frozen_until < self.now and not actor.is_killed:
                for lease in actor.leases:
                    if lease.path.exists():
                        REAL["utime"](lease.path, (self.now + self.skew,) * 2)

    def sleep(self, seconds):
        if actor := self.current_actor():
            actor.wakes_at = self.now + seconds
            actor.pause()

    def current_actor(self):
        """Return the actor whose thread this is; None for all other threads."""
        actor = self.current
        return actor if actor and actor.thread is threading.current_thread() else None

    def operate(self, kind, path=""):
        """Let time pass before an operation; return the fault that strikes it."""
        if not (actor := self.current_actor()):
            return None
        actor.check()
        self.now += TICK
        if self.random.random() < SWITCH:
            actor.pause()
        fault = self.find_fault(kind, actor, str(path))
        actor.check()
        return fault

    def kill(self, actor):
        actor.is_killed = True
        if actor is self.current_actor():
            actor.check()

    def end(self):
        """End what still lives, so that no thread is left."""
        for actor in self.list_living():
            actor.is_killed = True
            while not actor.is_done:
                actor.resume()

    def install(self, patch):
        """Put clock and disk in the place of the system's."""
        patch.setattr(time, "time", lambda: self.now)
        patch.setattr(time, "monotonic", lambda: self.now - BEGIN)
        patch.setattr(time, "sleep", self.sleep)
        names = (f"{number:08}" for number in itertools.count())
        patch.setattr(tempfile, "_name_sequence", names)  # of temporary files
        for name in REAL:
            patch.setattr(os, name, getattr(self.disk, name))


REAL = {
    name: getattr(os, name)
    for name in ("open", "write", "fsync", "replace", "rename", "truncate", "ftruncate", "unlink", "utime")
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Disk:
    """Operations of ``os`` on the files of the world; all others go through untouched.

    After a power cut a file has what was synced, and perhaps a part of the rest; a name is as it was when its
    folder was synced, or newer.
    """

    def __init__(self, world):
        self.world = world
        self.synced = {}  # bytes by inode, of files that were written
        self.renames = []  # (folder, undo) since the folder was synced

    def _is_inside(self, path):
        return isinstance(path, (str, Path)) and str(path).startswith(self.world.folder)

    def _begin(self, kind, path):
        """Raise what the disk says while it is full, read-only or away."""
        fault = self.world.operate(kind, path)
        if fault in ("full", "read-only", "away"):
            number = {"full": errno.ENOSPC, "read-only": errno.EROFS, "away": errno.EIO}[fault]
            if kind not in ("unlink", "truncate") or fault != "full":
                raise OSError(number, os.strerror(number), str(path))
        return fault

    def _stamp(self, path):
        now = self.world.now + self.world.skew
        REAL["utime"](path, (now, now))

    def open(self, path, flags, mode=0o777, *, dir_fd=None):
        if not self._is_inside(path) or not flags & WRITING:
            return REAL["open"](path, flags, mode, dir_fd=dir_fd)
        self._begin("append" if flags & os.O_APPEND else "open", path)
        is_new = not os.path.exists(path)
        handle = REAL["open"](path, flags, mode)
        inode = os.fstat(handle).st_ino
        if is_new:
            self.synced[inode] = 0
            self._note(path, lambda: REAL["unlink"](path) if os.path.exists(path) else None)
        else:
            self.synced.setdefault(inode, os.fstat(handle).st_size)
        self._stamp(handle)
        return handle

    def write(self, handle, data):
        inode = os.fstat(handle).st_ino
        if inode not in self.synced:
            return REAL["write"](handle, data)
        fault = self._begin_write(handle, data)
        if fault == "torn":
            REAL["write"](handle, data[: self.world.random.randrange(len(data))])
            self.world.kill(self.world.current_actor())
        n = REAL["write"](handle, data[: len(data) // 2] if fault == "short" else data)
        self._stamp(handle)
        return n

    def _begin_write(self, handle, data):
        try:
            return self._begin("write", "")
        except OSError:
            REAL["write"](
                handle, data[: self.world.random.randrange(len(data))]
            )  # it filled up amid the write
            raise

    def fsync(self, handle):
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode) and status.st_ino in self.synced:
            self._begin("fsync", "")
            self.synced[status.st_ino] = status.st_size
        self.renames = [(folder, undo) for folder, undo in self.renames if folder != status.st_ino]

    def _note(self, path, undo):
        self.renames.append((os.stat(os.path.dirname(path)).st_ino, undo))

    def replace(self, source, destination):
        if not self._is_inside(destination):
            return REAL["replace"](source, destination)
        self._begin("rename", destination)
        old = Path(destination).read_bytes() if os.path.isfile(destination) else None
        REAL["replace"](source, destination)
        self._note(destination, lambda: self._restore(Path(destination), old))
        return self._stamp(destination)

    def _restore(self, path, content):
        path.unlink(missing_ok=True)
        if content is not None and path.parent.is_dir():
            path.write_bytes(content)

    def rename(self, source, destination):
        if self._is_inside(destination):
            self._begin("rename", destination)
        REAL["rename"](source, destination)

    def truncate(self, path, size):
        if self._is_inside(path):
            self._begin("truncate", path)
        REAL["truncate"](path, size)

    def ftruncate(self, handle, size):
        if os.fstat(handle).st_ino in self.synced:
            self.world.operate("truncate")
        REAL["ftruncate"](handle, size)

    def unlink(self, path, *, dir_fd=None):
        if self._is_inside(path) and dir_fd is None:
            self._begin("unlink", path)
        REAL["unlink"](path, dir_fd=dir_fd)

    def utime(self, path, times=None, **options):
        if times is None and not options and self._is_inside(path):
            self._begin("utime", path)
            return self._stamp(path)
        return REAL["utime"](path, times, **options)

    def cut_power(self):
        """Forget what was not synced, from the latest rename on; call it when all actors are dead."""
        kept = self.world.random.randint(0, len(self.renames))
        for _, undo in reversed(self.renames[kept:]):
            undo()
        self.renames.clear()
        for path in sorted(filter(Path.is_file, Path(self.world.folder).rglob("*"))):
            status = path.stat()
            synced = self.synced.get(status.st_ino, status.st_size)
            if synced < status.st_size:
                REAL["truncate"](path, self.world.random.randint(synced, status.st_size))
                self.world.now += TICK
                self._stamp(path)
        self.synced.clear()
