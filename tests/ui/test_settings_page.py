"""The Settings page: devices, encoders, folders and versions, without loading torch."""

import subprocess
import sys
from pathlib import Path

from bioner_core.errors import BionerError
from bioner_core.study.machine_speed import TrainingSpeed, save_machine_speed
from bioner_core.ui.settings import machine_speed

ROOT = Path(__file__).resolve().parents[2]


def test_device_encoders_folders_and_versions_are_displayed(
    open_page, read_page, isolated_folders, monkeypatch
):
    monkeypatch.delenv("BIONER_CACHE", raising=False)
    app = open_page("settings")
    text = read_page(app)
    assert "This machine trains on" in text
    encoders, folders = (frame.value for frame in app.dataframe)
    assert "bert-base-multilingual-cased" in list(encoders["Encoder"])
    assert list(folders["Changed by"]) == [
        "BIONER_RUNS (set)",
        "BIONER_CORPORA (set)",
        "BIONER_CACHE",
        "BIONER_SETTINGS (set)",
    ]
    assert folders["Where"][0] == str(isolated_folders / "runs")
    assert list(folders["Size"])[:2] == ["nothing yet", "nothing yet"]
    assert "<dt>torch</dt>" in text


def test_a_place_of_training_is_tested_after_a_click(open_page, read_page, monkeypatch):
    app = open_page("settings")
    assert "can train" not in read_page(app)
    app.button(key="test place").click().run()
    assert "1 of 1 node can train." in read_page(app)
    nodes = next(frame.value for frame in app.dataframe if "Node" in frame.value)
    assert list(nodes["What is missing"]) == ["nothing is missing"]
    app.text_input(key="place").set_value("gpu")
    app.button(key="test place").click().run()
    assert [error.value for error in app.error] == [
        "backend 'gpu': is none. Allowed are local, ray, ray://HOST\\:PORT or slurm."
    ]


def test_the_speed_of_the_machine_is_measured_after_a_click(open_page, read_page, monkeypatch):
    def measure():
        speeds = [
            TrainingSpeed(dtype=dtype, n_processes=1, n_threads=1, sentences_per_second=speed)
            for dtype, speed in (("float32", 16.0), ("bfloat16", 22.4))
        ]
        save_machine_speed(speeds, busy_share=0.0)

    monkeypatch.setattr(machine_speed, "measure_in_process", measure)
    app = open_page("settings")
    assert "Not measured yet" in read_page(app)
    app.button(key="measure machine").click().run()
    assert "Fine-tuning in bfloat16 is 1.4 times as fast as in float32 here." in read_page(app)
    speeds = next(frame.value for frame in app.dataframe if "Number format" in frame.value)
    assert list(speeds["Sentences per second"]) == [16.0, 22.4]


def test_a_trial_that_fails_is_a_message_and_keeps_what_was_measured(open_page, read_page, monkeypatch):
    def fail():
        raise BionerError("the trial ended early")

    save_machine_speed(
        [TrainingSpeed(dtype="float32", n_processes=1, n_threads=1, sentences_per_second=16.0)], busy_share=0
    )
    monkeypatch.setattr(machine_speed, "measure_in_process", fail)
    app = open_page("settings")
    app.button(key="measure machine").click().run()
    assert [error.value for error in app.error] == ["the trial ended early"]
    assert "1 process of 1 thread" in read_page(app)


def test_no_page_loads_torch():
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file({str(ROOT / 'app.py')!r}, default_timeout=60).run()\n"
        "for name in ('upload', 'train', 'transfer', 'corpora', 'runs', 'settings', 'budget'):\n"
        "    app.switch_page(f'pages/{name}.py').run()\n"
        "    assert not app.exception, name\n"
        "    assert app.title, name\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
        "print('done')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "done", done.stderr[-2000:]
