"""Which servers may get texts: encrypted ones, this machine, or what the user allows by a word."""

import pytest

from bioner_core.connections.addresses import format_host, parse_address
from bioner_core.connections.catalog import connect, parse_settings
from bioner_core.connections.credentials import Credential
from bioner_core.connections.tool import ToolSettings
from bioner_core.errors import BionerError


@pytest.mark.parametrize(
    ("tool", "address", "server", "project"),
    [
        (
            "label-studio",
            "https://labels.example.org/projects/12/data?tab=3&task=7",
            "https://labels.example.org",
            "12",
        ),
        ("doccano", "http://localhost:8000/projects/4/sequence-labeling", "http://localhost:8000", "4"),
        (
            "argilla",
            "https://a.example.org/dataset/0a1b2c3d-0000-4000-8000-0123456789ab/annotation-mode",
            "https://a.example.org",
            "0a1b2c3d-0000-4000-8000-0123456789ab",
        ),
        (
            "inception",
            "https://example.org/inception/p/side-effects/annotate#!d=1",
            "https://example.org/inception",
            "side-effects",
        ),
    ],
)
def test_the_address_of_a_browser_names_server_and_project(tool, address, server, project):
    settings = parse_settings(tool, address)
    assert (settings.address, settings.project) == (server, project)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "http://labels.example.org/projects/1",
            "http://labels.example.org: texts and token would cross the network unencrypted. Use https://, "
            "or add --insecure if nobody else can read that network.",
        ),
        (
            "https://anna:secret@labels.example.org/projects/1",
            "labels.example.org: the address holds a user name or a password, which would stand in files and "
            "on screens. Leave it out; you are asked for it. Write it as https://annotation.example.org, or "
            "http://localhost:8080 for a server on this machine.",
        ),
        (
            "https://labels.example.org/",
            "https://labels.example.org: the address names no project. Open the project in Label Studio and "
            "copy the address from the browser, such as https://labels.example.org/projects/3.",
        ),
        (
            "https://[labels/projects/1",
            "https://[labels/projects/1: is no address of a server. Write it as "
            "https://annotation.example.org, or http://localhost:8080 for a server on this machine.",
        ),
        (
            "file:///etc/projects/1",
            "file:///etc: is no address of a server. Write it as https://annotation.example.org, or "
            "http://localhost:8080 for a server on this machine.",
        ),
    ],
)
def test_other_addresses_are_refused(address, message):
    with pytest.raises(BionerError) as caught:
        parse_settings("label-studio", address)
    assert str(caught.value) == message
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["http://[::1]:8080", "http://127.0.0.1", "http://127.9.9.9:1", "http://LOCALHOST"]
)
def test_this_machine_needs_no_encryption(address):
    assert parse_address(address)


@pytest.mark.parametrize(
    "address", ["http://localhost.example.org", "http://127.0.0.1.example.org", "http://0.0.0.0"]
)
def test_hosts_that_only_sound_like_this_machine_need_it(address):
    with pytest.raises(BionerError, match="unencrypted"):
        parse_address(address)
    assert parse_address(address, is_insecure=True)


def test_a_project_cannot_change_the_address():
    for project in ("../../admin", "1?x=", "1/../2", ""):
        with pytest.raises(BionerError, match="found no number or id"):
            ToolSettings(tool="label-studio", address="https://example.org", project=project)


def test_a_host_is_shown_without_what_could_break_a_line():
    assert format_host("https://xn--bcher-kva.example:8443/a") == "xn--bcher-kva.example:8443"


def test_users_of_a_server_with_log_in_reach_no_tool(monkeypatch):
    """Their requests would come from the server, which sees hosts that they do not."""
    from bioner_core.users import current

    settings = ToolSettings(tool="label-studio", address="http://127.0.0.1", project="1")
    user = current.User(name="anna")
    monkeypatch.setattr(current._LogIn, "find", staticmethod(lambda: user))
    with pytest.raises(BionerError, match="does not connect its users to annotation tools"):
        connect(settings, Credential("token"))
    monkeypatch.setattr(
        current._LogIn, "find", staticmethod(lambda: current.User(name="boss", is_admin=True))
    )
    assert connect(settings, Credential("token"))
