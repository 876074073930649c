"""Failures of downloads: the message of each, and what is left on disk; docs/corpora.md has this table."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from servers import (
    BODY,
    RULES,
    build_public_corpus,
    cut_connection,
    redirect,
    send_file,
    send_range,
    send_response,
    serve_responses,
    stall_connection,
)

from bioner_core.corpus.fetching.fetch import download_corpus
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError

NOTHING, PART = "nothing", "the part, for the next attempt"
LOGIN = b"  <!DOCTYPE html><html><body>Log in</body></html>"
CHANGED = BODY.replace(b"aspirin", b"ASPIRIN")


def zip_members(members):
    """Return a zip archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


BOMB = zip_members({"synthetic.conll": b"\0" * 101_000_000})
CLIMBING = zip_members({"../synthetic.conll": BODY})

# fault → (responses of the server, message, what is left, whether the digest is on the list)
FAULTS = {
    "the file is gone (404)": ([send_response(404)], "no longer exists (404)", NOTHING, True),
    "the server refuses (401, 403)": ([send_response(403)], "refuses the download (403)", NOTHING, True),
    "too many requests (429), again and again": (
        [send_response(429)],
        "127.0.0.1 answers 429",
        NOTHING,
        True,
    ),
    "the server is broken (500, 502, 503, 504)": (
        [send_response(500)],
        "127.0.0.1 answers 500",
        NOTHING,
        True,
    ),
    "any other status": ([send_response(418)], "answers 418, so nothing was downloaded", NOTHING, True),
    "a web page with status 200": (
        [send_response(body=LOGIN)],
        "the server sent a web page instead of the file",
        NOTHING,
        True,
    ),
    "the connection ends early, again and again": (
        [cut_connection(100_000), send_range(n_bytes=0)],
        "100,000 bytes are kept: the next attempt continues from there",
        PART,
        True,
    ),
    "the server goes silent": (
        [stall_connection(70_000)],
        "the server went silent. 70,000 bytes are kept",
        PART,
        True,
    ),
    "a Content-Length that is too small": (
        [send_response(body=BODY, length=50_000)],
        "is not the file on the list",
        NOTHING,
        True,
    ),
    "a Content-Length that is too large": (
        [send_response(body=BODY, length=len(BODY) + 9), send_response(416)],
        "the server has another file than before",
        NOTHING,
        True,
    ),
    "another file than on the list": ([send_file(CHANGED)], "is not the file on the list", NOTHING, True),
    "a redirect to an address without encryption": (
        [redirect("http://plain.example/file")],
        "leads to an address without encryption (http://plain.example/file), which is not followed",
        NOTHING,
        True,
    ),
    "redirects without end": ([redirect("/again")], "redirects without end", NOTHING, True),
    "a file that is too large": (
        [send_response(body=BODY, length=900_000_000, n_bytes=10)],
        "the file is larger than 200 MB",
        NOTHING,
        True,
    ),
    "an archive that unpacks to too much": ([send_file(BOMB)], "unpacks to more than 100 MB", NOTHING, False),
    "an archive whose names climb out": ([send_file(CLIMBING)], "path outside the archive", NOTHING, False),
    "a damaged archive": ([send_file(BOMB[:5_000])], "the zip archive is damaged or cut off", NOTHING, False),
    "a file packed unasked (Content-Encoding)": (
        [send_response(body=BODY, headers=[("Content-Encoding", "br")])],
        "in a compression that was not requested",
        NOTHING,
        True,
    ),
    "a file in an unknown format": (
        [send_file(b"nothing but words\n" * 9)],
        "its format is not recognised",
        NOTHING,
        False,
    ),
    "a file without the labels on the list": (
        [send_file(BODY.replace(b"B-DRUG", b"B-X").replace(b"B-ADR", b"B-Y"))],
        "no entities",
        NOTHING,
        False,
    ),
}


def read_refusal(listed):
    with pytest.raises(BionerError) as caught:
        list(download_corpus(listed, settings=RULES))
    return str(caught.value)


def list_remains(folder):
    """Return the suffixes of the remaining files of a download, except lock and state."""
    return sorted(path.suffix for path in folder.iterdir() if path.suffix != ".lock" and path.name[0] != ".")


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_a_message_and_leaves_no_incomplete_corpus(fault, isolated_cache):
    script, message, remains, has_digest = FAULTS[fault]
    with serve_responses(*script) as server:
        error = read_refusal(build_public_corpus(server, has_digest=has_digest))
    assert message in error
    assert error.startswith("synthetic: ") and error.endswith("Home: https://corpus.example/synthetic")
    assert list_remains(isolated_cache) == ([".json", ".part"] if remains == PART else [])
    assert Library().names() == ()
    assert not Library().folder.exists() or list(Library().folder.iterdir()) == []


def test_the_table_of_faults_in_the_docs_equals_the_tested_faults():
    page = (Path(__file__).parents[3] / "docs/corpora.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| “(.+?)” \| (.+?) \|$", page, re.MULTILINE)
    assert rows == [(fault, message, remains) for fault, (_, message, remains, _) in FAULTS.items()]


def test_a_folder_that_cannot_be_written_is_explained(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "file"))
    with serve_responses(send_file()) as server:
        assert read_refusal(build_public_corpus(server)) == (
            f"synthetic: {tmp_path}/file/downloads: cannot be written (Not a directory). "
            "Set BIONER_CACHE to a folder of yours."
        )


def test_an_unreachable_server_is_explained(isolated_cache):
    with serve_responses(send_file()) as server:
        listed = build_public_corpus(server)
    assert "127.0.0.1 cannot be reached" in read_refusal(listed)


def test_addresses_without_encryption_are_refused_by_default(isolated_cache):
    with serve_responses(send_file()) as server, pytest.raises(BionerError, match="without encryption"):
        list(download_corpus(build_public_corpus(server)))
    assert server.requests == []


def test_an_untrusted_certificate_ends_the_download(isolated_cache, monkeypatch):
    import requests

    def untrusted(*args, **kwargs):
        raise requests.exceptions.SSLError("self-signed")

    monkeypatch.setattr(requests.Session, "get", untrusted)
    with serve_responses(send_file()) as server:
        assert "its certificate is not trusted here" in read_refusal(build_public_corpus(server))
