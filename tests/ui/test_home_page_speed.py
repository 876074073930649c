"""The home page with 1,000 studies in the store."""

import shutil
import time

from stored_runs import plan_run, record_outcomes

from bioner_core.study.store import SHIPPED, RunStore

STUDIES = 1000
RERUNS = 10


def test_a_warm_rerun_takes_less_than_100_ms_of_python_with_1000_studies(open_page, read_page):
    run = plan_run("study")
    record_outcomes(run)
    for number in range(1, STUDIES):
        shutil.copytree(run.folder, run.folder.with_name(f"study {number}"))
    assert len(RunStore().names()) == STUDIES + len(SHIPPED)
    app = open_page("budget", entity="Drug", reach="89.5")
    seconds = []
    for number in range(RERUNS):
        app.query_params["reach"] = str(90.5 + number / 2)
        begin = time.process_time()  # of all threads
        app.run()
        seconds.append(time.process_time() - begin)
    read_page(app)
    assert len(app.selectbox(key="run").options) == STUDIES + len(SHIPPED)
    assert min(seconds) < 0.100  # what other programs on a shared core add is not ours
