"""Tokens and passwords for annotation tools on the command line: from variables, the kept file, or asked."""

import argparse
import os
import sys
from getpass import getpass

from bioner_core.connections.addresses import format_host, format_origin
from bioner_core.connections.catalog import WITH_USER, connect
from bioner_core.connections.credentials import (
    Credential,
    delete_credential,
    load_credential,
    locate_credentials,
    save_credential,
)
from bioner_core.connections.tool import Connection, ToolSettings
from bioner_core.errors import BionerError
from bioner_core.rounds.project import Project
from bioner_core.rounds.project_store import ProjectStore

SECRET, USER = "BIONER_TOOL_SECRET", "BIONER_TOOL_USER"  # variables of the environment


def open_connection(settings: ToolSettings, *, is_asking: bool = False) -> Connection:
    """Return the connection of a project, with the secret of the environment, else with the kept one.

    :param is_asking: ask for a secret where there is none, and keep it.
    """
    if settings.tool == "prodigy":
        return connect(settings, None)
    credential = _read_environment() or load_credential(settings.address)
    if credential is None and is_asking:
        return _ask(settings)
    return connect(settings, credential)


def enter_secret(args: argparse.Namespace) -> None:
    """Ask for the token or password of a project's tool and keep it, or forget it."""
    settings = ProjectStore().load(args.name).settings
    if settings.tool == "prodigy":
        raise BionerError(f"project {args.name}: Prodigy works with files, and asks for no token.")
    host = format_host(settings.address)
    if args.forget:
        print(
            f"forgotten for {host}" if delete_credential(settings.address) else f"nothing is kept for {host}"
        )
        return
    _ask(settings)
    print(f"{host} accepts it")


def forget_unused_secret(project: Project, store: ProjectStore) -> None:
    """Forget the secret of a project that was removed, unless another project works with that server."""
    if project.settings.tool == "prodigy":
        return
    origin = format_origin(project.settings.address)
    others = [store.load(name).settings for name in store.names()]
    if not any(other.tool != "prodigy" and format_origin(other.address) == origin for other in others):
        delete_credential(project.settings.address)


def _read_environment() -> Credential | None:
    secret = os.environ.get(SECRET)
    return Credential(secret, os.environ.get(USER, "")) if secret else None


def _ask(settings: ToolSettings) -> Connection:
    """Ask on the terminal, without showing what is typed; keep what the tool accepts, in the private file."""
    host = format_host(settings.address)
    if not sys.stdin.isatty():
        raise BionerError(
            f"{host}: there is no terminal to ask for the token or password. Set {SECRET} (and {USER}, where "
            "the tool has users)."
        )
    try:
        user = input(f"User at {host}: ").strip() if settings.tool in WITH_USER else ""
        what = "Password" if user else "Token"
        credential = Credential(getpass(f"{what} for {settings.title} at {host}: ").strip(), user)
    except EOFError as error:
        raise BionerError(f"{host}: nothing was entered.") from error
    connection = connect(settings, credential)
    connection.check()
    save_credential(settings.address, credential)
    print(f"kept in {locate_credentials()}, readable by you alone", file=sys.stderr)
    return connection
