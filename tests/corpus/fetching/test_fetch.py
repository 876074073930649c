"""Downloads from the first request to the library, with a local server."""

import gzip
import hashlib
import json
from dataclasses import replace

import pytest
from filelock import FileLock
from servers import (
    BODY,
    N_SENTENCES,
    RULES,
    TAG,
    build_public_corpus,
    cut_connection,
    redirect,
    send_chunks,
    send_file,
    send_range,
    send_response,
    serve_responses,
)
from test_faults import CHANGED, list_remains, read_refusal, zip_members

from bioner_core.corpus.fetching.contents import compute_contents_digest, compute_git_hash
from bioner_core.corpus.fetching.fetch import describe_verification, download_corpus
from bioner_core.corpus.fetching.ledger import NOT_VERIFIED, Ledger
from bioner_core.corpus.fetching.registry import PublishedCounts, RemoteFile, load_public_corpus
from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import open_corpus
from bioner_core.errors import BionerError


def run_download(listed, **options):
    """Run a download to its end; return the fetched corpus and the steps."""
    steps = []
    running = download_corpus(listed, settings=RULES, **options)
    while True:
        try:
            steps.append(next(running))
        except StopIteration as end:
            return end.value, steps


def test_a_downloaded_corpus_has_its_licence_home_and_citation(isolated_cache):
    with serve_responses(send_file()) as server:
        fetched, _ = run_download(build_public_corpus(server))
    library_corpus = Library().load("synthetic")
    assert library_corpus.mentions == {"Drug": N_SENTENCES, "Disease": N_SENTENCES}
    assert (library_corpus.licence, library_corpus.home) == ("CC0 1.0", "https://corpus.example/synthetic")
    assert (
        library_corpus.citation,
        library_corpus.language,
        library_corpus.domain,
        library_corpus.is_synthetic,
    ) == (
        "Nobody 2026",
        "en",
        "UGT",
        True,
    )
    assert fetched.counts == ("Counts are the published ones (this test): 200 sentences, 200 DRUG, 200 ADR.")
    assert fetched.digest == "Digest as on the list (this test)"
    assert list_remains(isolated_cache) == []


def test_only_the_labels_on_the_list_are_kept(isolated_cache):
    with serve_responses(send_file()) as server:
        run_download(build_public_corpus(server, labels={"ADR": "Reaction"}))
    assert Library().load("synthetic").types == ("Reaction",)


def test_counts_that_differ_from_the_published_ones_are_reported(isolated_cache):
    said = PublishedCounts(
        documents=3, sentences=N_SENTENCES, mentions={"DRUG": 5, "DOSE": 1}, source="Nobody 2026"
    )
    with serve_responses(send_file()) as server:
        fetched, _ = run_download(build_public_corpus(server, published=said))
    assert fetched.counts == (
        "Counts differ from the published ones (Nobody 2026): DRUG 200 read of 5, DOSE 0 read of 1."
    )


def test_an_interrupted_download_is_resumed(isolated_cache):
    with serve_responses(cut_connection(100_000), send_range()) as server:
        _, steps = run_download(build_public_corpus(server))
    assert server.requests[1][1]["Range"] == "bytes=100000-"
    assert server.requests[1][1]["If-Range"] == TAG
    assert [step.done for step in steps if "downloading" in step.phase][-1] == len(BODY)
    assert max(step.done for step in steps) == len(BODY)


def test_a_cancelled_download_is_resumed_the_next_time(isolated_cache):
    with serve_responses(send_file(), send_range()) as server:
        running = download_corpus(build_public_corpus(server), settings=RULES)
        next(running)
        running.close()
        assert list_remains(isolated_cache) == [".json", ".part"]
        run_download(build_public_corpus(server))
    assert "Range" in server.requests[1][1]
    assert Library().names() == ("synthetic",)


def test_a_server_without_range_requests_sends_the_whole_file_again(isolated_cache):
    with serve_responses(cut_connection(100_000), send_file()) as server:
        run_download(build_public_corpus(server))
    assert "Range" in server.requests[1][1]
    assert Library().load("synthetic").mentions["Drug"] == N_SENTENCES


def test_a_file_without_a_version_is_downloaded_again(isolated_cache):
    with serve_responses(cut_connection(100_000, tag=""), send_file(tag="")) as server:
        run_download(build_public_corpus(server))
    assert "Range" not in server.requests[1][1]


def test_a_weak_etag_does_not_count_as_a_version(isolated_cache):
    with serve_responses(cut_connection(100_000, tag='W/"first"'), send_file()) as server:
        run_download(build_public_corpus(server))
    assert "Range" not in server.requests[1][1]


def test_mapping_labels_again_keeps_home_and_citation(isolated_cache):
    with serve_responses(send_file()) as server:
        run_download(build_public_corpus(server))
    opened = open_corpus("synthetic", label_map={"Drug": "Medicine"})
    assert (opened.corpus.home, opened.corpus.citation) == ("https://corpus.example/synthetic", "Nobody 2026")


def test_a_file_that_changes_during_the_download_is_downloaded_again(isolated_cache):
    with serve_responses(cut_connection(100_000), send_range(CHANGED, tag='"second"')) as server:
        run_download(build_public_corpus(server, has_digest=False))
    assert len(Library().load("synthetic").sentences) == N_SENTENCES
    assert "ASPIRIN" in Library().load("synthetic").sentences[0].tokens


@pytest.mark.parametrize("status", [429, 500, 503])
def test_transient_failures_are_retried(isolated_cache, status):
    with serve_responses(send_response(status), send_response(status), send_file()) as server:
        _, steps = run_download(build_public_corpus(server))
    assert len(server.requests) == 3
    assert any("tried again" in step.phase for step in steps)


def test_retry_after_is_respected(isolated_cache, monkeypatch):
    naps = []
    clock = iter(range(1_000))
    monkeypatch.setattr("bioner_core.corpus.fetching.download.time.sleep", naps.append)
    monkeypatch.setattr("bioner_core.corpus.fetching.download.time.monotonic", lambda: next(clock))
    with serve_responses(send_response(429, headers=[("Retry-After", "7")]), send_file()) as server:
        _, steps = run_download(build_public_corpus(server))
    assert "tried again in 7 s" in " ".join(step.phase for step in steps)
    assert naps


def test_a_file_of_unknown_length_is_complete_or_refused(isolated_cache):
    with serve_responses(send_chunks(is_cut=True), send_chunks()) as server:
        remote = RemoteFile(url=f"{server.address}/synthetic.conll")
        _, steps = run_download(build_public_corpus(server, files=(remote,)))
    assert len(server.requests) == 2
    assert {step.total for step in steps} == {None}
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_redirects_over_allowed_addresses_are_followed(isolated_cache):
    with serve_responses(redirect("/other"), send_file()) as server:
        run_download(build_public_corpus(server))
    assert [path for path, _ in server.requests] == ["/synthetic.conll", "/other"]


def test_the_proxy_of_the_environment_is_used(isolated_cache, monkeypatch):
    with serve_responses(send_file()) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        with serve_responses(send_file()) as server:
            monkeypatch.setenv("no_proxy", "elsewhere.example")
            run_download(build_public_corpus(server))
        assert (len(proxy.requests), len(server.requests)) == (1, 0)
        assert proxy.requests[0][0] == f"{server.address}/synthetic.conll"


def test_passwords_of_a_netrc_file_are_not_sent(isolated_cache, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login anna password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serve_responses(send_file()) as server:
        run_download(build_public_corpus(server))
    assert "Authorization" not in server.requests[0][1]


def test_only_the_selected_members_of_an_archive_are_read(isolated_cache):
    body = zip_members(
        {"repo-1/data/synthetic.conll": BODY, "repo-1/other.conll": b"x\tB-DRUG\n\n", "repo-1/a.png": b"\0"}
    )
    with serve_responses(send_file(body)) as server:
        digest = compute_contents_digest({"data/synthetic.conll": BODY})  # without the folder on top
        remote = RemoteFile(
            url=f"{server.address}/zip", members=("*/data/*",), contents=digest, digest_from="t"
        )
        run_download(build_public_corpus(server, files=(remote,)))
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_a_digest_of_contents_does_not_depend_on_the_packing(isolated_cache):
    files = {"repo-1/a/x.conll": BODY, "repo-1/b/y.conll": BODY}
    wanted = compute_contents_digest({"a/x.conll": BODY, "b/y.conll": BODY})
    packings = (zip_members(files), zip_members(dict(reversed(files.items()))))
    for body in packings:
        with serve_responses(send_file(body)) as server:
            remote = RemoteFile(url=f"{server.address}/zip", contents=wanted, digest_from="this test")
            run_download(build_public_corpus(server, files=(remote,)))
        Library().delete("synthetic")
    assert packings[0] != packings[1]


def test_a_gzip_file_is_verified_by_its_git_hash(isolated_cache):
    body = gzip.compress(BODY)
    with serve_responses(send_file(body)) as server:
        remote = RemoteFile(
            url=f"{server.address}/synthetic.conll.gz", git=compute_git_hash(body), digest_from="this test"
        )
        run_download(build_public_corpus(server, files=(remote,)))
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_a_gzip_file_that_unpacks_to_too_much_is_refused(isolated_cache):
    with serve_responses(send_file(gzip.compress(b"\0" * 101_000_000, 1))) as server:
        assert "unpacks to more than 100 MB" in read_refusal(build_public_corpus(server, has_digest=False))


def test_complete_files_of_a_corpus_are_not_requested_again(isolated_cache):
    first, second = BODY[: len(BODY) // 2], BODY[len(BODY) // 2 :]
    half = len(first)
    with serve_responses(
        send_file(first), cut_connection(1_000, second), cut_connection(1_000, second)
    ) as server:
        files = tuple(
            RemoteFile(
                url=f"{server.address}/{name}",
                bytes=half,
                sha256=hashlib.sha256(body).hexdigest(),
                digest_from="t",
            )
            for name, body in (("train.conll", first), ("test.conll", second))
        )
        listed = build_public_corpus(server, files=files)
        assert "bytes are kept" in read_refusal(listed)
        server.script, n_before = (send_range(second),), len(server.requests)
        _, steps = run_download(listed)
    assert {path for path, _ in server.requests[n_before:]} == {"/test.conll"}
    assert steps[-1].phase == "reading"
    assert any(step.phase == "file 2 of 2, downloading" and step.done > half for step in steps)
    assert {sentence.part for sentence in Library().load("synthetic").sentences} == {"train", "test"}


def test_the_digest_of_the_first_download_is_recorded_as_unverified(isolated_cache):
    with serve_responses(send_file()) as server:
        listed = build_public_corpus(server, has_digest=False)
        fetched, _ = run_download(listed)
    assert fetched.digest.lower() == NOT_VERIFIED
    record = json.loads((Library().folder / ".fetched.json").read_text())
    assert list(record["files"]) == [listed.files[0].url]
    assert record["corpora"]["synthetic"]["is_known"] is False  # the name of the field in stored files
    record = Ledger(Library().folder).find_record("synthetic", Library().load("synthetic").digest)
    assert record is not None and not record.is_verified and record.public == "synthetic"


def test_a_file_that_differs_from_the_first_download_is_refused_until_accepted(isolated_cache):
    with serve_responses(send_file(), send_file(CHANGED)) as server:
        listed = build_public_corpus(server, has_digest=False)
        run_download(listed)
        Library().delete("synthetic")
        assert "is not the same file as on" in read_refusal(listed)
        assert Library().names() == ()
        run_download(listed, accept_changed=True)
        Library().delete("synthetic")
        run_download(listed)  # the new file is the recorded one now
    assert "ASPIRIN" in Library().load("synthetic").sentences[0].tokens


def test_a_damaged_record_of_downloads_is_refused(isolated_cache):
    Library().folder.mkdir(parents=True)
    (Library().folder / ".fetched.json").write_text("{")
    with serve_responses(send_file()) as server:
        assert "the record of downloads cannot be read" in read_refusal(
            build_public_corpus(server, has_digest=False)
        )


def test_an_existing_name_is_refused_before_any_request(isolated_cache):
    with serve_responses(send_file()) as server:
        listed = build_public_corpus(server)
        run_download(listed)
        with pytest.raises(BionerError, match="the library has a corpus of this name"):
            list(download_corpus(listed, settings=RULES))
    assert len(server.requests) == 1


def test_a_second_download_at_the_same_time_is_refused(isolated_cache):
    isolated_cache.mkdir(parents=True)
    with serve_responses(send_file()) as server, FileLock(isolated_cache / "synthetic.lock"):
        said = read_refusal(build_public_corpus(server))
    assert said == "synthetic: is being downloaded already, by another page or terminal."
    assert server.requests == []


def test_a_corpus_behind_a_form_is_described_and_not_downloaded(isolated_cache):
    with pytest.raises(BionerError) as caught:
        list(download_corpus(load_public_corpus("n2c2 2018"), settings=RULES))
    assert str(caught.value).startswith("n2c2 2018, track 2 cannot be downloaded here. Sign the agreement")


def test_the_real_rumedner_matches_the_list(shared, isolated_cache):
    """Serve a copy of the real files, since tests use no network."""
    listed = load_public_corpus("RuMedNER")
    bodies = {f"/{s.file}": (shared / "corpora/rumedner_ru" / s.file).read_bytes() for s in listed.files}

    def step(handler):
        send_file(bodies[handler.path])(handler)

    with serve_responses(step) as server:
        files = tuple(replace(s, url=f"{server.address}/{s.file}") for s in listed.files)
        fetched, _ = run_download(replace(listed, files=files))
    assert fetched.counts == "Counts are the published ones (README of RuDReC): 500 documents."
    assert describe_verification(listed).startswith("digest as on the list")
    stats = json.loads((shared / "corpora/rumedner_ru/stats.json").read_text(encoding="utf-8"))
    assert dict(fetched.corpus.mentions) == stats["mapped_in_bio"]
