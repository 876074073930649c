"""One answer of a server: over https alone, through the environment's proxies, or refused in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests

from bioner_core import __version__
from bioner_core.corpus.reading.bounds import MAX_BYTES, printable
from bioner_core.errors import BionerError

_REDIRECTS = 8  # addresses one after the other
_LONGEST_WAIT = 60.0  # seconds that a server may ask us to wait
_PASSING = (408, 425, 429, 500, 502, 503, 504)  # the same request may work later
_GONE, _REFUSED = (404, 410), (401, 402, 403, 407, 451)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a download behaves."""

    most: int = 2 * MAX_BYTES  # of one file; a repository holds more than its corpus
    connect_seconds: float = 15.0
    stall_seconds: float = 30.0  # without a byte
    attempts: int = 5  # one after the other without a byte more
    pause_seconds: float = 1.0  # before the second attempt; doubles each time
    plain_http: tuple[str, ...] = ()  # hosts that need no encryption: tests on this machine alone


class PassingError(Exception):
    """Something that may go away by itself: why, and how long the server asks to wait."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


def opened(url: str, headers: Mapping[str, str], rules: Rules) -> requests.Response:
    """Ask for a file and follow redirects; the answer's status is 200, 206 or 416, its body unread.

    :raises PassingError: another attempt may help.
    :raises BionerError: none will.
    """
    own = {"User-Agent": f"bioner/{__version__}", "Accept-Encoding": "identity", **headers}
    with requests.Session() as session:
        session.auth = _nobody  # else a password of the user's .netrc would be sent
        address = url
        for _ in range(_REDIRECTS):
            _check(address, url, rules)
            response = _asked(session, address, own, rules)
            if not response.is_redirect:
                return _judged(response, url)
            response.close()
            address = urljoin(address, response.headers["Location"])
    raise BionerError(f"{_host(url)}: leads from address to address without end. Nothing was downloaded.")


def _asked(
    session: requests.Session, address: str, headers: Mapping[str, str], rules: Rules
) -> requests.Response:
    """Return the answer to one request."""
    limits = (rules.connect_seconds, rules.stall_seconds)
    try:
        return session.get(address, headers=headers, stream=True, allow_redirects=False, timeout=limits)
    except requests.exceptions.SSLError as error:
        raise BionerError(
            f"{_host(address)}: its certificate is not trusted here, so nothing was downloaded. Is the clock "
            "right? Behind a company's proxy, REQUESTS_CA_BUNDLE names the file of its certificates."
        ) from error
    except requests.exceptions.Timeout as error:
        raise PassingError(f"{_host(address)} does not answer") from error
    except requests.exceptions.ProxyError as error:
        raise PassingError("the proxy of the environment (HTTPS_PROXY) cannot be reached") from error
    except requests.exceptions.ConnectionError as error:
        raise PassingError(f"{_host(address)} cannot be reached") from error
    except requests.exceptions.RequestException as error:
        raise BionerError(f"{_host(address)}: {type(error).__name__}. Nothing was downloaded.") from error


def _judged(response: requests.Response, url: str) -> requests.Response:
    """Return an answer that brings something, or say why it does not."""
    status, where = response.status_code, _host(response.url)
    if status in (200, 206, 416):
        if response.headers.get("Content-Encoding", "identity") == "identity":
            return response
        response.close()
        raise BionerError(f"{where}: sends the file packed in a way that was not asked for.")
    response.close()
    if status in _PASSING:
        raise PassingError(f"{where} answers {status}", _wait(response.headers.get("Retry-After", "")))
    if status in _GONE:
        raise BionerError(
            f"{printable(url)}: is not there any more ({status}). Look at the corpus's home page."
        )
    if status in _REFUSED:
        raise BionerError(f"{where}: refuses the download ({status}). Look at the corpus's home page.")
    raise BionerError(f"{where}: answers {status}, so nothing was downloaded.")


def _wait(text: str) -> float:
    """Return the seconds that a server asks to wait; 0 where it names a date or nothing."""
    return min(float(text), _LONGEST_WAIT) if text.isdecimal() else 0.0


def _check(address: str, first: str, rules: Rules) -> None:
    parts = urlsplit(address)
    is_allowed = parts.scheme == "http" and parts.hostname in rules.plain_http
    if parts.scheme != "https" and not is_allowed:
        raise BionerError(
            f"{_host(first)}: leads to an address without encryption ({printable(address[:100])}), which is "
            "not followed. Nothing was downloaded."
        )


def _host(address: str) -> str:
    return printable(urlsplit(address).hostname or address[:100])


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
