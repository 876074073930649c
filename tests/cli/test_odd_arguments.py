"""Arguments that no user means: one line, exit 1 or 2, never a traceback."""

import pytest

from bioner_core.cli import main
from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import choose_model, locate_tokenizer

LONG = "x" * 400
NUMBER = "9" * 400
CASES = [
    ["corpus", "check", LONG],
    ["corpus", "check", "~nosuch/x"],
    ["runs", "show", LONG],
    ["runs", "export", "ecir2020", f"{LONG}.zip"],
    ["runs", "import", f"{LONG}.zip"],
    ["report", "ecir2020", "--target", "EN UGT", "--out", f"{LONG}.html"],
    ["forecast", "ecir2020", "--pool", NUMBER],
    ["forecast", "ecir2020", "--at", NUMBER],
    ["budget", "ecir2020", "--fraction", "1e400"],
    ["budget", "ecir2020", "--fraction", NUMBER],
    ["curve", LONG, "--seeds", f"0,{NUMBER}"],
    ["curve", LONG, f"--sizes={NUMBER}:2:3"],
    ["models", "~nosuch/x"],
]


@pytest.mark.parametrize("arguments", CASES, ids=lambda case: " ".join(case)[:40])
def test_an_odd_argument_is_one_line(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = stop.code
    error = capsys.readouterr().err.strip().splitlines()
    assert status in (1, 2)
    assert "Traceback" not in "".join(error)
    assert status == 2 or len(error) == 1


@pytest.mark.parametrize("model", ["~nosuch/x", f"./{LONG}", LONG])
def test_a_model_that_does_not_exist_is_one_message(model):
    for call in (locate_tokenizer, choose_model):
        with pytest.raises(BionerError):
            call(model)


@pytest.mark.parametrize("seconds", ["9" * 400, "1e400", "NaN", "true", '"x"'])
def test_an_annotation_time_that_is_none_is_left_out(seconds):
    result = '{"type": "labels", "value": {"start": 0, "end": 7, "labels": ["Drug"]}}'
    annotation = f'{{"lead_time": {seconds}, "result": [{result}]}}'
    content = f'[{{"data": {{"text": "Aspirin helps"}}, "annotations": [{annotation}]}}]'
    reading = read_files({"a.json": content.encode()}, name="a")
    assert (reading.annotation_seconds, reading.labels.total()) == (None, 1)
