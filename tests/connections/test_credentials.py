"""Tokens are kept for one server each, where nobody else can read them, and are shown nowhere."""

import json

import pytest

from bioner_core.connections.credentials import (
    Credential,
    delete_credential,
    load_credential,
    locate_credentials,
    save_credential,
)
from bioner_core.errors import BionerError

HERE, THERE = "https://labels.example.org/tool", "https://other.example.org"


def test_a_token_goes_to_its_own_server_only():
    save_credential(HERE, Credential("one"))
    save_credential(THERE, Credential("two", "anna"))
    assert load_credential("https://labels.example.org:443/elsewhere") == Credential("one")
    assert load_credential(THERE) == Credential("two", "anna")
    assert load_credential("http://labels.example.org") is None
    assert load_credential("https://labels.example.org:8443") is None


def test_the_file_is_readable_by_its_owner_alone():
    save_credential(HERE, Credential("one"))
    path = locate_credentials()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    load_credential(HERE)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_token_is_forgotten():
    save_credential(HERE, Credential("one"))
    assert delete_credential(HERE)
    assert not delete_credential(HERE)
    assert json.loads(locate_credentials().read_text()) == {}


def test_a_token_is_not_part_of_what_is_printed():
    assert "s3cr3t" not in repr(Credential("s3cr3t", "anna"))


def test_a_token_of_another_keyboard_is_refused_and_a_password_is_not():
    with pytest.raises(BionerError, match="Is the keyboard set to another language"):
        Credential("ключ")
    assert len(Credential("ключ", "anna").secret) == 4


@pytest.mark.parametrize("secret", ["", "  ", "a\nb", "x" * 5000])
def test_what_no_header_can_hold_is_refused_unquoted(secret):
    with pytest.raises(BionerError) as caught:
        Credential(secret)
    assert str(caught.value) == (
        "the token or password is empty, longer than 4,096 characters, or holds a line break. Copy it again, "
        "without anything around it."
    )


@pytest.mark.parametrize("content", ["{", "[]", '{"https://labels.example.org": 3}'])
def test_a_damaged_file_is_named_with_a_remedy(content):
    save_credential(HERE, Credential("one"))
    locate_credentials().write_text(content)
    with pytest.raises(BionerError, match="is damaged"):
        load_credential(HERE)
