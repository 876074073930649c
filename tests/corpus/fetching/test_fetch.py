"""A download from the first request to the library, over a server on this machine."""

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
    chunked,
    corpus,
    cut,
    redirect,
    send,
    serving,
    whole,
    with_range,
)
from test_faults import CHANGED, left, packed, refusal

from bioner_core.corpus.fetching.contents import digest_of_contents, git_name
from bioner_core.corpus.fetching.fetch import fetch, verified
from bioner_core.corpus.fetching.ledger import NOT_VERIFIED, Ledger
from bioner_core.corpus.fetching.registry import CorpusCounts, Source, public_corpus
from bioner_core.corpus.library import Library, open_corpus
from bioner_core.errors import BionerError


def arrived(found, **options):
    """Run a download to its end; return what came of it and its steps."""
    steps = []
    running = fetch(found, rules=RULES, **options)
    while True:
        try:
            steps.append(next(running))
        except StopIteration as end:
            return end.value, steps


def test_a_corpus_comes_into_the_library_with_its_licence_home_and_citation(own_cache):
    with serving(whole()) as server:
        came, _ = arrived(corpus(server))
    kept = Library().load("synthetic")
    assert kept.mentions == {"Drug": N_SENTENCES, "Disease": N_SENTENCES}
    assert (kept.licence, kept.home) == ("CC0 1.0", "https://corpus.example/synthetic")
    assert (kept.citation, kept.language, kept.domain, kept.is_synthetic) == (
        "Nobody 2026",
        "en",
        "UGT",
        True,
    )
    assert came.counts == ("Counts are the published ones (this test): 200 sentences, 200 DRUG, 200 ADR.")
    assert came.digest == "Digest as on the list (this test)"
    assert left(own_cache) == []


def test_only_the_labels_on_the_list_are_read(own_cache):
    with serving(whole()) as server:
        arrived(corpus(server, labels={"ADR": "Reaction"}))
    assert Library().load("synthetic").types == ("Reaction",)


def test_counts_that_differ_are_said_in_one_line(own_cache):
    said = CorpusCounts(
        documents=3, sentences=N_SENTENCES, mentions={"DRUG": 5, "DOSE": 1}, source="Nobody 2026"
    )
    with serving(whole()) as server:
        came, _ = arrived(corpus(server, published=said))
    assert came.counts == (
        "Counts differ from the published ones (Nobody 2026): DRUG 200 read of 5, DOSE 0 read of 1."
    )


def test_a_cut_download_goes_on_where_it_was_cut(own_cache):
    with serving(cut(100_000), with_range()) as server:
        _, steps = arrived(corpus(server))
    assert server.asked[1][1]["Range"] == "bytes=100000-"
    assert server.asked[1][1]["If-Range"] == TAG
    assert [step.done for step in steps if "downloading" in step.phase][-1] == len(BODY)
    assert max(step.done for step in steps) == len(BODY)


def test_a_cancelled_download_goes_on_the_next_time(own_cache):
    with serving(whole(), with_range()) as server:
        running = fetch(corpus(server), rules=RULES)
        next(running)
        running.close()
        assert left(own_cache) == [".json", ".part"]
        arrived(corpus(server))
    assert "Range" in server.asked[1][1]
    assert Library().names() == ("synthetic",)


def test_a_server_without_ranges_begins_anew(own_cache):
    with serving(cut(100_000), whole()) as server:
        arrived(corpus(server))
    assert "Range" in server.asked[1][1]
    assert Library().load("synthetic").mentions["Drug"] == N_SENTENCES


def test_without_a_name_for_its_version_a_file_begins_anew(own_cache):
    with serving(cut(100_000, tag=""), whole(tag="")) as server:
        arrived(corpus(server))
    assert "Range" not in server.asked[1][1]


def test_a_weak_tag_names_no_version_for_sure(own_cache):
    with serving(cut(100_000, tag='W/"first"'), whole()) as server:
        arrived(corpus(server))
    assert "Range" not in server.asked[1][1]


def test_a_second_map_keeps_home_and_citation(own_cache):
    with serving(whole()) as server:
        arrived(corpus(server))
    opened = open_corpus("synthetic", label_map={"Drug": "Medicine"})
    assert (opened.corpus.home, opened.corpus.citation) == ("https://corpus.example/synthetic", "Nobody 2026")


def test_a_file_that_changes_between_two_halves_is_taken_whole(own_cache):
    with serving(cut(100_000), with_range(CHANGED, tag='"second"')) as server:
        arrived(corpus(server, known=False))
    assert len(Library().load("synthetic").sentences) == N_SENTENCES
    assert "ASPIRIN" in Library().load("synthetic").sentences[0].tokens


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(own_cache, status):
    with serving(send(status), send(status), whole()) as server:
        _, steps = arrived(corpus(server))
    assert len(server.asked) == 3
    assert any("tried again" in step.phase for step in steps)


def test_a_server_that_asks_to_wait_is_heard(own_cache, monkeypatch):
    naps = []
    clock = iter(range(1_000))
    monkeypatch.setattr("bioner_core.corpus.fetching.download.time.sleep", naps.append)
    monkeypatch.setattr("bioner_core.corpus.fetching.download.time.monotonic", lambda: next(clock))
    with serving(send(429, headers=[("Retry-After", "7")]), whole()) as server:
        _, steps = arrived(corpus(server))
    assert "tried again in 7 s" in " ".join(step.phase for step in steps)
    assert naps


def test_a_file_of_unknown_length_comes_whole_or_not_at_all(own_cache):
    with serving(chunked(is_cut=True), chunked()) as server:
        source = Source(url=f"{server.address}/synthetic.conll")
        _, steps = arrived(corpus(server, files=(source,)))
    assert len(server.asked) == 2
    assert {step.total for step in steps} == {None}
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_redirects_over_allowed_addresses_are_followed(own_cache):
    with serving(redirect("/other"), whole()) as server:
        arrived(corpus(server))
    assert [path for path, _ in server.asked] == ["/synthetic.conll", "/other"]


def test_the_proxy_of_the_environment_is_asked(own_cache, monkeypatch):
    with serving(whole()) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        with serving(whole()) as server:
            monkeypatch.setenv("no_proxy", "elsewhere.example")
            arrived(corpus(server))
        assert (len(proxy.asked), len(server.asked)) == (1, 0)
        assert proxy.asked[0][0] == f"{server.address}/synthetic.conll"


def test_no_password_of_a_netrc_leaves_the_machine(own_cache, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login anna password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(whole()) as server:
        arrived(corpus(server))
    assert "Authorization" not in server.asked[0][1]


def test_of_an_archive_only_the_wanted_members_are_read(own_cache):
    body = packed(
        {"repo-1/data/synthetic.conll": BODY, "repo-1/other.conll": b"x\tB-DRUG\n\n", "repo-1/a.png": b"\0"}
    )
    with serving(whole(body)) as server:
        digest = digest_of_contents({"data/synthetic.conll": BODY})  # without the folder on top
        source = Source(url=f"{server.address}/zip", members=("*/data/*",), contents=digest, digest_from="t")
        arrived(corpus(server, files=(source,)))
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_a_digest_of_contents_does_not_mind_packing_anew(own_cache):
    files = {"repo-1/a/x.conll": BODY, "repo-1/b/y.conll": BODY}
    wanted = digest_of_contents({"a/x.conll": BODY, "b/y.conll": BODY})
    packings = (packed(files), packed(dict(reversed(files.items()))))
    for body in packings:
        with serving(whole(body)) as server:
            source = Source(url=f"{server.address}/zip", contents=wanted, digest_from="this test")
            arrived(corpus(server, files=(source,)))
        Library().delete("synthetic")
    assert packings[0] != packings[1]


def test_gzip_and_the_name_that_git_gives_a_file_are_known(own_cache):
    body = gzip.compress(BODY)
    with serving(whole(body)) as server:
        source = Source(
            url=f"{server.address}/synthetic.conll.gz", git=git_name(body), digest_from="this test"
        )
        arrived(corpus(server, files=(source,)))
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_a_gzip_file_that_unpacks_to_too_much_is_refused(own_cache):
    with serving(whole(gzip.compress(b"\0" * 101_000_000, 1))) as server:
        assert "unpacks to more than 100 MB" in refusal(corpus(server, known=False))


def test_several_files_are_one_corpus_and_what_came_is_not_asked_again(own_cache):
    first, second = BODY[: len(BODY) // 2], BODY[len(BODY) // 2 :]
    half = len(first)
    with serving(whole(first), cut(1_000, second), cut(1_000, second)) as server:
        files = tuple(
            Source(
                url=f"{server.address}/{name}",
                bytes=half,
                sha256=hashlib.sha256(body).hexdigest(),
                digest_from="t",
            )
            for name, body in (("train.conll", first), ("test.conll", second))
        )
        found = corpus(server, files=files)
        assert "bytes are kept" in refusal(found)
        server.script, n_before = (with_range(second),), len(server.asked)
        _, steps = arrived(found)
    assert {path for path, _ in server.asked[n_before:]} == {"/test.conll"}
    assert steps[-1].phase == "reading"
    assert any(step.phase == "file 2 of 2, downloading" and step.done > half for step in steps)
    assert {sentence.part for sentence in Library().load("synthetic").sentences} == {"train", "test"}


def test_the_first_digest_is_recorded_and_said_to_be_unverified(own_cache):
    with serving(whole()) as server:
        found = corpus(server, known=False)
        came, _ = arrived(found)
    assert came.digest.lower() == NOT_VERIFIED
    record = json.loads((Library().folder / ".fetched.json").read_text())
    assert list(record["files"]) == [found.files[0].url]
    kept = Ledger(Library().folder).fetched("synthetic", Library().load("synthetic").digest)
    assert kept is not None and not kept.is_known and kept.public == "synthetic"


def test_another_file_than_at_the_first_download_is_refused_until_accepted(own_cache):
    with serving(whole(), whole(CHANGED)) as server:
        found = corpus(server, known=False)
        arrived(found)
        Library().delete("synthetic")
        assert "is not the file that was downloaded on" in refusal(found)
        assert Library().names() == ()
        arrived(found, accept_changed=True)
        Library().delete("synthetic")
        arrived(found)  # the new one is the record now
    assert "ASPIRIN" in Library().load("synthetic").sentences[0].tokens


def test_a_broken_record_of_downloads_is_said(own_cache):
    Library().folder.mkdir(parents=True)
    (Library().folder / ".fetched.json").write_text("{")
    with serving(whole()) as server:
        assert "the record of downloads cannot be read" in refusal(corpus(server, known=False))


def test_a_name_that_is_taken_is_refused_before_anything_is_asked(own_cache):
    with serving(whole()) as server:
        found = corpus(server)
        arrived(found)
        with pytest.raises(BionerError, match="the library has a corpus of this name"):
            list(fetch(found, rules=RULES))
    assert len(server.asked) == 1


def test_two_at_once_are_refused(own_cache):
    own_cache.mkdir(parents=True)
    with serving(whole()) as server, FileLock(own_cache / "synthetic.lock"):
        said = refusal(corpus(server))
    assert said == "synthetic: is being downloaded already, by another page or terminal."
    assert server.asked == []


def test_what_is_behind_a_form_is_described_and_not_fetched(own_cache):
    with pytest.raises(BionerError) as caught:
        list(fetch(public_corpus("n2c2 2018"), rules=RULES))
    assert str(caught.value).startswith("n2c2 2018, track 2 cannot be downloaded here. Sign the agreement")


def test_the_real_rumedner_is_the_one_on_the_list(shared, own_cache):
    """Served from the copy of the real files, since tests make no connection."""
    listed = public_corpus("RuMedNER")
    bodies = {f"/{s.file}": (shared / "corpora/rumedner_ru" / s.file).read_bytes() for s in listed.files}

    def step(handler):
        whole(bodies[handler.path])(handler)

    with serving(step) as server:
        files = tuple(replace(s, url=f"{server.address}/{s.file}") for s in listed.files)
        came, _ = arrived(replace(listed, files=files))
    assert came.counts == "Counts are the published ones (README of RuDReC): 500 documents."
    assert verified(listed).startswith("digest as on the list")
    stats = json.loads((shared / "corpora/rumedner_ru/stats.json").read_text(encoding="utf-8"))
    assert dict(came.corpus.mentions) == stats["mapped_in_bio"]
