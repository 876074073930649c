"""The record of downloads, written by several processes at once."""

import threading
from types import SimpleNamespace

from servers import build_public_corpus

from bioner_core.corpus.fetching.ledger import DownloadRecord, Ledger

N = 8  # downloads that end at the same moment


def test_downloads_that_end_at_the_same_moment_are_all_recorded(tmp_path):
    listed = build_public_corpus(SimpleNamespace(address="https://127.0.0.1"), has_digest=False)
    records = [
        DownloadRecord(public=f"c{n}", digest=str(n), at="2026", is_verified=False, counts="")
        for n in range(N)
    ]
    ready = threading.Barrier(N)

    def record_download(record):
        ready.wait()
        Ledger(tmp_path / "corpora").record_download(listed, record.public, {}, record)

    threads = [threading.Thread(target=record_download, args=(record,)) for record in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger = Ledger(tmp_path / "corpora")
    assert [ledger.find_record(record.public, record.digest) for record in records] == records
