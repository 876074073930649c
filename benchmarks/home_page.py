"""Time a warm rerun of the home page with 1,000 studies stored: ``python benchmarks/home_page.py``."""

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUDIES, RERUNS = 1000, 20


def main():
    """Print and store wall and processor time of a rerun, with one study and with 1,000."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests/ui")]
    from stored_runs import plan_run, record_outcomes  # the hand-made study of the page tests

    result = {"what": f"warm rerun of the home page, median of {RERUNS}"}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BIONER_RUNS"] = folder
        run = plan_run("study")
        record_outcomes(run)
        result["1_study"] = time_rerun(55.5)
        for number in range(1, STUDIES):
            shutil.copytree(run.folder, run.folder.with_name(f"study {number}"))
        result[f"{STUDIES}_studies"] = time_rerun(75.5)
    result["torch_loaded"] = "torch" in sys.modules
    result["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(json.dumps(result, indent=1))
    Path(__file__).with_name("results").joinpath("home_page.json").write_text(
        json.dumps(result, indent=1) + "\n"
    )


def time_rerun(first):
    """Return the median milliseconds of a rerun that changes the goal; ``first`` is new, in percent."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    app.run()
    wall, python = [], []
    for number in range(RERUNS):
        app.query_params["reach"] = str(first + number)
        begin = time.perf_counter(), time.process_time()
        app.run()
        wall.append(time.perf_counter() - begin[0])
        python.append(time.process_time() - begin[1])
    assert not app.exception
    assert not app.error
    return {
        "wall_ms": round(1000 * statistics.median(wall), 1),
        "python_ms": round(1000 * statistics.median(python), 1),
    }


if __name__ == "__main__":
    main()
