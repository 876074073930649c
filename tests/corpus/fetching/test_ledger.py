"""The record of downloads, written by several of them at once."""

import threading
from types import SimpleNamespace

from servers import corpus

from bioner_core.corpus.fetching.ledger import Fetched, Ledger

N = 8  # downloads that end at the same moment


def test_downloads_that_end_at_the_same_moment_are_all_recorded(tmp_path):
    found = corpus(SimpleNamespace(address="https://127.0.0.1"), known=False)
    came = [Fetched(public=f"c{n}", digest=str(n), at="2026", is_known=False, counts="") for n in range(N)]
    ready = threading.Barrier(N)

    def note(fetched):
        ready.wait()
        Ledger(tmp_path / "corpora").note(found, fetched.public, {}, fetched)

    threads = [threading.Thread(target=note, args=(fetched,)) for fetched in came]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = Ledger(tmp_path / "corpora")
    assert [kept.fetched(each.public, each.digest) for each in came] == came
