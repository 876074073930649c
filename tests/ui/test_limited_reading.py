"""Upload reads files in a process with limits; at a limit the page says so, once."""

import json
from functools import partial

import pytest

from bioner_core.corpus.limited_call import Limits, call_limited
from bioner_core.ui.shared import limited

MESSAGE = (
    "slow.jsonl: takes more than 0.01 s or 500 MB of memory, the limit on a page. Give a part of the corpus, "
    "or add it on the command line, which has no limit: bioner corpus add."
)


@pytest.fixture
def calls(monkeypatch):
    """Return a list of the calls in other processes, which may take next to nothing."""
    made = []

    def call_and_record(call, **options):
        made.append(call.func.__name__)
        return call_limited(call, Limits(seconds=0.01), **options)

    monkeypatch.setattr(limited, "call_limited", call_and_record)
    return made


def upload(app, text):
    record = {"text": f"Aspirin helps. {text}", "spans": [{"start": 0, "end": 7, "label": "Drug"}]}
    content = json.dumps(record).encode()
    app.file_uploader(key="files").set_value(("slow.jsonl", content, "application/json"))
    return app.run()


def test_a_file_that_takes_too_long_is_one_message_and_is_not_read_again(open_page, calls):
    app = upload(open_page("upload"), "slow " * 200_000)
    assert MESSAGE in [error.value.replace("\\", "") for error in app.error]
    app.run()
    assert calls == ["read_files"]


def test_long_running_text_is_split_in_a_process_too(open_page, monkeypatch):
    made = []
    call = partial(call_limited)
    monkeypatch.setattr(
        limited, "call_limited", lambda c, **o: (made.append(c.func.__name__), call(c, **o))[1]
    )
    app = upload(open_page("upload"), "It hurts. " * 11_000)
    assert not app.error
    assert made == ["read_files", "open_reading"]
