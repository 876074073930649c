"""Results of external systems in a run's folder: kept, exported, imported, and no part of its curves."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from fake_runner import CORPORA, build_study, store_results

from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint, write_points_csv
from bioner_core.errors import BionerError
from bioner_core.study.external_results import (
    ExternalResult,
    delete_external_result,
    list_external_points,
    load_external_results,
    save_external_result,
    write_all_points,
)
from bioner_core.study.jobs import SentenceCounts
from bioner_core.study.run_export import zip_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore


def build_system(name="gpt-x", *, f1=0.7, **about):
    counts = np.ones((20, 1, 3), dtype=np.int32)
    point = CurvePoint(
        target="target", source="none", model=name, method="external", entity="Drug", n_sentences=0, f1=f1
    )
    return ExternalResult(
        points=(point,), counts=SentenceCounts(entities=("Drug",), counts=counts), cost="2 EUR", **about
    )


@pytest.fixture
def run(tmp_path):
    run = RunStore(tmp_path / "there").create(build_study(), CORPORA)
    store_results(run, run.study.jobs)
    return run


def rewrite(content, change):
    """Return a zip whose members were changed by ``change(name, bytes)``."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return changed.getvalue()


def test_a_system_is_kept_beside_the_points_and_changes_nothing_of_the_run(run):
    before = (run.points(), run.curves(macro=True), run.study, run.state())
    result = build_system(n_matched=19)
    save_external_result(run, result)
    assert (run.points(), run.curves(macro=True), run.study, run.state()) == before
    [loaded] = load_external_results(run)
    assert (loaded.points, loaded.cost, loaded.n_matched) == (result.points, "2 EUR", 19)
    assert (loaded.counts.counts == result.counts.counts).all()
    delete_external_result(run, loaded)
    assert load_external_results(run) == ()
    assert list((run.folder / "external").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Source", "run study: source is one of its corpora. Choose another --name."),
        (
            "GPT-x",
            "run study: has scored gpt-x on target. Choose another --name, or remove the old one first:",
        ),
        ("a+b", "system name 'a+b': a name begins with"),
        ("a:b", "system name 'a:b': a name begins with"),
        ("none", "system name 'none': a name begins with"),
    ],
)
def test_names_that_stand_for_something_else_are_refused(run, name, message):
    save_external_result(run, build_system())
    with pytest.raises(BionerError) as refused:
        save_external_result(run, build_system(name))
    assert str(refused.value).startswith(message)


def test_an_exported_system_comes_with_its_run_and_is_added_to_a_run_that_lacks_it(run, tmp_path):
    here, path = RunStore(tmp_path / "here"), tmp_path / "run.zip"
    path.write_bytes(zip_run(run))
    import_run(here, path)
    assert load_external_results(here.open("study")) == ()
    save_external_result(run, build_system())
    path.write_bytes(zip_run(run))
    for name in ("study", "other", "other"):
        import_run(here, path, name=name)
        [loaded] = load_external_results(here.open(name))
        assert (loaded.name, loaded.cost, loaded.counts.counts.shape) == ("gpt-x", "2 EUR", (20, 1, 3))


def test_a_csv_with_a_system_has_it_apart_from_the_curves(run, tmp_path):
    save_external_result(run, build_system())
    path = tmp_path / "points.csv"
    path.write_text(write_points_csv((*run.points(), *list_external_points(run))))
    here = RunStore(tmp_path / "here")
    import_run(here, path, name="table")
    table = here.open("table")
    assert {point.method for point in table.points()} == {"finetune"}
    assert list_external_points(table) == list_external_points(run)
    assert build_curves(list_external_points(run)) == []


def test_pre_annotation_stands_beside_the_test_part_and_travels_as_zip_and_csv(run, tmp_path):
    point = replace(build_system().points[0], method="pre-annotation", f1=0.5)
    for result in (build_system(), ExternalResult(points=(point,), n_matched=3)):
        save_external_result(run, result)
    path = tmp_path / "run.zip"
    path.write_bytes(zip_run(run))
    import_run(RunStore(tmp_path / "here"), path)
    loaded = load_external_results(RunStore(tmp_path / "here").open("study"))
    assert sorted((r.is_pre_annotation, r.n_matched) for r in loaded) == [(False, 0), (True, 3)]
    path = tmp_path / "points.csv"
    path.write_text(write_all_points(run))
    import_run(RunStore(tmp_path / "table"), path, name="table")
    table = RunStore(tmp_path / "table").open("table")
    assert {point.method for point in table.points()} == {"finetune"}
    assert sorted(point.method for point in list_external_points(table)) == ["external", "pre-annotation"]
    assert build_curves(list_external_points(table)) == []


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        (".json", b"{", "is not JSON in UTF-8"),
        (".json", b"{}", "needs cost, n_matched, points of the right kinds"),
        (".json", b'{"cost": "", "n_matched": 0, "points": []}', "needs one or more points"),
        (".npz", b"PK", "not counts as this program writes them"),
    ],
)
def test_a_damaged_system_is_refused(run, tmp_path, suffix, content, message):
    save_external_result(run, build_system())
    damaged = rewrite(
        zip_run(run),
        lambda name, old: content if name.startswith("external/") and name.endswith(suffix) else old,
    )
    path = tmp_path / "run.zip"
    path.write_bytes(damaged)
    here = RunStore(tmp_path / "here")
    with pytest.raises(BionerError, match=message):
        import_run(here, path)
    assert "study" not in here.names()


def test_a_damaged_system_of_a_run_is_named_with_what_to_do(run):
    save_external_result(run, build_system())
    [path] = (run.folder / "external").glob("*.json")
    path.write_text("{")
    with pytest.raises(BionerError) as refused:
        load_external_results(run)
    assert str(refused.value) == (
        f"{path.parent}, {path.name}: is not JSON in UTF-8. Delete it and add the predictions again."
    )


def test_a_point_of_a_model_is_no_external_result(run, tmp_path):
    save_external_result(run, build_system())

    def change(name, old):
        if not (name.startswith("external/") and name.endswith(".json")):
            return old
        record = json.loads(old)
        record["points"][0]["method"] = "probe"
        return json.dumps(record)

    path = tmp_path / "run.zip"
    path.write_bytes(rewrite(zip_run(run), change))
    with pytest.raises(BionerError, match="its method must be external"):
        import_run(RunStore(tmp_path / "here"), path)
