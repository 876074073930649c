"""In a browser: training goes on when the tab is closed, and its end is a note for whoever wanted one."""

import pytest
from playwright.sync_api import expect

from bioner_core.study.run_state import DeviceProgress, RunningJob, WorkerProgress
from tests.ui.stored_runs import build_outcome, plan_run
from tools.pictures import start_app, start_chromium, wait_until_settled

RECORD_NOTES = """
  window.notes = [];
  window.Notification = class {
    static permission = "default";
    static requests = 0;
    static async requestPermission() { this.requests += 1; this.permission = "granted"; return "granted"; }
    constructor(title, options) { window.notes.push([title, options.body]); }
  };
"""


@pytest.fixture
def address(isolated_folders):
    with start_app() as address:
        yield address


def report(run, writer):
    running = RunningJob(job=run.study.jobs[0], phase="training", done=3, total=10, device="cpu")
    device = DeviceProgress(name="cpu", n_running=1, memory=2_000_000_000, passes_per_second=55.0)
    progress = WorkerProgress(pid=1, host="here", seconds_left=70, running=(running,), devices=(device,))
    writer.save_progress(progress)


def test_a_tab_may_be_closed_and_another_one_tells_the_end(address):
    run = plan_run("first")
    requests = []
    with start_chromium() as browser:
        context = browser.new_context()
        context.add_init_script(RECORD_NOTES)
        context.on("request", lambda request: requests.append(request.url))
        with run.lock() as writer:
            report(run, writer)
            page = context.new_page()
            page.goto(f"{address}train?run=first")
            expect(page.get_by_text("0 of 4 models trained, about 70 s left.", exact=True)).to_be_visible()
            page.close()
            writer.append_result(build_outcome(run, run.study.jobs[0], 0.5))
            page = context.new_page()
            page.goto(f"{address}train?run=first")
            expect(page.get_by_text("1 of 4 models trained, about 70 s left.", exact=True)).to_be_visible()
            expect(page.get_by_text("CPU: 1 model, 55 sentence-passes/s, 2.0 GB", exact=True)).to_be_visible()
            assert page.evaluate("Notification.requests") == 0  # only a click asks
            page.get_by_role("button", name="Tell me at the end").click()
            expect(page.get_by_text("Your browser tells you at the end.")).to_be_visible()
            for job in run.pending():
                writer.append_result(build_outcome(run, job, 0.5))
        expect(page.get_by_text("All 4 models are trained.", exact=True)).to_be_visible()
        page.wait_for_function("window.notes.length > 0")
        wait_until_settled(page)
        assert page.evaluate("window.notes") == [["BioNER Budget: first", "All 4 models are trained."]]
    local = (address, address.replace("http", "ws", 1), "data:", "blob:")
    assert [request for request in requests if not request.startswith(local)] == []


@pytest.mark.long
def test_a_browser_that_blocks_notes_says_so(address):
    run = plan_run("first")
    with start_chromium() as browser, run.lock() as writer:
        page = browser.new_page()
        page.add_init_script(RECORD_NOTES.replace('"granted"', '"denied"'))
        report(run, writer)
        page.goto(f"{address}train?run=first")
        page.get_by_role("button", name="Tell me at the end").click()
        expect(page.get_by_text("Your browser allows no notes from this page.")).to_be_visible()
