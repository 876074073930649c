"""Real annotation servers, each in its own virtual environment; for the long tests and recordings."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import platformdirs
import requests

USER, PASSWORD = "admin@example.org", "only-for-tests-1"
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105, of a server that lives for a test
PACKAGES = {  # doccano's pins stop short: newer versions of these break it
    "label-studio": ("label-studio==1.23.2",),
    "doccano": ("doccano==1.8.4", "marshmallow<4", "numpy<2", "scikit-learn<1.5", "scipy<1.14"),
}
SILENT = {
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
}
START_SECONDS = 900  # also where others use the machine


class NotInstalledError(Exception):
    """A tool cannot be installed here; the reason."""


def install(name):
    """Return the folder of a tool's virtual environment, made once for all runs."""
    home = Path(os.environ.get("BIONER_TEST_TOOLS") or platformdirs.user_cache_path("bioner-test-tools"))
    folder = home / name
    if (folder / "complete").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(folder / "bin/pip"), "install", "-q", *PACKAGES[name]],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            raise NotInstalledError(f"{name} cannot be installed: {lines[-1] if lines else done.returncode}")
    (folder / "complete").touch()
    return folder


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address, *processes):
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        for process in processes:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        with contextlib.suppress(requests.exceptions.RequestException):
            if requests.get(address, timeout=5).status_code < 500:
                return
        time.sleep(1)
    raise RuntimeError(f"{address} did not answer in {START_SECONDS} s")


def wait_for_line(path, text, *processes):
    ends = time.monotonic() + START_SECONDS
    while text not in path.read_text(errors="replace"):
        if time.monotonic() > ends or any(process.poll() is not None for process in processes):
            raise RuntimeError(f"{path} says nothing of {text!r}")
        time.sleep(1)


@contextlib.contextmanager
def run_processes(*commands, env, cwd):
    """Run processes until the block ends; their output goes to a file beside their data."""
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((cwd / "server.log").open("ab"))
        started = [
            subprocess.Popen(command, env=env, cwd=cwd, stdout=log, stderr=log) for command in commands
        ]
        try:
            yield started
        finally:
            for process in started:
                process.terminate()
            for process in started:
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()


@contextlib.contextmanager
def start_label_studio(data):
    """Start Label Studio on data in a folder; yield its address."""
    folder, port = install("label-studio"), find_port()
    env = {**os.environ, **SILENT, "LABEL_STUDIO_BASE_DATA_DIR": str(data)}
    command = [
        *(str(folder / "bin/label-studio"), "start", "-b", "--data-dir", str(data)),
        *("--internal-host", "127.0.0.1", "-p", str(port), "--log-level", "WARNING"),
        *("--username", USER, "--password", PASSWORD, "--user-token", TOKEN, "--enable-legacy-api-token"),
    ]
    with run_processes(command, env=env, cwd=data) as processes:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/health", *processes)
        yield address


@contextlib.contextmanager
def start_doccano(data):
    """Start doccano and its task queue on data in a folder; yield its address."""
    folder, port = install("doccano"), find_port()
    [backend] = folder.glob("lib/python*/site-packages/backend")
    env = {
        **os.environ,
        "DOCCANO_HOME": str(data),
        "PYTHONPATH": str(backend),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "STANDALONE": "True",
        "DATABASE_URL": f"sqlite:///{data}/db.sqlite3",
        "MEDIA_ROOT": str(data / "media"),
    }
    doccano = str(folder / "bin/doccano")
    for words in (["init"], ["createuser", "--username", "admin", "--password", PASSWORD]):
        subprocess.run(
            [doccano, *words], env=env, cwd=data, check=True, capture_output=True, timeout=START_SECONDS
        )
    queue = [
        *(str(folder / "bin/celery"), "--app=config", f"--workdir={backend}", "worker"),
        *("--concurrency=1", "--loglevel=info"),
    ]
    server = [
        *(str(folder / "bin/gunicorn"), "--bind", f"127.0.0.1:{port}", "--workers", "1"),
        *("--chdir", str(backend), "config.wsgi"),
    ]
    address = f"http://127.0.0.1:{port}"
    with run_processes(queue, env=env, cwd=data) as queues:
        wait_for_line(data / "server.log", "ready.", *queues)  # both would make the same table at once
        with run_processes(server, env=env, cwd=data) as servers:
            wait_for(f"{address}/v1/me", *servers)
            yield address


class LabelStudioAnnotator:
    """A simulated annotator: posts gold annotations through Label Studio's API."""

    def __init__(self, address, labels):
        self.address = address
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Token {TOKEN}"
        choices = "".join(f'<Label value="{label}"/>' for label in labels)
        control = f'<Labels name="label" toName="text">{choices}</Labels>'
        config = f'<View>{control}<Text name="text" value="$text"/></View>'
        project = {"title": "Sentences", "label_config": config}
        self.project = self._call("POST", "/api/projects/", project)["id"]

    def annotate(self, find_mentions):
        """Annotate all tasks that nobody has; return their number."""
        page = self._call("GET", f"/api/tasks?project={self.project}&page_size=10000&fields=all")
        tasks = [task for task in page["tasks"] if not task["total_annotations"]]
        for task in tasks:
            text = task["data"]["text"]
            result = [
                {
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "value": {
                        "start": len(text[:start].encode("utf-16-le")) // 2,
                        "end": len(text[:end].encode("utf-16-le")) // 2,
                        "text": text[start:end],
                        "labels": [label],
                    },
                }
                for start, end, label in find_mentions(text)
            ]
            body = {"result": result, "lead_time": 4 + len(text) / 12}
            self._call("POST", f"/api/tasks/{task['id']}/annotations/", body)
        return len(tasks)

    def create_personal_token(self):
        return self._call("POST", "/api/token/", {})["token"]

    def _call(self, method, path, body=None):
        answer = self.session.request(method, self.address + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


class DoccanoAnnotator:
    """A simulated annotator: posts gold annotations through doccano's API, and approves the texts."""

    def __init__(self, address, labels):
        self.address = address
        self.session = requests.Session()
        self._call("POST", "/v1/auth/login/", {"username": "admin", "password": PASSWORD})
        self.session.headers["X-CSRFToken"] = self.session.cookies["csrftoken"]
        project = {
            "name": "Sentences",
            "description": "of a test",
            "guideline": "",
            "project_type": "SequenceLabeling",
            "resourcetype": "SequenceLabelingProject",
            "collaborative_annotation": True,
            "tags": [],
        }
        self.project = self._call("POST", "/v1/projects", project)["id"]
        self.path = f"/v1/projects/{self.project}"
        self.types = {}
        for label in labels:
            colours = {"background_color": "#2493ff", "text_color": "#ffffff"}
            self.types[label] = self._call("POST", f"{self.path}/span-types", {"text": label, **colours})[
                "id"
            ]

    def annotate(self, find_mentions):
        """Annotate all texts that nobody has; return their number."""
        page = self._call("GET", f"{self.path}/examples?limit=10000&confirmed=false")
        for example in page["results"]:
            path = f"{self.path}/examples/{example['id']}"
            self._call("DELETE", f"{path}/spans")
            for start, end, label in find_mentions(example["text"]):
                span = {"start_offset": start, "end_offset": end, "label": self.types[label]}
                self._call("POST", f"{path}/spans", span)
            self._call("POST", f"{path}/states", {})
        return len(page["results"])

    def _call(self, method, path, body=None):
        answer = self.session.request(method, self.address + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None
