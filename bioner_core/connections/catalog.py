"""The annotation tools by name: which project an address means, and the connection to it."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from bioner_core.connections.addresses import parse_address
from bioner_core.connections.argilla import Argilla
from bioner_core.connections.credentials import Credential
from bioner_core.connections.doccano import Doccano
from bioner_core.connections.inception import Inception
from bioner_core.connections.label_studio import LabelStudio
from bioner_core.connections.prodigy import Prodigy
from bioner_core.connections.tool import TITLES, Connection, ToolName, ToolSettings
from bioner_core.errors import BionerError
from bioner_core.files import expand_path
from bioner_core.users.limits import check_connection

# What stands in the browser's address behind that of the server.
_PROJECT_PATHS = {
    "label-studio": re.compile(r"/projects/(\d+)(?:/.*)?$"),
    "doccano": re.compile(r"/projects/(\d+)(?:/.*)?$"),
    "argilla": re.compile(r"/dataset/([0-9a-f-]{36})(?:/.*)?$"),
    "inception": re.compile(r"/p/([^/]+)(?:/.*)?$"),
}
_EXAMPLES = {
    "label-studio": "https://labels.example.org/projects/3",
    "doccano": "https://doccano.example.org/projects/3",
    "argilla": "https://argilla.example.org/dataset/3f2a…",
    "inception": "https://inception.example.org/p/3",
}
_SERVERS: Mapping[str, Callable[[ToolSettings, Credential], Connection]] = {
    "label-studio": LabelStudio,
    "doccano": Doccano,
    "argilla": Argilla,
    "inception": Inception,
}
WITH_USER = ("doccano", "inception")  # these ask for a user and a password, the others for a token


def parse_settings(tool: ToolName, address: str, *, is_insecure: bool = False) -> ToolSettings:
    """Return server and project of the address that a browser shows for a project.

    :param address: for Prodigy, the folder of its files.
    :raises BionerError: it names no project, or no allowed server.

    >>> parse_settings("label-studio", "https://labels.example.org/tool/projects/3/data?tab=1").address
    'https://labels.example.org/tool'
    """
    if tool == "prodigy":
        folder = expand_path(address).resolve()
        if not folder.is_dir():
            raise BionerError(
                f"{address}: is no folder. Make one, for the files that go to Prodigy and back."
            )
        return ToolSettings(tool=tool, address=str(folder))
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        parts = urlsplit(parse_address(address, is_insecure=is_insecure))  # which says what is wrong
    match = _PROJECT_PATHS[tool].search(parts.path)
    base = parts._replace(path=parts.path[: match.start()] if match else parts.path, query="", fragment="")
    server = parse_address(base.geturl(), is_insecure=is_insecure)
    if match is None:
        raise BionerError(
            f"{server}: the address names no project. Open the project in {TITLES[tool]} and copy the "
            f"address from the browser, such as {_EXAMPLES[tool]}."
        )
    return ToolSettings(tool=tool, address=server, project=match[1], is_insecure=is_insecure)


def connect(settings: ToolSettings, credential: Credential | None) -> Connection:
    """Return the connection to a project; nothing is sent yet.

    :raises BionerError: the tool asks for a token or password, and there is none; or the user may not.
    """
    check_connection()
    if settings.tool == "prodigy":
        return Prodigy(settings)
    if credential is None:
        raise BionerError(
            f"{settings.title}: needs a {'password' if settings.tool in WITH_USER else 'token'}. Enter it: "
            "bioner rounds secret NAME."
        )
    return _SERVERS[settings.tool](settings, credential)
