"""Options of `bioner app` for a team: what is refused, and what the server gets."""

import pytest

from bioner_core.cli import build_parser, login_options
from bioner_core.cli.login_options import build_login
from bioner_core.errors import BionerError
from bioner_core.users.login import VARIABLE, Login, load_login


def parse(*options):
    return build_login(build_parser().parse_args(["app", *options]))


def test_without_options_there_is_no_login():
    assert parse() is None
    assert load_login() is None


def test_the_server_gets_what_the_options_say(monkeypatch):
    login = parse(
        *("--login-header", "X-User", "--proxy", "10.0.0.5", "--admin", "a", "--admin", "b"),
        *("--user-disk", "0.5", "--user-studies", "3"),
        *("--user-backend", "ray://head:10001", "--user-backend", " slurm?partition=gpu"),
    )
    expected = Login(
        header="X-User",
        proxies=("10.0.0.5",),
        admins=("a", "b"),
        user_bytes=500_000_000,
        user_studies=3,
        user_places=("ray://head:10001", "slurm?partition=gpu"),
    )
    assert login == expected
    monkeypatch.setenv(VARIABLE, login.serialize())
    assert load_login() == login
    assert parse("--login-header", "X-User").proxies == ("127.0.0.1", "::1")
    assert parse("--login-header", "X-User", "--proxy", "FD00:0::5").proxies == ("fd00::5",)  # as sockets say


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--admin", "a"], "--admin: needs a log-in"),
        (["--user-disk", "5", "--proxy", "::1"], "--proxy, --user-disk: needs a log-in"),
        (["--login-header", "X User"], "write letters, digits and -"),
        (["--login-header", "X", "--proxy", "host"], "write an IP address, such as 10.0.0.5"),
        (["--login-header", "X", "--login-claim", "sub"], "--login-claim: belongs to --login oidc"),
        (["--login-header", "X", "--user-backend", "moon"], "backend 'moon': is none"),
        (["--user-backend", "ray"], "--user-backend: needs a log-in"),
        (["--login-header", "X", "--no-token"], "--no-token: log-in takes the place"),
        (["--login", "oidc", "--proxy", "::1"], "--proxy: belongs to --login-header"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(BionerError, match=message):
        parse(*options)


def test_oidc_needs_authlib(monkeypatch):
    monkeypatch.setattr(login_options, "find_spec", lambda name: None)
    with pytest.raises(
        BionerError, match=r"needs Authlib. Install it: pip install \"bioner-budget\[login\]\""
    ):
        parse("--login", "oidc")
    monkeypatch.setattr(login_options, "find_spec", lambda name: name)
    assert parse("--login", "oidc").claim == "email"
    assert parse("--login", "oidc", "--login-claim", "sub").claim == "sub"


@pytest.mark.parametrize("options", [["--user-disk", "0"], ["--user-disk", "x"], ["--user-studies", "0"]])
def test_limits_are_numbers(options, capsys):
    with pytest.raises(SystemExit):
        parse("--login-header", "X", *options)
    assert "write" in capsys.readouterr().err
