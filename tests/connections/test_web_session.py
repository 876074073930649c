"""Requests go to the named server alone, are bounded, and fail without a word of what was sent."""

import logging

import pytest
from replay import Replay, serve

from bioner_core.connections.web_session import RefusedError, SessionLimits, WebSession
from bioner_core.errors import BionerError, format_traceback

SECRET = "s3cr3t-t0k3n"  # noqa: S105
TEXT = "the patient took zinc"


def exchange(status, *, method="GET", path="/x", **answer):
    return {"method": method, "path": path, "status": status, **answer}


def send(address, method="GET", **options):
    return WebSession(address).send(method, "/x", headers={"Authorization": SECRET}, data=TEXT, **options)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            401,
            "does not accept the token or password (401). Has it expired, or is it of another server? "
            "`bioner rounds secret NAME` asks for a new one.",
        ),
        (403, "does not allow this (403). Ask its administrator for the right to manage the project."),
        (404, "has no such project (404). Check its number, the address, and that you may see it."),
        (413, "refuses texts of this length (413). Ask its administrator to raise the limit."),
        (422, "refuses what was sent (422). Does the project annotate spans of a text?"),
        (500, "has failed (500). Its own log says why; try again."),
        (418, "answers 418, which was not expected."),
    ],
)
def test_a_refusal_says_what_to_do_and_quotes_nothing(status, message):
    replay = Replay([exchange(status, body={"detail": f"{SECRET} {TEXT}"})])
    with serve(replay) as address, pytest.raises(RefusedError) as caught:
        send(address)
    assert str(caught.value) == f"{address.removeprefix('http://')}: {message}"
    assert SECRET not in format_traceback(caught.value)


def test_a_redirect_to_another_host_is_refused_before_anything_is_sent_there():
    other = Replay([exchange(200, body={})])
    with serve(other) as elsewhere:
        here = Replay([exchange(302, headers={"Location": f"{elsewhere}/x"})])
        with (
            serve(here) as address,
            pytest.raises(BionerError, match="redirects to another server") as caught,
        ):
            send(address)
    assert other.requests == []
    assert "texts and tokens go only to the address that you named" in str(caught.value)


def test_a_server_that_wants_encryption_is_named_as_such():
    moved = exchange(301, headers={"Location": "https://127.0.0.1/x"})
    with serve(Replay([moved])) as address, pytest.raises(BionerError, match="wants an encrypted"):
        send(address)


def test_what_is_for_this_machine_goes_through_no_proxy(monkeypatch):
    proxy, here = Replay([exchange(200, body={})]), Replay([exchange(200, body={"ok": 1})])
    with serve(proxy) as elsewhere, serve(here) as address:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert send(address).parse_json() == {"ok": 1}
    assert proxy.requests == []


def test_a_redirect_on_the_same_server_is_followed_for_reading_alone():
    moved = {"headers": {"Location": "/y"}}
    answers = [
        exchange(301, **moved),
        exchange(301, method="POST", **moved),
        exchange(200, path="/y", body={"ok": 1}),
    ]
    with serve(Replay(answers)) as address:
        assert send(address).parse_json() == {"ok": 1}
        with pytest.raises(BionerError, match="redirects what is sent to it"):
            send(address, "POST")


def test_redirects_end():
    replay = Replay([exchange(302, headers={"Location": "/x"})])
    with serve(replay) as address, pytest.raises(BionerError, match="redirects without end"):
        send(address)


def test_an_answer_has_a_largest_size():
    with serve(Replay([exchange(200, text="x" * 5000)])) as address:
        session = WebSession(address, limits=SessionLimits(max_bytes=1000))
        with pytest.raises(BionerError, match="larger than 0 MB, more than is read at once"):
            session.send("GET", "/x")
        assert (
            WebSession(address, limits=SessionLimits(max_bytes=5000)).send("GET", "/x").content == b"x" * 5000
        )


def test_a_slow_answer_ends():
    with serve(Replay([exchange(200, text="x")])) as address:
        session = WebSession(address, limits=SessionLimits(total_seconds=-1))
        with pytest.raises(BionerError, match="sends too slowly"):
            session.send("GET", "/x")


def test_a_server_that_is_not_there_is_named():
    with serve(Replay([])) as address:
        pass
    with pytest.raises(BionerError, match=r"cannot be reached \(ConnectionError\)"):
        send(address)


def test_a_web_page_is_no_answer():
    replay = Replay([exchange(200, text="<html>log in</html>")])
    with serve(replay) as address, pytest.raises(BionerError, match="the answer is not JSON"):
        send(address).parse_json()


def test_no_password_of_netrc_is_sent(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login anna password of-another-program\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    replay = Replay([exchange(200, body={})])
    with serve(replay) as address:
        WebSession(address).send("GET", "/x")
    assert "Authorization" not in replay.requests[0][2]


def test_logs_hold_neither_token_nor_text(caplog):
    caplog.set_level(logging.DEBUG)
    with serve(Replay([exchange(200, body={})])) as address:
        send(address)
    assert SECRET not in caplog.text
    assert TEXT not in caplog.text
