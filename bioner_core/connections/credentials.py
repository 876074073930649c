"""Tokens and passwords of annotation tools, in a file that only its owner can read, by server.

A secret goes only to the server that it was entered for. It never enters a log, a message or a project.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bioner_core.connections.addresses import format_host, format_origin
from bioner_core.errors import BionerError
from bioner_core.files import (
    Remedies,
    create_private_folder,
    explain_write_error,
    locate_settings_folder,
    write_atomically,
)

_FILE = "connections.json"
_MAX_LENGTH = 4096  # characters of a token or password
_REMEDIES = Remedies(
    read_only="Make the folder writable, or set BIONER_SETTINGS to one that is",
    other="Set BIONER_SETTINGS to a folder of yours",
)


@dataclass(frozen=True)
class Credential:
    """What a server asks for: a token, or a user with a password."""

    secret: str = field(repr=False)
    user: str = ""  # "" for a token

    def __post_init__(self) -> None:
        """Refuse what cannot be sent in a header, without repeating it."""
        for what, text in (("token or password", self.secret), ("user name", self.user)):
            if len(text) > _MAX_LENGTH or not text.isprintable() or (what[0] == "t" and not text.strip()):
                raise BionerError(
                    f"the {what} is empty, longer than {_MAX_LENGTH:,} characters, or holds a line break. "
                    "Copy it again, without anything around it."
                )
        if not self.user and not self.secret.isascii():  # a token goes into a header
            raise BionerError(
                "the token holds letters that no token has. Is the keyboard set to another language? Copy it "
                "again."
            )


def locate_credentials() -> Path:
    """Return the path of the file with the user's tokens and passwords."""
    return locate_settings_folder() / _FILE


def load_credential(address: str) -> Credential | None:
    """Return what is kept for a server; None where nothing is.

    :raises BionerError: the file is damaged, or others can read it.
    """
    record = _load_records().get(format_origin(address))
    if record is None:
        return None
    if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
        raise BionerError(f"{locate_credentials()}: is damaged. {_ask_again(address)}")
    return Credential(secret=record.get("secret", ""), user=record.get("user", ""))


def save_credential(address: str, credential: Credential) -> None:
    """Keep what a server asks for, in place of an earlier one. :raises BionerError: it cannot be written."""
    records = {**_load_records(), format_origin(address): _build_record(credential)}
    _write_records(records)


def delete_credential(address: str) -> bool:
    """Forget what is kept for a server; return whether there was something."""
    records = dict(_load_records())
    if records.pop(format_origin(address), None) is None:
        return False
    _write_records(records)
    return True


def _build_record(credential: Credential) -> dict[str, str]:
    return {"secret": credential.secret, **({"user": credential.user} if credential.user else {})}


def _load_records() -> Mapping[str, object]:
    path = locate_credentials()
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        records = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}). Make it yours, mode 600.") from error
    except (ValueError, RecursionError) as error:
        raise BionerError(f"{path}: is damaged. Delete it, and enter your tokens again.") from error
    if not isinstance(records, dict):
        raise BionerError(f"{path}: is damaged. Delete it, and enter your tokens again.")
    return records


def _write_records(records: Mapping[str, object]) -> None:
    path = locate_credentials()
    try:
        create_private_folder(path.parent)
        write_atomically(path, json.dumps(records, indent=1) + "\n")  # mode 600
        with suppress(OSError):  # a disk without modes
            path.chmod(0o600)
    except OSError as error:
        raise BionerError(explain_write_error(path, error, _REMEDIES)) from error


def _ask_again(address: str) -> str:
    return f"Enter the token for {format_host(address)} again: bioner rounds secret NAME."
