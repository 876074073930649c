"""Servers with recorded answers that store what is sent, and break off once: before, midway, or after."""

import json
import re
import urllib.parse

from replay import load_answers

DATASET = "0a1b2c3d-0000-4000-8000-0123456789ab"
ADDRESSES = {
    "label-studio": "/projects/1",
    "doccano": "/projects/1",
    "argilla": f"/dataset/{DATASET}",
    "inception": "/p/side-effects",
}
BREAKS = ("before", "midway", "after")  # the server has stored what a request sends


class BreakingServer:
    """A tool that answers as recorded, but to what stores and lists texts.

    :param break_at: number of the request whose connection breaks, and when.
    """

    def __init__(self, name, break_at=None):
        self.recorded = load_answers(name)
        self.break_at = break_at
        self.stored = []  # (id or "", text)
        self.n_stores = 0

    def answer(self, method, path, headers, body):
        path, _, query = path.partition("?")
        step = self.find_step(method, path)
        if step is None:
            return self.recorded.answer(method, path, headers, body)
        return step(body, dict(urllib.parse.parse_qsl(query)))

    def store(self, items):
        """Store items; say whether the connection holds."""
        self.n_stores += 1
        when = self.break_at[1] if self.break_at and self.n_stores == self.break_at[0] else ""
        kept = {"before": [], "midway": items[: len(items) // 2]}.get(when, items)
        self.stored += kept
        return not when

    def find_step(self, method, path):
        raise NotImplementedError


class LabelStudioServer(BreakingServer):
    def find_step(self, method, path):
        return {
            ("POST", "/api/projects/1/import"): self.take,
            ("GET", "/api/tasks"): self.list_texts,
        }.get((method, path))

    def take(self, body, _):
        tasks = [(task["data"]["bioner_id"], task["data"]["text"]) for task in json.loads(body)]
        return {"status": 201, "body": {"task_count": len(tasks)}} if self.store(tasks) else None

    def list_texts(self, _, query):
        size, page = int(query["page_size"]), int(query["page"])
        rows = [{"id": n, "data": {"text": of[1], "bioner_id": of[0]}} for n, of in enumerate(self.stored)]
        body = {"total": len(rows), "tasks": rows[size * (page - 1) : size * page]}
        return {"status": 200, "body": body}


class DoccanoServer(BreakingServer):
    n_waiting = 0  # answers that say that the task is not ready

    def find_step(self, method, path):
        if path.startswith("/v1/tasks/status/"):
            return self.finish
        return {
            ("POST", "/v1/fp/process/"): self.keep,
            ("POST", "/v1/projects/1/upload"): self.take,
            ("GET", "/v1/projects/1/examples"): self.list_texts,
        }.get((method, path))

    def keep(self, body, _):
        self.lines = [json.loads(line) for line in body.decode().splitlines() if line.startswith("{")]
        return {"status": 200, "text": "upload"}

    def take(self, *_):
        holds = self.store([(of["bioner_id"], of["text"]) for of in self.lines])
        return {"status": 200, "body": {"task_id": f"task-{self.n_stores}"}} if holds else None

    def finish(self, *_):
        self.n_waiting -= 1
        is_ready = self.n_waiting < 0
        return {"status": 200, "body": {"ready": is_ready, "result": {"error": []} if is_ready else None}}

    def list_texts(self, *_):
        rows = [{"text": text, "meta": {"bioner_id": of}} for of, text in self.stored]
        return {"status": 200, "body": {"count": len(rows), "next": None, "results": rows}}


class ArgillaServer(BreakingServer):
    def find_step(self, method, path):
        base = f"/api/v1/datasets/{DATASET}/records"
        return {("POST", f"{base}/bulk"): self.take, ("GET", base): self.list_texts}.get((method, path))

    def take(self, body, _):
        items = [(of["external_id"], of["fields"]["sentence"]) for of in json.loads(body)["items"]]
        return {"status": 201, "body": {"items": []}} if self.store(items) else None

    def list_texts(self, _, query):
        start, limit = int(query["offset"]), int(query["limit"])
        rows = [{"external_id": of, "fields": {"sentence": text}} for of, text in self.stored]
        return {"status": 200, "body": {"total": len(rows), "items": rows[start : start + limit]}}


class InceptionServer(BreakingServer):
    def find_step(self, method, path):
        base = "/api/aero/v1/projects/side-effects/documents"
        return {("POST", base): self.take, ("GET", base): self.list_texts}.get((method, path))

    def take(self, body, _):
        name = re.search(rb'name="name"\r\n\r\n([^\r]+)', body)[1].decode()
        content = re.search(rb"filename=[^\r]+\r\n[^\r]+\r\n\r\n(.*?)\r\n--", body, re.DOTALL)[1].decode()
        holds = self.store([(name, content)])
        return {"status": 201, "body": {"messages": [], "body": {"name": name}}} if holds else None

    def list_texts(self, *_):
        rows = [{"id": n, "name": of, "state": "NEW"} for n, (of, _) in enumerate(self.stored)]
        return {"status": 200, "body": {"messages": [], "body": rows}}


SERVERS = {
    "label-studio": LabelStudioServer,
    "doccano": DoccanoServer,
    "argilla": ArgillaServer,
    "inception": InceptionServer,
}
