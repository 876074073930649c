"""deploy/skypilot.yaml: SkyPilot's fields, and a script that trains a run and can be started again."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fake_runner import CORPORA
from small_probe import plan_small_probe

from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore

ROOT = Path(__file__).resolve().parent.parent
TASK = yaml.safe_load((ROOT / "deploy/skypilot.yaml").read_text(encoding="utf-8"))
FIELDS = {"name", "workdir", "num_nodes", "resources", "envs", "secrets", "file_mounts", "setup", "run"}


def test_the_file_has_fields_of_skypilot_and_ends_the_machine():
    assert TASK.keys() <= FIELDS
    assert TASK["resources"]["autostop"] == {"idle_minutes": 15, "down": True}
    assert set(re.findall(r"\$(\w+)", TASK["run"])) == TASK["envs"].keys()
    documented = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    for word in ("deploy/skypilot.yaml", "export/run.zip", "trained.zip"):
        assert word in documented


@pytest.mark.long
def test_its_script_trains_an_exported_run_that_is_imported_back(tmp_path, monkeypatch):
    study = plan_small_probe("notes quick", sources=())
    run = RunStore().create(study, CORPORA)
    (tmp_path / "export").mkdir()
    export_run(run, tmp_path / "export/run.zip", with_text=True)
    program = f"{sys.executable} -m bioner_core"
    script = TASK["run"].replace("~/bioner/bin/bioner", program)
    assert script.count(program) == 4
    cloud = {**os.environ, **TASK["envs"], "HOME": str(tmp_path), "BIONER_RUNS": str(tmp_path / "runs")}
    for _ in range(2):  # the second start trains nothing
        subprocess.run(["bash", "-e", "-c", script], env=cloud, cwd=ROOT, check=True)
    import_run(RunStore(), tmp_path / "trained.zip")
    assert run.pending() == ()
