"""Record what real servers answer: `python tests/connections/record_answers.py label-studio|doccano`.

Two sentences of PsyTAR (Zolnoori et al. 2019, CC BY 4.0) and a made-up one go to the server.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import real_tools
import requests
from replay import ANSWERS

from bioner_core.connections.catalog import connect, parse_settings
from bioner_core.connections.credentials import Credential
from bioner_core.connections.tool import Task
from bioner_core.corpus.reading.passages import Mention

GOLD = {
    "extreme weight gain , short - term memory loss , hair loss .": [
        (0, 19, "ADR"),
        (22, 46, "ADR"),
        (49, 58, "ADR"),
    ],
    "I am detoxing from Lexapro now .": [],
    "😀 No pain now .": [(5, 9, "DI")],
}
TASKS = [
    Task(
        text=text,
        document=f"drug review {number}",
        mentions=(Mention("ADR", ((0, 7),)),) if not number else (),
        batch="0a1b2c3d",
    )
    for number, text in enumerate(GOLD)
]
KEPT_HEADERS = ("Content-Type", "Set-Cookie")


class Recorder:
    """Keeps each exchange of ``requests`` sessions of the program."""

    def __init__(self):
        self.exchanges = []
        self._request = requests.Session.request

    def __enter__(self):
        recorder = self

        def request(session, method, url, **options):
            answer = recorder._request(session, method, url, **options)
            if session.headers["User-Agent"].startswith("bioner/"):
                recorder.exchanges.append(build_exchange(method, url, answer))
            return answer

        requests.Session.request = request
        return self

    def __exit__(self, *_):
        requests.Session.request = self._request


def build_exchange(method, url, answer):
    path = "/" + url.split("/", 3)[3].partition("?")[0]
    content = answer.content
    exchange = {"method": method, "path": path, "status": answer.status_code}
    if "login" in path:
        exchange["headers"] = {"Set-Cookie": "csrftoken=recorded; Path=/"}
    try:
        exchange["body"] = json.loads(content)
    except ValueError:
        is_zip = content.startswith(b"PK")
        exchange |= {"hex": content.hex()} if is_zip else {"text": content.decode()}
    return exchange


def record(name):
    start = {"label-studio": real_tools.start_label_studio, "doccano": real_tools.start_doccano}[name]
    kind = {"label-studio": real_tools.LabelStudioAnnotator, "doccano": real_tools.DoccanoAnnotator}[name]
    with tempfile.TemporaryDirectory() as data, start(Path(data)) as address, Recorder() as recorder:
        annotator = kind(address, ("ADR", "DI"))
        settings = parse_settings(name, f"{address}/projects/{annotator.project}/data")
        secret = annotator.create_personal_token() if name == "label-studio" else real_tools.PASSWORD
        connection = connect(settings, Credential(secret, "admin"))
        connection.check()
        list(connection.push(TASKS))
        print(connection.list_keys() == {task.key for task in TASKS})
        annotator.annotate(GOLD.__getitem__)
        print(connection.pull().times)
    text = json.dumps(hide_secrets(recorder.exchanges), ensure_ascii=False, indent=1)
    (ANSWERS / f"{name}.json").write_text(text.replace(address, "http://127.0.0.1") + "\n", encoding="utf-8")


def hide_secrets(value):
    """Replace tokens, though they are of a server that is gone."""
    if isinstance(value, dict):
        hidden = {name: "recorded" for name in ("access", "refresh", "key", "token") if name in value}
        return {name: hide_secrets(item) for name, item in value.items()} | hidden
    return [hide_secrets(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    record(sys.argv[1])
