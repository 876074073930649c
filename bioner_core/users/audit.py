"""The audit log: who did what, and when; names of runs and corpora, no text. Without log-in there is none."""

import json
import logging
import os
from functools import lru_cache
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from bioner_core.files import create_private_folder, format_current_time, locate_users_folder
from bioner_core.users.current import find_user

FILE = "audit.jsonl"
MAX_BYTES = 10_000_000  # of a file; then a new one is begun
N_OLD_FILES = 20  # kept; older ones are deleted


def record_action(action: str, what: str = "") -> None:
    """Append who does what, such as "delete run", to the log; where it cannot be written, stderr says so."""
    user = find_user()
    if user:
        line = {"at": format_current_time(), "user": user.name, "action": action, "what": what}
        _open_log(locate_users_folder() / FILE).info(json.dumps(line, ensure_ascii=False))


class _PrivateFiles(RotatingFileHandler):
    """Makes files that only their owner can read."""

    def _open(self) -> TextIOWrapper:
        create_private_folder(Path(self.baseFilename).parent)
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8")


@lru_cache(maxsize=2)
def _open_log(path: Path) -> logging.Logger:
    handler = _PrivateFiles(path, maxBytes=MAX_BYTES, backupCount=N_OLD_FILES, encoding="utf-8", delay=True)
    logger = logging.Logger("audit", logging.INFO)  # of its own: no other handler prints it
    logger.addHandler(handler)
    return logger
