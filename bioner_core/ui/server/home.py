"""Lead the address of the first page by its name, /budget, to the one Streamlit knows, /."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HOME = "/budget"


class HomeRedirect:
    """Answers requests for the first page's name with a redirect that keeps the view."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or redirect it."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != HOME:
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        await RedirectResponse(f"../?{query}".rstrip("?"), 307)(scope, receive, send)
