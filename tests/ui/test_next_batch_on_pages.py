"""Upload: the next sentences, from texts to a file; the process that chooses runs in the test."""

import json

import pytest
import stored_runs

from bioner_core.cli import main
from bioner_core.study import next_batches
from bioner_core.study.next_batches import GONE, BatchRequest, NextBatches

TEXTS = "".join(f"A sentence with the number {number}.\n" for number in range(30))


@pytest.fixture
def chooser(monkeypatch, capsys):
    """Choose in this process, before the page is drawn again: a fair stand-in, since only files tell."""

    def start(command, variables, log):
        assert command[1:3] == ("-m", "bioner_core")
        assert main(list(command[3:])) in (0, 1)
        with open(log, "w", encoding="utf-8") as file:
            file.write(capsys.readouterr().err)
        return 1

    monkeypatch.setattr(next_batches, "start_detached_process", start)
    monkeypatch.setattr(next_batches, "read_start_time", lambda pid: 0.0)


def add_texts(app, content=TEXTS, name="notes.txt"):
    app.file_uploader(key="texts").set_value((name, content.encode(), "text/plain"))
    return app.run()


def test_where_nothing_is_annotated_a_first_batch_is_chosen(open_page, read_page, chooser):
    app = open_page("upload", start="nothing", types="Drug")
    assert "Next sentences" in read_page(app)
    assert app.selectbox(key="strategy").options == [
        "random sentences",
        "diverse: sentences that differ from those already chosen",
    ]
    assert app.button(key="choose").disabled
    app = add_texts(app)
    app.number_input(key="batch size").set_value(7)
    app.button(key="choose").click().run()
    assert "**7 sentences** to annotate next, for training." in read_page(app)
    (batch,) = NextBatches().folder.iterdir()
    content = NextBatches().read_state(batch.name).content
    assert {json.loads(line)["part"] for line in content.splitlines()} == {"train"}
    app.button(key="remove batch").click().run()
    assert "batch" not in app.query_params
    assert not list(NextBatches().folder.iterdir())


def test_a_problem_of_the_choice_is_shown(open_page, read_page, chooser):
    app = add_texts(open_page("upload", start="nothing", types="Drug"), "   \n")
    app.button(key="choose").click().run()
    text = read_page(app)
    assert "holds no text" in text
    assert str(NextBatches().folder) not in text


def test_the_address_of_a_batch_that_is_gone_says_so(open_page, read_page):
    for batch in ("x" * 32, "../../etc"):
        app = open_page("upload", start="nothing", types="Drug", batch=batch)
        assert GONE.split(":")[0] in read_page(app)


def test_the_estimate_of_a_run_offers_all_strategies(open_page, read_page):
    stored_runs.record_outcomes(stored_runs.plan_run("first"))
    app = open_page("upload", run="first")
    assert len(app.selectbox(key="strategy").options) == 7
    assert app.checkbox(key="suggest").label == "Suggest mentions"
    assert "the test part stays random" in read_page(app)


def test_a_batch_needs_texts(isolated_folders):
    with pytest.raises(next_batches.BionerError, match="no texts: add the files"):
        NextBatches().start({}, BatchRequest(n=5, strategy="random"))


def test_a_zip_is_kept_as_it_is_and_files_lose_their_folders(chooser):
    files = {"a/one.txt": b"First text. Second.", "b\\two.txt": b"Third text."}
    batch = NextBatches().start(files, BatchRequest(n=2, strategy="random"))
    packed = (NextBatches().folder / batch / "texts.zip").read_bytes()
    again = NextBatches().start({"x.zip": packed}, BatchRequest(n=2, strategy="random"))
    records = [json.loads(line) for line in NextBatches().read_state(again).content.splitlines()]
    assert {record["document"] for record in records} <= {"one", "two"}
    assert (NextBatches().folder / again / "texts.zip").read_bytes() == packed
    assert (NextBatches().folder / again).stat().st_mode & 0o077 == 0
