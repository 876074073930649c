"""The time left: reading by an encoder, training at this machine's speed, a search up to its limit."""

from dataclasses import replace

import pytest
from fake_runner import CORPORA, build_result, build_study, run_fake_training

from bioner_core.study import reading_time, time_left
from bioner_core.study.duration import estimate_seconds, explain_time
from bioner_core.study.executors.backend import Backend, remember_backend
from bioner_core.study.jobs import JobProgress, format_reading
from bioner_core.study.pace import PACE_FILE, Pace, count_words, count_words_to_read, load_pace, save_pace
from bioner_core.study.search import Search
from bioner_core.study.store import RunStore
from bioner_core.study.time_left import TimeLeftEstimator
from bioner_core.study.worker import train_pending_jobs
from bioner_core.study.workload import compute_total_workload

STUDY = build_study(method="probe", sources=())
JOB = STUDY.jobs[0]
TOTAL = compute_total_workload(STUDY.jobs, STUDY.train_sizes)


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock; its only item is the time in seconds."""
    now = [1000.0]
    for module in (time_left, reading_time):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def build_estimator(**options):
    return TimeLeftEstimator(STUDY.jobs, STUDY.train_sizes, words={JOB.target: 10_000}, **options)


def read_words(done, **trial):
    return JobProgress(job=JOB, phase=format_reading(JOB.target), done=done, total=10_000, **trial)


def compute_left(estimator):
    return estimator.measure_progress().seconds_left


def test_reading_and_a_trial_of_the_training_give_a_time_before_any_model_is_trained(clock):
    estimator = build_estimator(n_at_once=2)
    estimator.observe(read_words(0))
    clock[0] += 20  # the encoder is loaded: no word is read meanwhile
    estimator.observe(read_words(500))
    assert compute_left(estimator) is None
    clock[0] += 2
    estimator.observe(read_words(500, seconds_per_pass=0.02))  # the trial takes 2 s
    clock[0] += 5
    estimator.observe(read_words(1000))
    assert compute_left(estimator) == pytest.approx(9000 / 100 + TOTAL * 0.02 / 2)


def test_the_time_does_not_count_reading_as_training(clock):
    estimator = build_estimator()
    for done in (100, 5000, 10_000):
        clock[0] += 100
        estimator.observe(read_words(done))
    estimator.observe(JobProgress(job=JOB, phase="training", done=0, total=10))
    clock[0] += 20
    estimator.observe(build_result(JOB))
    share = estimator.finished / TOTAL
    assert compute_left(estimator) == pytest.approx(20 / share - 20)


def test_where_features_are_cached_nothing_is_left_to_read(clock):
    estimator = build_estimator(pace=Pace(words_per_second=100, seconds_per_unit=0.01))
    assert compute_left(estimator) == pytest.approx(100 + 0.01 * TOTAL)
    estimator.observe(JobProgress(job=JOB, phase="training", done=0, total=10))
    assert compute_left(estimator) == pytest.approx(0.01 * TOTAL)


def test_the_speed_of_earlier_runs_counts_as_far_as_reading_is_as_fast_as_then(clock):
    estimator = build_estimator(pace=Pace(words_per_second=100, seconds_per_unit=0.01))
    estimator.observe(read_words(1000))
    clock[0] += 20
    estimator.observe(read_words(2000))
    assert compute_left(estimator) == pytest.approx(8000 / 50 + 2 * 0.01 * TOTAL)


def test_a_search_lasts_up_to_its_limit(clock):
    estimator = build_estimator(pace=Pace(words_per_second=1000, seconds_per_unit=1 / TOTAL))
    estimator.search_ends = clock[0] + 180
    assert compute_left(estimator) == pytest.approx(180)
    estimator.search_ends = clock[0] + 5
    assert compute_left(estimator) == pytest.approx(11)


def test_the_speed_of_a_worker_is_kept_for_the_next(clock, tmp_path):
    estimator = build_estimator()
    estimator.observe(read_words(1000))
    clock[0] += 10
    estimator.observe(read_words(6000))
    estimator.observe(JobProgress(job=JOB, phase="training", done=0, total=10))
    clock[0] += 9
    assert estimator.measure_pace() is None
    clock[0] += 3
    estimator.observe(build_result(JOB))
    pace = estimator.measure_pace()
    assert pace == Pace(words_per_second=500, seconds_per_unit=pytest.approx(12 / estimator.finished))
    save_pace(tmp_path, STUDY.jobs, pace)
    assert load_pace(tmp_path, STUDY.jobs) == pace
    assert load_pace(tmp_path, [replace(JOB, model="large")]) == Pace()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}', '{"K": {"words_per_second": -1}}'])
def test_a_damaged_file_of_speeds_is_as_good_as_none(tmp_path, content, monkeypatch):
    monkeypatch.setattr("bioner_core.study.pace._build_key", lambda jobs, place: "K")
    (tmp_path / PACE_FILE).write_text(content)
    assert load_pace(tmp_path, STUDY.jobs) == Pace()
    save_pace(tmp_path, STUDY.jobs, Pace(seconds_per_unit=0.5))
    if not content.startswith("["):
        assert load_pace(tmp_path, STUDY.jobs) == Pace(seconds_per_unit=0.5)


def test_a_plan_foretells_reading_and_training(tmp_path):
    store = RunStore(tmp_path)
    corpora = {name: CORPORA[name] for name in STUDY.corpora}
    words = count_words_to_read(STUDY.jobs, corpora)
    assert words == {JOB.target: count_words(CORPORA[JOB.target])}
    save_pace(store.folder, STUDY.jobs, Pace(words_per_second=10, seconds_per_unit=0.5))
    expected = words[JOB.target] / 10 + 0.5 * TOTAL
    assert estimate_seconds(STUDY, store, corpora) == pytest.approx(expected)
    searched = replace(STUDY, searches=(Search(max_seconds=10_000),))
    assert estimate_seconds(searched, store, corpora) == pytest.approx(expected)


def test_upper_layers_wait_for_their_own_pass_over_the_text(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))
    corpora = {name: CORPORA[name] for name in STUDY.corpora}
    partial = replace(JOB, method="partial", settings=replace(JOB.settings, upper_layers=3))
    unread = []
    for folder in ("features", "states"):
        path = tmp_path / folder / f"{CORPORA[JOB.target].digest}-0.npy"
        path.parent.mkdir()
        path.touch()
        unread.append([list(count_words_to_read([job], corpora)) for job in (JOB, partial)])
    assert unread == [[[], [JOB.target]], [[], []]]
    assert count_words_to_read([replace(JOB, method="finetune")], corpora) == {}


def test_the_speed_is_kept_for_each_number_of_upper_layers(tmp_path):
    jobs = {
        n: [replace(JOB, method="partial", settings=replace(JOB.settings, upper_layers=n))] for n in (3, 6)
    }
    save_pace(tmp_path, jobs[3], Pace(seconds_per_unit=0.5))
    assert load_pace(tmp_path, jobs[3]) == Pace(seconds_per_unit=0.5)
    assert load_pace(tmp_path, jobs[6]) == Pace()


def test_the_wait_for_a_cluster_is_no_training(clock):
    estimator = build_estimator(n_at_once=None)
    for phase in ("waiting for Slurm", "sending the encoder to node2", "starting"):
        estimator.observe(JobProgress(job=JOB, phase=phase, done=0, total=1))
        clock[0] += 100
    assert estimator.training_began is None
    estimator.observe(JobProgress(job=JOB, phase="training", done=0, total=10, host="node2", device="cpu"))
    clock[0] += 20
    estimator.observe(build_result(JOB))
    assert estimator.measure_pace() == Pace(seconds_per_unit=pytest.approx(20 / estimator.finished))
    estimator.observe(JobProgress(job=STUDY.jobs[1], phase="waiting for Slurm", done=0, total=1))
    assert estimator.measure_pace() is None  # from now on the clock tells more than the training


def test_two_nodes_that_read_the_same_corpus_count_as_the_faster_one(clock):
    estimator = build_estimator()
    for first in (100, 1000, 2000):
        estimator.observe(read_words(first))
        estimator.observe(read_words(first // 10))
        clock[0] += 10
    estimator.observe(read_words(3000))
    assert estimator._reading.words_per_second == pytest.approx(2900 / 30)


def test_a_cluster_has_a_speed_of_its_own(tmp_path):
    store, place = RunStore(tmp_path), "ray://head:10001"
    save_pace(store.folder, STUDY.jobs, Pace(seconds_per_unit=0.5))
    assert estimate_seconds(STUDY, store, place=place) is None
    assert explain_time(STUDY, store, None, place) == (
        "The speed on ray://head:10001 is not known yet: the first models will show it."
    )
    save_pace(store.folder, STUDY.jobs, Pace(seconds_per_unit=0.1), place)
    assert estimate_seconds(STUDY, store, place=place) == pytest.approx(0.1 * TOTAL)
    assert explain_time(STUDY, store, 1.0, place) == (
        "The time rests on the last training with this model and method on ray://head:10001."
    )
    assert estimate_seconds(STUDY, store) == pytest.approx(0.5 * TOTAL)


def test_the_worker_keeps_the_speed_of_the_place_that_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(time_left, "MIN_KEPT_SECONDS", 0.0)
    run = RunStore(tmp_path).create(STUDY, CORPORA)
    remember_backend(run, Backend(kind="slurm", options={"partition": "gpu"}))

    def execute(jobs, **options):
        yield JobProgress(job=jobs[0], phase="training", done=0, total=1)
        yield from map(build_result, jobs)

    list(train_pending_jobs(run, executor=execute, runner=run_fake_training, cache=tmp_path))
    assert load_pace(tmp_path, STUDY.jobs, "slurm?partition=gpu").seconds_per_unit
    assert load_pace(tmp_path, STUDY.jobs) == Pace()
