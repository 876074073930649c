"""estimate.json: exported and imported with its run, refused if it is not as this program writes it."""

import json
import zipfile

import pytest
import stored_runs

from bioner_core.errors import BionerError
from bioner_core.study.estimate_file import EstimateBasis, load_estimate_basis, save_estimate_basis
from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore

BASIS = EstimateBasis(
    n_points={"ecir2020": 570, "пробы": 12}, at="2026-11-29T08:00:00+00:00", program="0.2.0"
)
RECORD = {"n_points": dict(BASIS.n_points), "at": BASIS.at, "program": BASIS.program}


@pytest.fixture
def run():
    return stored_runs.plan_run("first")


@pytest.mark.parametrize("with_text", [True, False])
def test_the_basis_travels_with_its_run(run, tmp_path, with_text):
    save_estimate_basis(run, BASIS)
    export_run(run, tmp_path / "first.zip", with_text=with_text)
    import_run(RunStore(), tmp_path / "first.zip", name="second")
    assert load_estimate_basis(RunStore().open("second")) == BASIS


def test_exports_without_a_basis_are_read(run, tmp_path):
    export_run(run, tmp_path / "first.zip")
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        assert "estimate.json" not in archive.namelist()
    import_run(RunStore(), tmp_path / "first.zip", name="second")
    assert load_estimate_basis(RunStore().open("second")) is None


def test_an_import_into_a_run_keeps_its_basis(run, tmp_path):
    save_estimate_basis(run, BASIS)
    export_run(run, tmp_path / "first.zip")
    kept = EstimateBasis(n_points={"ecir2020": 1}, at=BASIS.at, program=BASIS.program)
    save_estimate_basis(run, kept)
    import_run(RunStore(), tmp_path / "first.zip")
    assert load_estimate_basis(run) == kept


@pytest.mark.parametrize(
    "change",
    [
        {"n_points": {"a": -1}},
        {"n_points": {"a": 1e400}},
        {"n_points": {"a": float("nan")}},
        {"n_points": {"a": 10**400}},
        {"n_points": {"a": True}},
        {"n_points": {"a" * 256: 1}},
        {"n_points": {"\ud800": 1}},
        {"n_points": {"a\nb": 1}},
        {"n_points": {str(number): 1 for number in range(10_001)}},
        {"n_points": []},
        {"at": 5},
        {"at": "x" * 256},
        {"program": None},
        {"extra": 1},
    ],
    ids=lambda change: str(change)[:30],
)
def test_another_content_is_one_message_and_no_run_is_imported(run, tmp_path, change):
    path = run.folder / "estimate.json"
    path.write_text(json.dumps({**RECORD, **change}))
    with pytest.raises(BionerError, match=r"estimate\.json: is not .+ the next estimate writes a new one\.$"):
        load_estimate_basis(run)
    export_run(run, tmp_path / "first.zip")
    with pytest.raises(BionerError, match=r"^first\.zip, estimate\.json: is not") as error:
        import_run(RunStore(), tmp_path / "first.zip", name="second")
    assert "\n" not in str(error.value)
    assert "second" not in RunStore().names()
