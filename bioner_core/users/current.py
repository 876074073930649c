"""The current user, whose folders the program uses. Without log-in there are no users."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bioner_core.files import (
    count_folder_bytes,
    create_private_folder,
    locate_users_folder,
    set_home_finder,
    write_atomically,
)

ADMIN = "admin"  # the owner of what lies outside of all homes
_RECORD = "user.json"  # in a home: whose it is
_PLAIN = re.compile(r"[a-z0-9]([a-z0-9._@+-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class User:
    """Someone who has logged in. Administrators share the folders that the program has without log-in."""

    name: str  # as the log-in says, at most 255 characters
    is_admin: bool = False
    max_bytes: int | None = None  # of the home; None: no limit
    max_studies: int | None = None  # that train or wait at once; None: no limit
    places: tuple[str, ...] | None = None  # beside this machine, where studies may train; None: anywhere

    @property
    def label(self) -> str:
        """Return a short name, unique among users, that is safe as the name of a folder.

        >>> User(name="anna@example.org").label, User(name="Anna Lee").label
        ('anna@example.org', 'anna-lee~987d0b0ba8a44798')
        """
        if self.is_admin:
            return ADMIN
        if _PLAIN.fullmatch(self.name) and self.name != ADMIN:
            return self.name
        cleaned = re.sub(r"[^a-z0-9._@+]+", "-", self.name.casefold()).strip("-.")[:40]
        return f"{cleaned or 'user'}~{hashlib.sha256(self.name.encode()).hexdigest()[:16]}"

    @property
    def home(self) -> Path | None:
        """Return the folder of the user's runs, corpora and settings; None where they have the program's."""
        return None if self.is_admin else locate_users_folder() / self.label

    def count_bytes(self) -> int:
        """Return the bytes of the user's home; 0 for an administrator."""
        return count_folder_bytes(self.home) if self.home else 0


_USER: ContextVar[User | None] = ContextVar("user", default=None)


class _LogIn:
    """How the current user is found; None: there is no log-in."""

    find: Callable[[], User] | None = None


def require_users(find: Callable[[], User] | None) -> None:
    """Switch log-in on in this process: from now on, each access to a folder of the user needs a user.

    :param find: returns the current user, and raises where there is none; None switches log-in off.
    """
    _LogIn.find = None if find is None else staticmethod(find)
    set_home_finder(_find_home)


def find_user() -> User | None:
    """Return the current user; None where there is no log-in. :raises BionerError: nobody is logged in."""
    if _LogIn.find is None:
        return None
    return _USER.get() or _LogIn.find()


@contextmanager
def act_as(user: User | None) -> Iterator[None]:
    """Make ``user`` the current user of this thread; None changes nothing."""
    token = _USER.set(user or _USER.get())
    try:
        yield
    finally:
        _USER.reset(token)


def create_home(user: User) -> None:
    """Create the home of a user who logs in, if it is missing, with a record of whose it is."""
    if user.home and not (user.home / _RECORD).is_file():
        create_private_folder(user.home)
        write_atomically(user.home / _RECORD, json.dumps({"name": user.name}, ensure_ascii=False))
        os.utime(locate_users_folder())  # the list of owners is read anew


def list_owners() -> tuple[User, ...]:
    """Return the administrator, and all who have logged in, sorted; without log-in nobody."""
    if _LogIn.find is None:
        return ()
    folder = locate_users_folder()
    changed = folder.stat().st_mtime_ns if folder.is_dir() else 0
    return (User(name=ADMIN, is_admin=True), *_read_owners(folder, changed))


def locate_for(owner: User, locate: Callable[[], Path]) -> Path:
    """Return what ``locate``, such as ``locate_runs_folder``, returns for an owner."""
    with act_as(owner):
        return locate()


def _find_home() -> Path | None:
    user = find_user()
    return user.home if user else None


@lru_cache(maxsize=8)
def _read_owners(folder: Path, _: int) -> tuple[User, ...]:
    owners = []
    for path in sorted(folder.glob(f"*/{_RECORD}")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            user = User(name=str(json.loads(path.read_bytes())["name"]))
            owners += [user] if user.label == path.parent.name else []
    return tuple(owners)
