"""Users of a log-in: a test says who is the current one."""

from contextlib import contextmanager

import pytest

from bioner_core.errors import BionerError
from bioner_core.users import audit
from bioner_core.users.current import create_home, require_users
from bioner_core.users.login import Login


class Session:
    """Stands for the session that a page works for."""

    def __init__(self, login):
        self._login, self._user = login, None

    @contextmanager
    def of(self, name):
        """Let the user of this name be logged in."""
        before, self._user = self._user, self._login.build_user(name)
        create_home(self._user)
        try:
            yield self._user
        finally:
            self._user = before

    def find_user(self):
        if self._user is None:
            raise BionerError("nobody is logged in")
        return self._user


@pytest.fixture
def log_in(isolated_folders, monkeypatch):
    """Return a function that switches log-in on, and returns the session that says who is logged in."""
    monkeypatch.setenv("BIONER_USERS", str(isolated_folders / "users"))
    audit._open_log.cache_clear()

    def switch_on(**options):
        session = Session(Login(header="X-Forwarded-User", admins=("boss",), **options))
        require_users(session.find_user)
        return session

    yield switch_on
    require_users(None)
