"""A push that breaks off: whatever the tool has by then, after the repeat it has every text once."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from breaking_servers import ADDRESSES, BREAKS, SERVERS
from replay import serve
from small_project import annotate_files, build_project, build_texts

from bioner_core.answers.project_rounds import answer_project
from bioner_core.answers.round_steps import begin_project, choose_next_batch, fetch_round
from bioner_core.connections import tool
from bioner_core.connections.catalog import connect, parse_settings
from bioner_core.connections.credentials import Credential
from bioner_core.connections.doccano import Doccano
from bioner_core.corpus.reading.passages import Mention
from bioner_core.errors import BionerError
from bioner_core.files import locate_projects_folder
from bioner_core.rounds import exchange
from bioner_core.rounds.batch import choose_batch, find_rest
from bioner_core.rounds.exchange import drop_rest, pack_parcel, send_parcel, settle_push
from bioner_core.rounds.outbox import Outbox
from bioner_core.rounds.project_store import ProjectStore

N = 7  # texts of a push, in batches of two


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr(tool, "BATCH_TASKS", 2)
    monkeypatch.setattr(exchange, "SETTLE_SECONDS", 0.0)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def begin(settings, n=40, **fields):
    project = replace(build_project("/", **fields), settings=settings)
    begin_project(project, build_texts(n), None, ProjectStore())
    return project


def choose(project):
    store = ProjectStore()
    rest = find_rest(store.load_pool(project.name), store.load_sent(project.name), None)
    return choose_batch(rest, n_train=N - 2, n_test=2, seed=0)


def send(batch, project, connection):
    parcel = pack_parcel(batch, project, connection, start=None)
    return list(send_parcel(parcel, project, connection, ProjectStore()))


@pytest.mark.parametrize("name", SERVERS)
def test_texts_that_somebody_else_has_sent_meanwhile_are_not_sent_again(name):
    server = SERVERS[name](name, (99, BREAKS[0]))
    with serve(server) as address:
        project = begin(parse_settings(name, f"{address}{ADDRESSES[name]}"))
        connection = connect(project.settings, Credential("open sesame", "anna"))
        batch = choose(project)
        send(batch, project, connection)
        n_stored = len(server.stored)
        with pytest.raises(BionerError, match="somebody else has sent texts meanwhile"):
            send(batch, project, connection)
        assert len(server.stored) == n_stored == N


def test_a_push_of_somebody_else_that_broke_off_is_not_forgotten():
    server, store = SERVERS["label-studio"]("label-studio", (1, BREAKS[0])), ProjectStore()
    with serve(server) as address:
        project = begin(parse_settings("label-studio", f"{address}{ADDRESSES['label-studio']}"))
        connection = connect(project.settings, Credential("open sesame", "anna"))
        rest = find_rest(store.load_pool(project.name), store.load_sent(project.name), None)
        other = choose_batch(rest, n_train=N - 2, n_test=2, seed=9)
        with pytest.raises(BionerError, match="cannot be reached"):
            send(choose(project), project, connection)
        before = Outbox(store, project.name).load()
        with pytest.raises(BionerError, match="somebody else has sent texts meanwhile"):
            send(other, project, connection)
        assert Outbox(store, project.name).load() == before


@pytest.mark.parametrize("when", BREAKS)
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", SERVERS)
def test_after_the_repeat_every_text_is_in_the_tool_once(name, number, when):
    server, store = SERVERS[name](name, (number, when)), ProjectStore()
    with serve(server) as address:
        project = begin(parse_settings(name, f"{address}{ADDRESSES[name]}"))
        connection = connect(project.settings, Credential("open sesame", "anna"))
        batch = choose(project)
        with pytest.raises(BionerError, match="cannot be reached"):
            send(batch, project, connection)
        assert answer_project(project.name, has_notes=False).n_unfinished > 0
        push = settle_push(project, connection, store)
        assert push.n_all == N
        assert len(push.rest.texts) == N - len(server.stored)
        send(push.rest, project, connection)
        assert settle_push(project, connection, store) is None
    assert Counter(text for _, text in server.stored) == Counter(text.text for text in batch.texts)
    sent = store.load_sent(project.name)
    assert {task.key: task.part for task in sent} == {
        text.key: part for text, part in zip(batch.texts, batch.parts, strict=True)
    }
    assert len(sent) == N
    assert {task.batch for task in sent} == {batch.id}
    assert all(
        text.key in task_id for (task_id, _), text in zip(sorted_by(server, batch), batch.texts, strict=True)
    )


def sorted_by(server, batch):
    """Return what is stored in the order of the batch."""
    places = {text.text: place for place, text in enumerate(batch.texts)}
    return sorted(server.stored, key=lambda of: places[of[1]])


def test_texts_that_lost_their_id_are_recognized_by_the_text_itself():
    server = SERVERS["label-studio"]("label-studio", (1, "after"))
    with serve(server) as address:
        project = begin(parse_settings("label-studio", f"{address}/projects/1"))
        connection = connect(project.settings, Credential("0123"))
        with pytest.raises(BionerError):
            send(choose(project), project, connection)
        server.stored = [(None, text) for _, text in server.stored]
        assert len(settle_push(project, connection, ProjectStore()).rest.texts) == N - 2


def test_a_tool_that_still_works_on_the_request_is_looked_at_again(monkeypatch):
    server = SERVERS["label-studio"]("label-studio", (1, "before"))
    with serve(server) as address:
        project = begin(parse_settings("label-studio", f"{address}/projects/1"))
        connection = connect(project.settings, Credential("0123"))
        batch = choose(project)
        with pytest.raises(BionerError):
            send(batch, project, connection)
        late = [(f"x-{text.key}", text.text) for text in batch.texts[:2]]

        def wait(_):
            server.stored = late[: len(server.stored) + 1]

        monkeypatch.setattr(exchange.time, "sleep", wait)
        assert len(settle_push(project, connection, ProjectStore()).rest.texts) == N - 2


def test_doccano_is_waited_for_before_anything_goes_out_again(monkeypatch):
    """Its task queue did not run: the texts are imported only later."""
    server = SERVERS["doccano"]("doccano")
    with serve(server) as address:
        project = begin(parse_settings("doccano", f"{address}/projects/1"))
        connection = connect(project.settings, Credential("open sesame", "anna"))
        server.store = lambda items: setattr(server, "late", items) or True
        server.n_waiting = 10**9
        monkeypatch.setattr("bioner_core.connections.doccano._MAX_SECONDS", 0.3)
        with pytest.raises(BionerError, match="has not finished its own task in time"):
            send(choose(project), project, connection)
        record = json.loads((locate_projects_folder() / "trial" / "sending.json").read_text())
        assert record["receipt"] == "task-0"
        with pytest.raises(BionerError, match="has not finished its own task in time"):
            settle_push(project, connection, ProjectStore())
        server.n_waiting, server.stored = 1, server.late
        monkeypatch.setattr("bioner_core.connections.doccano._MAX_SECONDS", 30.0)
        assert len(settle_push(project, connection, ProjectStore()).rest.texts) == N - 2


def test_work_that_doccano_may_have_forgotten_is_not_waited_for(monkeypatch):
    project, store = begin(parse_settings("doccano", "http://localhost:1/projects/1")), ProjectStore()
    outbox, looks = Outbox(store, project.name), []
    monkeypatch.setattr(Doccano, "list_keys", lambda self, receipt="": looks.append(receipt) or frozenset())
    connection = connect(project.settings, Credential("open sesame", "anna"))
    for at in ("", "2026-01-01T00:00:00+00:00"):
        outbox.begin(choose(project), at=at)
        outbox.keep_receipt("task-1")
        settle_push(project, connection, store)
    assert looks == ["task-1", "", "", ""]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "prodigy").mkdir()
    settings = parse_settings("prodigy", str(tmp_path / "prodigy"))
    return begin(settings, n=60), connect(settings, None), tmp_path / "prodigy"


def test_a_file_that_was_written_before_the_program_ended_is_not_written_again(files, monkeypatch):
    project, connection, folder = files
    batch = choose(project)
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(ProjectStore, "add_sent", lambda *_: 1 / 0)
        send(batch, project, connection)
    push = settle_push(project, connection, ProjectStore())
    assert push.rest.texts == ()
    assert len(ProjectStore().load_sent("trial")) == N
    assert [path.name for path in folder.iterdir()] == ["tasks-001.jsonl"]


def test_a_file_that_could_not_be_written_is_written_by_the_repeat(files, monkeypatch):
    project, connection, folder = files
    batch = choose(project)

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(BionerError, match="prodigy"):
        patch.setattr("bioner_core.connections.prodigy.write_atomically", fail)
        send(batch, project, connection)
    assert list(folder.iterdir()) == []
    push = settle_push(project, connection, ProjectStore())
    assert push.rest == batch
    send(push.rest, project, connection)
    assert len((folder / "tasks-001.jsonl").read_text().splitlines()) == N


def test_files_that_somebody_deleted_do_not_let_others_be_replaced(files):
    project, connection, folder = files
    for _ in range(2):
        send(choose(project), project, connection)
    (folder / "tasks-001.jsonl").unlink()
    before = (folder / "tasks-002.jsonl").read_text()
    send(choose(project), project, connection)
    assert (folder / "tasks-002.jsonl").read_text() == before
    assert (folder / "tasks-003.jsonl").is_file()


def test_texts_to_test_on_stay_in_the_test_part_where_a_pull_comes_first(files, monkeypatch):
    project, connection, folder = files
    batch = choose(project)
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(ProjectStore, "add_sent", lambda *_: 1 / 0)
        send(batch, project, connection)
    annotate_files(folder)
    step = fetch_round(project, connection, ProjectStore()).step
    assert (step.n_train, step.n_test, step.n_strange) == (N - 2, 2, 0)


def test_suggestions_and_their_choice_are_kept_for_the_repeat_and_no_text_is(files):
    project, _, _ = files
    batch = choose(project)
    texts = tuple(replace(of, mentions=(Mention("Drug", ((0, 7),)),)) for of in batch.texts)
    batch = replace(batch, texts=texts, chosen_by="margin")
    Outbox(ProjectStore(), "trial").begin(batch)
    push = Outbox(ProjectStore(), "trial").load()
    assert (push.batch, push.batch.id) == (batch, batch.id)
    assert "took" not in (locate_projects_folder() / "trial" / "sending.json").read_text()


def test_another_push_waits_until_the_broken_one_is_finished_or_dropped(files):
    project, connection, _ = files
    Outbox(ProjectStore(), "trial").begin(choose(project))
    with pytest.raises(BionerError, match="the last push broke off"):
        choose_next_batch(project, ProjectStore(), n=5, n_test=0)
    settle_push(project, connection, ProjectStore())
    drop_rest(project, ProjectStore())
    assert len(choose_next_batch(project, ProjectStore(), n=5, n_test=0).texts) == 5


@pytest.mark.parametrize("content", ["{", "{}", '{"tasks": 3}', '{"version": 9}'])
def test_a_damaged_file_of_a_push_is_named(files, content):
    (locate_projects_folder() / "trial" / "sending.json").write_text(content)
    with pytest.raises(BionerError, match=r"sending\.json"):
        Outbox(ProjectStore(), "trial").load()


def test_a_push_without_an_end_is_no_round(files):
    project, _, _ = files
    Outbox(ProjectStore(), "trial").begin(choose(project))
    assert answer_project("trial", has_notes=False).n_unfinished == N
