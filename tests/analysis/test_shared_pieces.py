"""Shared word pieces of a run: printed, shipped, counted or missing."""

import itertools
import threading
from dataclasses import replace

import fake_runner
import pytest
from tokenizers import Tokenizer, models

from bioner_core.analysis import shared_pieces as pieces
from bioner_core.analysis.shared_pieces import (
    can_compare_pieces,
    compare_corpora,
    has_stored_overlaps,
    load_run_overlaps,
)
from bioner_core.corpus.sentences import Sentence
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore


def test_the_published_run_has_the_papers_table_4():
    model, rows = load_run_overlaps(RunStore().open("ecir2020"))
    assert model == "Multi-BERT"
    assert [(row.corpus_1, row.corpus_2, row.entity, row.shared) for row in rows] == [
        ("EN UGT", "EN EHR", "Drug", 410),
        ("EN UGT", "EN EHR", "Disease", 1172),
        ("RU UGT", "RU EHR", "Drug", 381),
        ("RU UGT", "RU EHR", "Disease", 1011),
    ]
    assert {row.coverage_1 for row in rows} == {None}


def test_the_shipped_run_has_all_pairs_of_its_corpora_without_their_text():
    run = RunStore().open("four-corpora-probe")
    model, rows = load_run_overlaps(run)
    assert model == run.study.model.name
    assert len({(row.corpus_1, row.corpus_2) for row in rows}) == 6
    assert {row.entity for row in rows} == {"Disease", "Drug", "text"}
    for row in rows:
        assert row.share_of_1 == pytest.approx(row.shared / row.unique_1)
        assert 0 <= row.shared <= min(row.unique_1, row.unique_2)


def test_a_run_without_corpora_or_tokenizer_has_no_shared_pieces(tmp_path, monkeypatch):
    run = RunStore().create(fake_runner.build_study(), fake_runner.CORPORA)
    assert (can_compare_pieces(run), has_stored_overlaps(run)) == (True, False)
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    with pytest.raises(BionerError, match=r"there is no tokenizer\.json"):
        load_run_overlaps(run)
    for path in (run.folder / "corpora").iterdir():
        path.unlink()
    assert not can_compare_pieces(run)


@pytest.fixture
def any_tokenizer(monkeypatch, tmp_path):
    """Use an empty tokenizer: these tests compare names, not numbers."""
    monkeypatch.setattr(pieces, "choose_tokenizer", lambda model: (model, tmp_path))
    monkeypatch.setattr(pieces, "load_tokenizer", lambda path: Tokenizer(models.BPE()))


def test_a_corpus_copy_is_read_once_to_count_its_pieces(any_tokenizer, monkeypatch):
    run = RunStore().create(fake_runner.build_study(), fake_runner.CORPORA)
    model, rows = load_run_overlaps(run)
    assert (model, {(row.corpus_1, row.corpus_2) for row in rows}) == ("fake", {("target", "source")})
    monkeypatch.setattr(pieces, "load_copy", None)
    assert load_run_overlaps(run) == (model, rows)


def test_a_renamed_corpus_is_reported_under_its_new_name_despite_cached_pieces(any_tokenizer):
    target, source = fake_runner.CORPORA["target"], fake_runner.CORPORA["source"]
    renamed = replace(target, name="renamed")
    assert renamed.digest == target.digest
    assert {(row.corpus_1, row.corpus_2) for row in compare_corpora(target, source)} == {("target", "source")}
    assert {(row.corpus_1, row.corpus_2) for row in compare_corpora(renamed, source)} == {
        ("renamed", "source")
    }


def test_another_session_cannot_evict_pieces_before_they_are_returned(any_tokenizer, monkeypatch, tmp_path):
    corpus, n_words = fake_runner.CORPORA["target"], itertools.count()
    sessions = []

    class Watched(type(tmp_path)):
        """A path that lets another session count a corpus at each cache look-up, unless locked."""

        def __hash__(self):
            if threading.current_thread() is threading.main_thread():
                other = replace(corpus, sentences=(Sentence((f"other{next(n_words)}",)),))
                sessions.append(threading.Thread(target=pieces.count_corpus_pieces, args=(other, tmp_path)))
                sessions[-1].start()
                sessions[-1].join(timeout=0.1)
            return super().__hash__()

    monkeypatch.setattr(pieces, "MAX_CACHED", 1)  # each corpus drives the one before out
    assert pieces.count_corpus_pieces(corpus, Watched(tmp_path)).name == "target"
    for session in sessions:
        session.join()
    assert sessions
