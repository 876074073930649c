"""Request a file over HTTPS, through the proxies of the environment, and turn failures into messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests

from bioner_core import __version__
from bioner_core.corpus.reading.bounds import MAX_BYTES, escape_name
from bioner_core.errors import BionerError

_MAX_REDIRECTS = 8
_MAX_WAIT_SECONDS = 60.0  # for Retry-After
_TRANSIENT_STATUSES = (408, 425, 429, 500, 502, 503, 504)  # the same request may work later
_GONE_STATUSES, _REFUSED_STATUSES = (404, 410), (401, 402, 403, 407, 451)


@dataclass(frozen=True, kw_only=True)
class DownloadSettings:
    """Limits, timeouts and retries of a download."""

    max_bytes: int = 2 * MAX_BYTES  # per file; the archive of a repository holds more than the corpus
    connect_seconds: float = 15.0
    stall_seconds: float = 30.0  # without receiving a byte
    attempts: int = 5  # in a row without receiving a byte
    pause_seconds: float = 1.0  # before the second attempt; doubles each time
    plain_http: tuple[str, ...] = ()  # hosts allowed without encryption, for tests


class TransientError(Exception):
    """A failure that may pass: the reason, and how long the server asks to wait, in seconds."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


def open_url(url: str, headers: Mapping[str, str], settings: DownloadSettings) -> requests.Response:
    """Request a file and follow redirects; the response has status 200, 206 or 416 and an unread body.

    :raises TransientError: another attempt may succeed.
    :raises BionerError: none will.
    """
    request_headers = {"User-Agent": f"bioner/{__version__}", "Accept-Encoding": "identity", **headers}
    with requests.Session() as session:
        session.auth = _skip_authentication  # otherwise a password of the user's .netrc would be sent
        address = url
        for _ in range(_MAX_REDIRECTS):
            _check_encryption(address, url, settings)
            response = _send_request(session, address, request_headers, settings)
            if not response.is_redirect:
                return _check_response(response, url)
            response.close()
            address = urljoin(address, response.headers["Location"])
    raise BionerError(f"{_extract_host(url)}: redirects without end. Nothing was downloaded.")


def _send_request(
    session: requests.Session, address: str, headers: Mapping[str, str], settings: DownloadSettings
) -> requests.Response:
    """Return the response to one request."""
    host, limits = _extract_host(address), (settings.connect_seconds, settings.stall_seconds)
    try:
        return session.get(address, headers=headers, stream=True, allow_redirects=False, timeout=limits)
    except requests.exceptions.SSLError as error:
        raise BionerError(
            f"{host}: its certificate is not trusted here, so nothing was downloaded. Is the clock "
            "right? Behind a company's proxy, REQUESTS_CA_BUNDLE names the file of its certificates."
        ) from error
    except requests.exceptions.Timeout as error:
        raise TransientError(f"{host} does not answer") from error
    except requests.exceptions.ProxyError as error:
        raise TransientError("the proxy of the environment (HTTPS_PROXY) cannot be reached") from error
    except requests.exceptions.ConnectionError as error:
        raise TransientError(f"{host} cannot be reached") from error
    except requests.exceptions.RequestException as error:
        raise BionerError(f"{host}: {type(error).__name__}. Nothing was downloaded.") from error


def _check_response(response: requests.Response, url: str) -> requests.Response:
    """Return a response with content, or raise an error that says why there is none."""
    status, where = response.status_code, _extract_host(response.url)
    if status in (200, 206, 416):
        if response.headers.get("Content-Encoding", "identity") == "identity":
            return response
        response.close()
        raise BionerError(f"{where}: sends the file in a compression that was not requested.")
    response.close()
    if status in _TRANSIENT_STATUSES:
        raise TransientError(
            f"{where} answers {status}", _parse_retry_after(response.headers.get("Retry-After", ""))
        )
    if status in _GONE_STATUSES:
        raise BionerError(f"{escape_name(url)}: no longer exists ({status}). Look at the corpus's home page.")
    if status in _REFUSED_STATUSES:
        raise BionerError(f"{where}: refuses the download ({status}). Look at the corpus's home page.")
    raise BionerError(f"{where}: answers {status}, so nothing was downloaded.")


def _parse_retry_after(text: str) -> float:
    """Return the seconds of a Retry-After header; 0 where it is a date or empty."""
    return min(float(text), _MAX_WAIT_SECONDS) if text.isdecimal() else 0.0


def _check_encryption(address: str, first: str, settings: DownloadSettings) -> None:
    """Refuse addresses without HTTPS, but for the hosts of ``plain_http``."""
    parts = urlsplit(address)
    is_allowed = parts.scheme == "http" and parts.hostname in settings.plain_http
    if parts.scheme != "https" and not is_allowed:
        raise BionerError(
            f"{_extract_host(first)}: leads to an address without encryption ({escape_name(address[:100])}), "
            "which is not followed. Nothing was downloaded."
        )


def _extract_host(address: str) -> str:
    return escape_name(urlsplit(address).hostname or address[:100])


def _skip_authentication(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request without credentials."""
    return request
