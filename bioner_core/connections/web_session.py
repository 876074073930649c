"""Requests to one annotation server: encrypted, bounded in time and size, never redirected elsewhere.

Messages name the host and the status. They hold neither headers nor bodies, in which tokens and texts stand.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from bioner_core import __version__
from bioner_core.connections.addresses import format_host, format_origin, is_this_machine, parse_address
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.errors import BionerError

_MAX_REDIRECTS = 3
_BLOCK_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class SessionLimits:
    """Bounds of a request."""

    connect_seconds: float = 15.0
    stall_seconds: float = 120.0  # without a byte; a server may work long on an export
    total_seconds: float = 900.0  # until the last byte of an answer
    max_bytes: int = MAX_BYTES  # of an answer, unpacked; more would not be read as a corpus


@dataclass(frozen=True)
class WebAnswer:
    """What a server answered."""

    status: int
    content: bytes = field(repr=False)
    host: str = ""

    def parse_json(self) -> Any:
        """Return the JSON of the answer. :raises BionerError: it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise BionerError(
                f"{self.host}: the answer is not JSON. Is this the address of the annotation tool, "
                "and not of a log-in page before it?"
            ) from error


class WebSession:
    """Sends requests to one server, with its cookies; the environment's proxies are used."""

    def __init__(
        self, address: str, *, is_insecure: bool = False, limits: SessionLimits | None = None
    ) -> None:
        self.address = parse_address(address, is_insecure=is_insecure)
        self.host = format_host(self.address)
        self._limits = limits or SessionLimits()
        self._session = requests.Session()
        self._session.auth = _skip_authentication  # else a password of the user's .netrc would be sent
        self._session.headers["User-Agent"] = f"bioner/{__version__}"
        name = urlsplit(self.address).hostname or ""
        # A proxy is another machine: what is for this one must not reach it unencrypted.
        self._proxies = {"no_proxy": name} if is_this_machine(name) else {}

    def read_cookie(self, name: str) -> str:
        """Return a cookie of the server; "" where it has set none."""
        return str(self._session.cookies.get(name, ""))

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        expected: tuple[int, ...] = (200, 201, 204),
        **content: Any,
    ) -> WebAnswer:
        """Send a request and return the whole answer.

        :param path: below the address, beginning with "/".
        :param expected: statuses that are no failure.
        :param content: ``json``, ``data``, ``files`` or ``params``, as of ``requests``.
        :raises BionerError: no answer, another status, too large, or a redirect to another place.
        """
        address = f"{self.address}{path}"
        ends = time.monotonic() + self._limits.total_seconds
        for _ in range(_MAX_REDIRECTS):
            response = self._request(method, address, dict(headers or {}), content)
            with response:
                if not response.is_redirect:
                    body = self._read_body(response, ends)
                    return self._check_status(WebAnswer(response.status_code, body, self.host), expected)
                address = self._check_redirect(method, address, response.headers["Location"])
        raise BionerError(f"{self.host}: redirects without end. Check the address.")

    def _request(
        self, method: str, address: str, headers: dict[str, str], content: Mapping[str, Any]
    ) -> requests.Response:
        limits = (self._limits.connect_seconds, self._limits.stall_seconds)
        try:
            return self._session.request(
                method,
                address,
                headers=headers,
                timeout=limits,
                proxies=self._proxies,
                allow_redirects=False,
                stream=True,
                **content,
            )
        except requests.exceptions.SSLError as error:
            raise BionerError(
                f"{self.host}: its certificate is not trusted here, so nothing was sent. For one of your "
                "institution, set REQUESTS_CA_BUNDLE to the file of its certificates."
            ) from error
        except requests.exceptions.Timeout as error:
            raise BionerError(f"{self.host}: does not answer in time. Is the server busy?") from error
        except (requests.exceptions.RequestException, ValueError) as error:  # ValueError: no host name
            raise BionerError(
                f"{self.host}: cannot be reached ({type(error).__name__}). Is the server running, and is the "
                "address right?"
            ) from error

    def _check_redirect(self, method: str, address: str, location: str) -> str:
        """Return where a redirect leads, on the same server and for reading only."""
        target = urljoin(address, location)
        if target.startswith("https:") and format_host(target) == self.host.partition(":")[0]:
            raise BionerError(
                f"{self.host}: wants an encrypted connection. Use the address with https:// instead."
            )
        if format_origin(target) != format_origin(self.address):
            raise BionerError(
                f"{self.host}: redirects to another server ({format_host(target)}), which is not followed: "
                "texts and tokens go only to the address that you named. Is that the right one?"
            )
        if method != "GET":
            raise BionerError(
                f"{self.host}: redirects what is sent to it. Check the address: is it complete, and with "
                "https:// where the server wants that?"
            )
        return target

    def _read_body(self, response: requests.Response, ends: float) -> bytes:
        blocks, n_bytes = [], 0
        try:
            for block in response.iter_content(_BLOCK_BYTES):
                n_bytes += len(block)
                if n_bytes > self._limits.max_bytes:
                    raise BionerError(
                        f"{self.host}: the answer is larger than {self._limits.max_bytes / 1e6:.0f} MB, more "
                        "than is read at once. Nothing was kept."
                    )
                if time.monotonic() > ends:
                    raise BionerError(f"{self.host}: sends too slowly; stopped. Nothing was kept.")
                blocks.append(block)
        except requests.exceptions.RequestException as error:
            raise BionerError(f"{self.host}: the connection broke. Nothing was kept; try again.") from error
        return b"".join(blocks)

    def _check_status(self, answer: WebAnswer, expected: tuple[int, ...]) -> WebAnswer:
        if answer.status in expected:
            return answer
        raise RefusedError(self.host, answer.status)


class RefusedError(BionerError):
    """The server answered with a status that means a failure."""

    def __init__(self, host: str, status: int) -> None:
        super().__init__(f"{host}: {_explain_status(status)}")
        self.status = status


def _explain_status(status: int) -> str:
    if status == 401:
        return (
            "does not accept the token or password (401). Has it expired, or is it of another server? "
            "`bioner rounds secret NAME` asks for a new one."
        )
    if status == 403:
        return "does not allow this (403). Ask its administrator for the right to manage the project."
    if status == 404:
        return "has no such project (404). Check its number, the address, and that you may see it."
    if status == 413:
        return "refuses texts of this length (413). Ask its administrator to raise the limit."
    if status in (400, 409, 422):
        return f"refuses what was sent ({status}). Does the project annotate spans of a text?"
    if status >= 500:
        return f"has failed ({status}). Its own log says why; try again."
    return f"answers {status}, which was not expected."


def _skip_authentication(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request as it is."""
    return request


def encode_json(value: object) -> bytes:
    """Return JSON as bytes, in UTF-8 as it is: ``requests`` would write letters as numbers, twice as long."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8")
