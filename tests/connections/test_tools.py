"""Each tool with answers that a real server gave, or that its published sources describe."""

import json

import pytest
from record_answers import GOLD, TASKS

from bioner_core.connections.catalog import connect, parse_settings
from bioner_core.connections.credentials import Credential
from bioner_core.connections.tool import Task, ToolStatus, WorkTime, split_batches
from bioner_core.connections.web_session import RefusedError
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Mention
from bioner_core.errors import BionerError

KEYS = {task.key for task in TASKS}
PERSONAL = "eyJh.eyJ0.c2ln"  # of the form of a JSON Web Token
DATASET = "0a1b2c3d-0000-4000-8000-0123456789ab"


def read_mentions(export):
    reading = read_files(export.files, name="pulled")
    return {of.text: [(*m.fragments[0], m.label) for m in of.mentions] for of in reading.passages}, reading


def open_label_studio(address, secret=PERSONAL):
    return connect(parse_settings("label-studio", f"{address}/projects/1"), Credential(secret))


def test_label_studio_gives_back_what_was_annotated(recorded):
    replay, address = recorded("label-studio")
    connection = open_label_studio(address)
    assert connection.check() == ToolStatus(title="Sentences", labels=("ADR", "DI"), n_tasks=0, n_annotated=0)
    assert list(connection.push(TASKS)) == [3]
    assert connection.list_keys() == KEYS
    export = connection.pull()
    mentions, reading = read_mentions(export)
    assert mentions == GOLD
    assert [of.document for of in reading.passages] == [of.document for of in TASKS]
    assert (reading.n_timed, round(reading.annotation_seconds, 1)) == (3, 20.9)
    assert [time.seconds for time in export.times] == [9.0, 6.666666666666666, 5.25]
    assert export.times[0].at == "2026-11-30T21:57:28+00:00"
    [sent] = replay.bodies("POST", "/api/projects/1/import")
    assert sent[0] == {
        "data": {
            "text": TASKS[0].text,
            "document": "drug review 0",
            "bioner_id": f"0a1b2c3d-{TASKS[0].key}",
        },
        "predictions": [
            {
                "model_version": "bioner",
                "result": [
                    {
                        "from_name": "label",
                        "to_name": "text",
                        "type": "labels",
                        "value": {"start": 0, "end": 7, "text": "extreme", "labels": ["ADR"]},
                    }
                ],
            }
        ],
    }
    assert "predictions" not in sent[1]


def test_label_studio_counts_as_browsers_do(recorded):
    replay, address = recorded("label-studio")
    task = Task(text="😀 No pain", mentions=(Mention("DI", ((5, 9),)),))
    replay.answers["POST", "/api/projects/1/import"] = [{"status": 201, "body": {"task_count": 1}}]
    assert list(open_label_studio(address).push([task])) == [1]
    [[sent]] = replay.bodies("POST", "/api/projects/1/import")
    assert sent["predictions"][0]["result"][0]["value"] == {
        "start": 6,
        "end": 10,
        "text": "pain",
        "labels": ["DI"],
    }


def test_a_personal_token_is_changed_into_a_short_one_again_when_that_has_run_out(recorded):
    replay, address = recorded("label-studio")
    replay.answers["POST", "/api/token/refresh/"] = [
        {"status": 200, "body": {"access": "first"}},
        {"status": 200, "body": {"access": "second"}},
    ]
    project = replay.answers["GET", "/api/projects/1"][0]
    replay.answers["GET", "/api/projects/1"] = [project, {"status": 401}, project]
    connection = open_label_studio(address)
    connection.check()
    connection.check()
    used = [headers.get("Authorization") for _, _, headers, _ in replay.requests]
    assert used == [None, "Bearer first", "Bearer first", None, "Bearer second"]
    assert replay.bodies("POST", "/api/token/refresh/") == [{"refresh": PERSONAL}] * 2


def test_a_personal_token_that_was_withdrawn_is_refused_once(recorded):
    replay, address = recorded("label-studio")
    replay.answers["POST", "/api/token/refresh/"] = [{"status": 401}]
    with pytest.raises(RefusedError, match="does not accept the token"):
        open_label_studio(address).check()
    assert len(replay.requests) == 1


def test_a_legacy_token_is_sent_as_it_is(recorded):
    replay, address = recorded("label-studio")
    open_label_studio(address, "0123abcd").check()
    assert [headers["Authorization"] for _, _, headers, _ in replay.requests] == ["Token 0123abcd"]


def test_label_studio_without_labels_for_a_text_is_refused(recorded):
    replay, address = recorded("label-studio")
    replay.answers["GET", "/api/projects/1"] = [
        {"status": 200, "body": {"title": "Images", "parsed_label_config": {"tag": {"type": "Choices"}}}}
    ]
    with pytest.raises(BionerError) as caught:
        open_label_studio(address).check()
    assert str(caught.value).endswith(
        "the labelling interface of this project has no Labels for a Text. Choose the template “Named Entity "
        "Recognition” in its settings."
    )


def test_label_studio_that_takes_fewer_texts_is_noticed(recorded):
    replay, address = recorded("label-studio")
    replay.answers["POST", "/api/projects/1/import"] = [{"status": 201, "body": {"task_count": 2}}]
    with pytest.raises(BionerError, match="took 2 of 3 texts"):
        list(open_label_studio(address).push(TASKS))


def test_doccano_gives_back_what_was_approved(recorded, credential):
    replay, address = recorded("doccano")
    connection = connect(parse_settings("doccano", f"{address}/projects/1/dataset"), credential)
    status = connection.check()
    assert (status.title, status.labels, status.n_tasks, status.note) == ("Sentences", ("ADR", "DI"), 0, "")
    receipts = []
    assert list(connection.push(TASKS, receipts.append)) == [3]
    assert [f"/v1/tasks/status/{of}" for of in receipts] == [
        path for method, path in replay.answers if path.startswith("/v1/tasks/status/")
    ]
    assert connection.list_keys(receipts[0]) == KEYS
    export = connection.pull()
    mentions, reading = read_mentions(export)
    assert mentions == GOLD
    assert [of.document for of in reading.passages] == [of.document for of in TASKS]
    assert export.times == ()
    assert replay.bodies("POST", "/v1/auth/login/") == [{"username": "anna", "password": "open sesame"}]
    [upload] = replay.bodies("POST", "/v1/fp/process/")
    lines = [line for line in upload.decode().splitlines() if line.startswith("{")]
    assert json.loads(lines[0]) == {
        "text": TASKS[0].text,
        "document": "drug review 0",
        "bioner_id": f"0a1b2c3d-{TASKS[0].key}",
        "label": [[0, 7, "ADR"]],
    }
    posts = [
        headers for method, path, headers, _ in replay.requests if method == "POST" and "login" not in path
    ]
    assert {headers["X-CSRFToken"] for headers in posts} == {"recorded"}
    assert replay.bodies("POST", "/v1/projects/1/download") == [{"format": "JSONL", "exportApproved": True}]


def test_doccano_says_who_sees_suggestions(recorded, credential):
    replay, address = recorded("doccano")
    project = replay.answers["GET", "/v1/projects/1"][0]["body"]
    project["collaborative_annotation"] = False
    status = connect(parse_settings("doccano", f"{address}/projects/1"), credential).check()
    assert status.note == (
        "in this project suggestions are seen by anna alone: if others annotate, switch “Share annotations "
        "across all users” on"
    )


def test_doccano_that_refuses_the_password_is_like_any_other(recorded, credential):
    replay, address = recorded("doccano")
    replay.answers["POST", "/v1/auth/login/"] = [{"status": 400, "body": {"non_field_errors": ["no"]}}]
    with pytest.raises(RefusedError, match=r"does not accept the token or password \(401\)"):
        connect(parse_settings("doccano", f"{address}/projects/1"), credential).check()


def test_doccano_that_cannot_read_the_texts_is_noticed(recorded, credential):
    replay, address = recorded("doccano")
    for (_, path), answers in replay.answers.items():
        if path.startswith("/v1/tasks/status/"):
            answers[:] = [{"status": 200, "body": {"ready": True, "result": {"error": [{"line": 1}]}}}]
    with pytest.raises(BionerError, match="could not import some of 3 texts"):
        list(connect(parse_settings("doccano", f"{address}/projects/1"), credential).push(TASKS))


def test_argilla_gives_back_what_was_submitted(recorded, credential):
    replay, address = recorded("argilla")
    connection = connect(
        parse_settings("argilla", f"{address}/dataset/{DATASET}/annotation-mode"), credential
    )
    assert connection.check() == ToolStatus(title="sentences", labels=("ADR", "DI"), n_tasks=3, n_annotated=2)
    assert list(connection.push(TASKS)) == [3]
    [sent] = replay.bodies("POST", f"/api/v1/datasets/{DATASET}/records/bulk")
    assert sent["items"][0] == {
        "external_id": TASKS[0].key,
        "fields": {"sentence": TASKS[0].text},
        "metadata": {"document": "drug review 0", "bioner_batch": "0a1b2c3d"},
        "suggestions": [
            {
                "question_id": "11111111-0000-4000-8000-000000000001",
                "value": [{"label": "ADR", "start": 0, "end": 7}],
                "agent": "bioner",
            }
        ],
    }
    assert connection.list_keys() == KEYS
    export = connection.pull()
    mentions, reading = read_mentions(export)
    assert mentions == {text: GOLD[text] for text in (TASKS[0].text, TASKS[2].text)}
    assert export.times == (
        WorkTime(at="2026-03-02T09:00:00+00:00"),
        WorkTime(at="2026-03-03T09:00:00+00:00"),
    )
    assert reading.agreement_f1 == pytest.approx(2 * 2 / (4 + 3))  # 2 alike, anna has 4, boris 3
    assert {headers["X-Argilla-Api-Key"] for _, _, headers, _ in replay.requests} == {"open sesame"}


def test_inception_gives_back_what_is_finished(recorded, credential):
    replay, address = recorded("inception")
    connection = connect(parse_settings("inception", f"{address}/p/side-effects"), credential)
    assert connection.check() == ToolStatus(title="Side effects", labels=(), n_tasks=3, n_annotated=2)
    assert list(connection.push(TASKS)) == [1, 1, 1]
    sent = [body for method, _, _, body in replay.requests if method == "POST"]
    assert b'sofaString="extreme weight gain' in sent[0]
    assert b"NamedEntity" in sent[0]
    assert b"xmi" in sent[0]
    assert b"I am detoxing from Lexapro now ." in sent[1]
    assert f"{TASKS[1].key}.txt".encode() in sent[1]
    assert connection.list_keys() == {"a", "b", "c"}  # names of documents that are there
    export = connection.pull()
    mentions, _ = read_mentions(export)
    assert mentions == {text: GOLD[text] for text in (TASKS[0].text, TASKS[2].text)}
    assert sorted(export.files) == [
        "annotation/1/anna.json",
        "annotation/3/anna.json",
        "curation/3/CURATION_USER.json",
    ]
    assert export.times == (
        WorkTime(at="2026-03-02T09:00:00+00:00"),
        WorkTime(at="2026-03-03T09:00:00+00:00"),
    )
    assert replay.requests[0][2]["Authorization"] == "Basic YW5uYTpvcGVuIHNlc2FtZQ=="


def test_inception_without_its_remote_api_says_how_to_switch_it_on(recorded, credential):
    _, address = recorded("inception")
    with pytest.raises(BionerError, match=r"switched on \(remote-api.enabled=true\)"):
        connect(parse_settings("inception", f"{address}/p/other"), credential).check()


def test_prodigy_works_with_files_of_a_folder(tmp_path):
    connection = connect(parse_settings("prodigy", str(tmp_path)), None)
    assert connection.check() == ToolStatus(title=tmp_path.name, labels=())
    assert connection.pull().files == {}
    assert list(connection.push(TASKS[:2])) == [2]
    assert list(connection.push(TASKS[2:])) == [1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tasks-001.jsonl", "tasks-002.jsonl"]
    first, second = map(json.loads, (tmp_path / "tasks-001.jsonl").read_text().splitlines())
    assert first == {
        "text": TASKS[0].text,
        "meta": {"document": "drug review 0", "bioner_id": f"0a1b2c3d-{TASKS[0].key}"},
        "spans": [{"start": 0, "end": 7, "label": "ADR"}],
    }
    assert "spans" not in second
    assert connection.list_keys() == KEYS
    answers = [
        {
            "text": text,
            "spans": [{"start": start, "end": end, "label": label} for start, end, label in mentions],
            "answer": "accept",
            "_input_hash": number,
            "_task_hash": number,
            "_view_id": "ner_manual",
            "_timestamp": 1772442000 + 86400 * number,
        }
        for number, (text, mentions) in enumerate(GOLD.items())
    ]
    (tmp_path / "annotated.jsonl").write_text("\n".join(map(json.dumps, answers)) + "\n")
    export = connection.pull()
    assert read_mentions(export)[0] == GOLD
    assert export.times[0] == WorkTime(at="2026-03-02T09:00:00+00:00")


def test_batches_are_bounded_in_texts_and_in_characters():
    short, long = Task(text="x"), Task(text="x" * 1_500_000)
    assert [len(batch) for batch in split_batches([short] * 1001)] == [500, 500, 1]
    assert [len(batch) for batch in split_batches([long, long, short, long])] == [1, 2, 1]
    assert list(split_batches([])) == []
