import pytest
from fair_runner import CORPORA, study
from killing import Kill, Outcome, series

from bioner_core.study.store import RunStore


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("BIONER_DEVICES", "cpu")
    store = RunStore()
    return lambda name: store.create(study(name, sizes="2:60:2,full"), CORPORA)  # 122 jobs


def check(found, n_kills):
    kills = [kill for kill in found if isinstance(kill, Kill)]
    assert len(kills) == n_kills
    assert [(k.n_lost, k.is_free, k.n_orphans) for k in kills] == [(0, True, 0)] * n_kills
    outcomes = [outcome for outcome in found if isinstance(outcome, Outcome)]
    assert outcomes
    for outcome in outcomes:
        assert outcome == Outcome(run=outcome.run, n_points=366, n_missing=0, n_other=0, n_doubled=0)


def test_killed_workers_lose_nothing_and_double_nothing(make):
    check(list(series(make, n_kills=5, seed=1)), 5)


@pytest.mark.long
def test_forty_killed_workers_lose_nothing_and_double_nothing(make):
    found = list(series(make, n_kills=40, seed=2))
    check(found, 40)
    kills = [kill for kill in found if isinstance(kill, Kill)]
    assert any(kill.n_done > kill.n_before for kill in kills), "no kill struck while jobs were finishing"
