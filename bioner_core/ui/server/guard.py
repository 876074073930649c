"""Admit requests: under names of this server only, with the token of its start or the name of a user."""

import hmac
import os
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from bioner_core.users.login import load_login

TOKEN_VARIABLE = "BIONER_TOKEN"  # noqa: S105  # the name of the variable; `bioner app` sets it
PARAMETER = "token"  # of the address that `bioner app` prints
HEALTH_PATH = "/_stcore/health"  # says only that the server runs
REFUSED_NAME = (
    "This server does not answer under this name. Start it with `bioner app --host-name NAME`, "
    "or add the name to server.allowedHosts.\n"
)
TOKEN_HEADER = "X-Bioner-Token"  # noqa: S105  # with which a proxy shows that it is the proxy
NO_USER = (
    "The log-in is at the proxy in front of this server: open its address. A proxy must be named by "
    "`bioner app --proxy ADDRESS`, and send the header of `--login-header` exactly once.\n"
)
REFUSAL_PAGE = (
    "<!DOCTYPE html><title>BioNER Budget</title><h1>Open the address with the token</h1>"
    "<p>Others use this machine, too. So each start of BioNER Budget has its own token.</p>"
    "<p>Open the address that <code>bioner app</code> printed in its terminal.</p>"
)


class RequestGuard:
    """Refuses requests to unknown names, and those without the token, or without a proxy's user.

    The token comes once in the address; then a cookie holds it. A page of another name that leads to this
    machine (DNS rebinding), or another account of the machine, has neither.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._token = os.environ.get(TOKEN_VARIABLE, "")
        self._login = load_login()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        refusal = self._refuse(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)

    def _refuse(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not passed on; None for others."""
        headers = Headers(scope=scope)
        if not is_allowed_host(headers.get("host", ""), config.get_option("server.allowedHosts")):
            return PlainTextResponse(REFUSED_NAME, 403)
        if scope["path"] == HEALTH_PATH:
            return None
        if self._login and self._login.header:
            return None if self._has_user(scope, headers) else PlainTextResponse(NO_USER, 403)
        if not self._token:
            return None
        name = f"bioner-token-{(scope.get('server') or ('', 0))[1]}"  # cookies are shared by all ports
        if self._is_token(_read_cookie(headers.get("cookie", ""), name)):
            return None
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if scope["type"] == "http" and self._is_token(query.pop(PARAMETER, "")):
            answer = RedirectResponse(f"/{scope['path'].lstrip('/')}?{urlencode(query)}".rstrip("?"), 303)
            answer.set_cookie(name, self._token, httponly=True, samesite="lax")
            return answer
        return HTMLResponse(REFUSAL_PAGE, 403)

    def _has_user(self, scope: Scope, headers: Headers) -> bool:
        """Return whether a request comes from the proxy, with the name of one user."""
        login = self._login
        return (
            login is not None
            and (scope.get("client") or ("",))[0] in login.proxies
            and (not self._token or self._is_token(headers.get(TOKEN_HEADER, "")))
            and len(names := headers.getlist(login.header)) == 1
            and bool(names[0].strip())
        )

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self._token.encode())


def is_allowed_host(header: str, names: list[str]) -> bool:
    """Return whether a Host header, without its port, is one of the names; "*.x.org" allows all below x.org.

    >>> [is_allowed_host(host, ["localhost", "*.x.org"]) for host in ("localhost:85", "a.x.org", "x.org")]
    [True, True, False]
    """
    host = header.rpartition(":")[0] if header.rpartition(":")[2].isdecimal() else header
    host = host.rstrip(".").lower()
    return any(
        name == "*" or host == name.lower() or (name.startswith("*.") and host.endswith(name[1:].lower()))
        for name in names
    )


def _read_cookie(header: str, name: str) -> str:
    try:
        cookie = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return cookie.value if cookie else ""
