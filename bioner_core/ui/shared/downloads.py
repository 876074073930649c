"""Files that a page offers: written, and recorded, when somebody presses the button."""

from collections.abc import Callable
from functools import partial

from bioner_core.users.audit import record_action
from bioner_core.users.current import User, act_as, find_user


def defer_file(write: Callable[[], str | bytes], name: str) -> Callable[[], str | bytes]:
    """Return a function that writes a file for the user of this page: Streamlit calls it in another thread.

    :param name: of the file, for the audit log.
    """
    return partial(_write_for, find_user(), write, name)


def _write_for(user: User | None, write: Callable[[], str | bytes], name: str) -> str | bytes:
    with act_as(user):
        record_action("download", name)
        return write()
