"""Addresses of annotation servers: which are allowed, and how they are shown."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from bioner_core.corpus.reading.bounds import escape_name
from bioner_core.errors import BionerError

_FORM = "Write it as https://annotation.example.org, or http://localhost:8080 for a server on this machine."


def parse_address(text: str, *, is_insecure: bool = False) -> str:
    """Return the base address of a server, without a "/" at its end.

    :param is_insecure: allow a connection without encryption to another machine.
    :raises BionerError: it is no address of a server, holds a password, or is not encrypted.

    >>> parse_address("https://annotation.example.org/tool/"), parse_address("http://localhost:8080")
    ('https://annotation.example.org/tool', 'http://localhost:8080')
    """
    parts = _split(text.strip())
    where = escape_name(text.strip()[:100])
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BionerError(f"{where}: is no address of a server. {_FORM}")
    if parts.username is not None or parts.password is not None:
        raise BionerError(
            f"{escape_name(parts.hostname)}: the address holds a user name or a password, which would stand "
            f"in files and on screens. Leave it out; you are asked for it. {_FORM}"
        )
    if parts.query or parts.fragment:
        raise BionerError(f"{where}: an address ends before the first ? or #. {_FORM}")
    if parts.scheme == "http" and not is_insecure and not is_this_machine(parts.hostname):
        raise BionerError(
            f"{where}: texts and token would cross the network unencrypted. Use https://, or add --insecure "
            "if nobody else can read that network."
        )
    return f"{format_origin(parts.geturl())}{parts.path.rstrip('/')}"


def format_origin(address: str) -> str:
    """Return scheme, host and port of an address: a secret that is kept for one goes to no other.

    >>> format_origin("HTTPS://Annotation.example.org:443/tool")
    'https://annotation.example.org'
    """
    parts = urlsplit(address)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port not in (None, default) else ''}"


def format_host(address: str) -> str:
    """Return host and port of an address, for messages."""
    return escape_name(format_origin(address).split("://")[-1])


def is_this_machine(host: str) -> bool:
    """Say whether a host name means this machine.

    >>> is_this_machine("localhost"), is_this_machine("127.0.0.1"), is_this_machine("localhost.example.org")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _split(text: str) -> SplitResult | None:
    """Return the parts of an address; None where it is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return None if any(character.isspace() or not character.isprintable() for character in text) else parts
