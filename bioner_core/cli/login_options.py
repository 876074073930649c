"""Options of ``bioner app`` for a team: how people log in, and what each of them may use."""

import argparse
import ipaddress
import re
from importlib.util import find_spec

from bioner_core.errors import BionerError
from bioner_core.study.executors.backend import parse_backend
from bioner_core.users.login import Login

LOCAL_PROXIES = ("127.0.0.1", "::1")


def add_login_options(app: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = app.add_argument_group("a team", "runs and corpora belong to whoever has logged in")
    way = group.add_mutually_exclusive_group()
    way.add_argument(
        "--login", choices=["oidc"], help="log-in by OpenID Connect, as Streamlit's secrets.toml describes it"
    )
    way.add_argument(
        "--login-header",
        metavar="HEADER",
        help="believe this header of a proxy with a log-in, such as X-Forwarded-User",
    )
    group.add_argument(
        "--login-claim",
        metavar="CLAIM",
        help="with --login oidc: what names a user, such as sub (default: email)",
    )
    group.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="with --login-header: the proxy's IP address (default: this machine)",
    )
    group.add_argument(
        "--admin",
        action="append",
        default=[],
        metavar="NAME",
        help="an administrator, who owns the runs and corpora that nobody else does",
    )
    group.add_argument(
        "--user-disk", type=_parse_gigabytes, metavar="GB", help="disk space of each user (default: no limit)"
    )
    group.add_argument(
        "--user-studies",
        type=_parse_count,
        metavar="N",
        help="studies of each user that train or wait at once (default: no limit)",
    )
    group.add_argument(
        "--user-backend",
        action="append",
        default=[],
        metavar="PLACE",
        help="a cluster where users may train, as --backend names it (default: this machine alone)",
    )


def build_login(args: argparse.Namespace) -> Login | None:
    """Return the log-in of the options; None where there is none. :raises BionerError: they do not fit."""
    if not (args.login or args.login_header):
        options = ("login_claim", "proxy", "admin", "user_disk", "user_studies", "user_backend")
        if unused := [f"--{name.replace('_', '-')}" for name in options if getattr(args, name)]:
            raise BionerError(
                f"{', '.join(unused)}: needs a log-in. Add --login oidc or --login-header HEADER."
            )
        return None
    if args.no_token:
        raise BionerError("--no-token: log-in takes the place of the address's token. Leave it out.")
    if args.login_header:
        _check_header_options(args)
    else:
        _check_oidc_options(args)
    return Login(
        header=args.login_header or "",
        proxies=tuple(str(ipaddress.ip_address(address)) for address in args.proxy) or LOCAL_PROXIES,
        claim="" if args.login_header else args.login_claim or "email",
        admins=tuple(args.admin),
        user_bytes=args.user_disk,
        user_studies=args.user_studies,
        user_places=tuple(str(parse_backend(place)) for place in args.user_backend),
    )


def _check_header_options(args: argparse.Namespace) -> None:
    if args.login_claim:
        raise BionerError("--login-claim: belongs to --login oidc. Leave it out.")
    if not re.fullmatch(r"[A-Za-z0-9-]+", args.login_header):
        raise BionerError(
            f"--login-header {args.login_header!r}: write letters, digits and -, such as X-Forwarded-User."
        )
    for address in args.proxy:
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise BionerError(f"--proxy {address!r}: write an IP address, such as 10.0.0.5.") from error


def _check_oidc_options(args: argparse.Namespace) -> None:
    if args.proxy:
        raise BionerError("--proxy: belongs to --login-header. Leave it out.")
    if find_spec("authlib") is None:
        raise BionerError('--login oidc: needs Authlib. Install it: pip install "bioner-budget[login]".')


def _parse_gigabytes(text: str) -> int:
    try:
        n_bytes = float(text) * 1e9
    except ValueError:
        n_bytes = 0.0
    if not 1 <= n_bytes <= 1e18:
        raise argparse.ArgumentTypeError(f"{text!r}: write gigabytes, such as 20")
    return int(n_bytes)


def _parse_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r}: write a number from 1, such as 3")
    return int(text)
