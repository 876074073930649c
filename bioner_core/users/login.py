"""How people log in: by OpenID Connect, or by a header that a proxy sets."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

from bioner_core.errors import BionerError
from bioner_core.users.current import User

VARIABLE = "BIONER_LOGIN"  # `bioner app` sets it for its server
HEADER_KEY = "login_name"  # under which Streamlit keeps the header of a proxy
MAX_NAME = 255  # characters


@dataclass(frozen=True, kw_only=True)
class Login:
    """The log-in of a server; exactly one of ``header`` and ``claim`` is set."""

    header: str = ""  # of requests, with the user's name
    proxies: tuple[str, ...] = ()  # addresses whose header is believed
    claim: str = ""  # of the OpenID Connect token, with the user's name
    admins: tuple[str, ...] = ()
    user_bytes: int | None = None
    user_studies: int | None = None
    user_places: tuple[str, ...] = ()  # as ``--backend`` names them

    def build_user(self, name: str) -> User:
        """Return the user of a name. :raises BionerError: the name is empty, too long or not printable."""
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            place = f"header {self.header}" if self.header else f"claim {self.claim}"
            raise BionerError(
                f"log-in: {place} holds no name of 1 to {MAX_NAME} printable characters. "
                "Ask your administrator."
            )
        is_admin = name in self.admins
        return User(
            name=name,
            is_admin=is_admin,
            max_bytes=None if is_admin else self.user_bytes,
            max_studies=None if is_admin else self.user_studies,
            places=None if is_admin else self.user_places,
        )

    def decode_header(self, text: str) -> str:
        """Return the name in a header that a proxy wrote as UTF-8 and the server read as Latin-1; else "".

        >>> Login().decode_header("JÃ¼rgen"), Login().decode_header("Jürgen")
        ('Jürgen', '')
        """
        with suppress(UnicodeError):
            return text.encode("latin-1").decode("utf-8")
        return ""

    def find_claim(self, token: Mapping[str, object]) -> str:
        """Return the name in an OpenID Connect token. :raises BionerError: there is none to believe."""
        name = token.get(self.claim)
        if self.claim == "email" and token.get("email_verified") is False:
            raise BionerError("log-in: your provider has not verified your e-mail address. Verify it there.")
        if not isinstance(name, str) or not name:
            raise BionerError(
                f"log-in: your provider sent no {self.claim}. Ask your administrator to set --login-claim."
            )
        return name

    def serialize(self) -> str:
        """Return the log-in as ``load_login`` reads it."""
        return json.dumps(asdict(self))


def load_login() -> Login | None:
    """Return the log-in of this server; None where it has none."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return None
    record = json.loads(text)
    lists = {name: tuple(value) for name, value in record.items() if isinstance(value, list)}
    return Login(**{**record, **lists})
