"""Exports and imports of runs: merged points, hostile archives, incomparable settings."""

import io
import json
import pickle
import time
import zipfile
from dataclasses import replace
from itertools import islice, product

import numpy as np
import pytest
from fake_runner import CORPORA, build_study, store_failure, store_results

from bioner_core.curves.points import CurvePoint, write_points_csv
from bioner_core.errors import BionerError
from bioner_core.study import exported_run, journal, run_import
from bioner_core.study.estimate_file import EstimateBasis, load_estimate_basis, save_estimate_basis
from bioner_core.study.run_export import export_run, zip_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore

REMEDY = "Use a file that `bioner runs export` wrote."


@pytest.fixture
def local_store(tmp_path):
    return RunStore(tmp_path / "here")


@pytest.fixture
def remote_store(tmp_path):
    return RunStore(tmp_path / "there")


@pytest.fixture
def run(remote_store):
    """Return a run of 16 jobs on another machine: 5 done, 1 failed."""
    run = remote_store.create(build_study(), CORPORA)
    store_results(run, run.study.jobs[:5])
    store_failure(run, run.study.jobs[5], "out of memory")
    (run.folder / "worker.log").write_text("word7 in a traceback")
    return run


def catch_error(function, *arguments, **options):
    with pytest.raises(BionerError) as refused:
        function(*arguments, **options)
    return str(refused.value)


def write_zip(path, files):
    with zipfile.ZipFile(path, "w") as zip_file:
        for name, content in files.items():
            zip_file.writestr(name, content)
    return path


def read_zip(content):
    with zipfile.ZipFile(io.BytesIO(content)) as zip_file:
        return {name: zip_file.read(name) for name in zip_file.namelist()}


def test_a_run_is_exported_without_text_by_default(run, tmp_path):
    export_run(run, tmp_path / "run.zip")
    files = read_zip((tmp_path / "run.zip").read_bytes())
    counts = {f"counts/{job.id}.npz" for job in run.study.jobs[:5]}
    assert files.keys() == {"study.json", "points.jsonl", "failures.jsonl", *counts}
    assert not any(b"word7" in content for content in files.values())
    text = read_zip(zip_run(run, with_text=True))
    assert text.keys() - files.keys() == {"corpora/target.jsonl", "corpora/source.jsonl", "worker.log"}


def test_an_imported_run_equals_the_exported_one(run, local_store, tmp_path):
    export_run(run, tmp_path / "run.zip", with_text=True)
    imported = import_run(local_store, tmp_path / "run.zip")
    assert imported.message == (
        "new run study: 15 points added. 1 model that failed in the imported run is marked as failed."
    )
    imported_run = local_store.open("study")
    assert imported_run.rows() == run.rows()
    assert imported_run.failures() == run.failures()
    assert imported_run.study.jobs == run.study.jobs
    assert imported_run.corpora() == CORPORA
    assert [session["what"] for session in imported_run.study.sessions] == ["planned", "imported"]
    job = run.study.jobs[4].id
    assert np.array_equal(imported_run.counts(job).counts, run.counts(job).counts)
    assert not (imported_run.folder / "worker.log").exists()
    store_results(imported_run, [imported_run.study.jobs[6]])


def test_importing_again_adds_only_new_points(run, local_store, tmp_path):
    export_run(run, tmp_path / "run.zip")
    import_run(local_store, tmp_path / "run.zip")
    assert import_run(local_store, tmp_path / "run.zip").message == (
        "run study: 0 points added, 15 skipped, since the run already has them."
    )
    store_results(run, run.study.jobs[5:8])
    export_run(run, tmp_path / "run.zip")
    imported = import_run(local_store, tmp_path / "run.zip")
    assert (imported.n_added, imported.n_skipped, imported.is_new) == (9, 15, False)
    assert local_store.open("study").rows() == run.rows()


def test_points_of_two_machines_are_merged_into_one_run(run, local_store, tmp_path):
    local_run = local_store.create(build_study(sizes="10,20"), CORPORA)
    store_results(local_run, [local_run.study.jobs[0]])
    export_run(run, tmp_path / "run.zip")
    imported = import_run(local_store, tmp_path / "run.zip")
    assert (imported.n_added, imported.n_skipped) == (12, 3)
    assert local_run.finished_job_ids() == run.finished_job_ids()
    assert set(local_run.study.job_ids) == set(run.study.job_ids)
    left_out = {*run.finished_job_ids(), run.study.jobs[5].id}  # which failed there
    assert local_run.pending() == tuple(job for job in local_run.study.jobs if job.id not in left_out)


def test_failures_are_imported_for_jobs_that_the_run_neither_finished_nor_failed(run, local_store, tmp_path):
    local_run = local_store.create(build_study(), CORPORA)
    jobs = local_run.study.jobs
    store_results(local_run, [jobs[6]])
    store_failure(local_run, jobs[7], "local")
    for number in range(6, 10):
        store_failure(run, jobs[number], f"remote {number}")
    export_run(run, tmp_path / "run.zip")
    imported = import_run(local_store, tmp_path / "run.zip")
    assert imported.n_failed == 3
    assert imported.message == (
        "run study: 15 points added. 3 models that failed in the imported run are marked as failed."
    )
    assert {(failed.job.id, failed.reason) for failed in local_run.failures()} == {
        (jobs[5].id, "out of memory"),
        (jobs[7].id, "local"),
        (jobs[8].id, "remote 8"),
        (jobs[9].id, "remote 9"),
    }
    assert import_run(local_store, tmp_path / "run.zip").n_failed == 0


def test_a_job_that_failed_and_was_finished_later_is_imported_as_finished(run, local_store, tmp_path):
    store_results(run, [run.study.jobs[5]])
    export_run(run, tmp_path / "run.zip")
    assert import_run(local_store, tmp_path / "run.zip").message == "new run study: 18 points added."
    assert local_store.open("study").failures() == ()


def test_points_that_could_not_be_compared_are_refused(run, local_store, tmp_path):
    local_store.create(build_study(split_seed=3), CORPORA)
    export_run(run, tmp_path / "run.zip")
    assert catch_error(import_run, local_store, tmp_path / "run.zip") == (
        "run study: was planned with split_seed 3, not 0, so that points could not be compared. "
        "Choose another name for a new run."
    )
    assert import_run(local_store, tmp_path / "run.zip", name="theirs").name == "theirs"
    assert set(local_store.names()) >= {"study", "theirs"}


def test_a_run_imported_without_text_has_points_and_cannot_be_trained(run, local_store, tmp_path):
    export_run(run, tmp_path / "run.zip")
    import_run(local_store, tmp_path / "run.zip")
    imported_run = local_store.open("study")
    assert (imported_run.state().n_done, len(imported_run.points())) == (5, 15)
    assert catch_error(imported_run.corpora).startswith("run study: its copy of corpus target is missing")
    local_store.extend("study", build_study(sizes="50"), CORPORA)
    assert imported_run.corpora() == CORPORA


def test_a_run_in_training_is_exported_with_its_finished_jobs(run):
    path = run.folder / "points.jsonl"
    path.write_text(path.read_text() + path.read_text()[:100])
    assert read_zip(zip_run(run))["points.jsonl"].count(b"\n") == 15


def test_the_published_run_is_exported(local_store, tmp_path):
    published = local_store.open("ecir2020")
    export_run(published, tmp_path / "run.zip")
    assert catch_error(import_run, local_store, tmp_path / "run.zip") == (
        "run ecir2020: comes with the program and cannot be changed."
    )
    imported = import_run(local_store, tmp_path / "run.zip", name="copy")
    assert imported.n_added == len(published.points())
    assert local_store.open("copy").points() == published.points()
    assert local_store.open("copy").state().status == "published"
    assert import_run(local_store, tmp_path / "run.zip", name="copy").n_added == 0


# CSV

POINT = CurvePoint(
    target="T", source="none", model="M", method="finetune", entity="Drug", n_sentences=50, seed=0, f1=0.5
)


def test_a_csv_of_points_becomes_a_run_and_adds_only_new_points(local_store, tmp_path):
    path = tmp_path / "my curves*.csv"
    path.write_text(write_points_csv([POINT, replace(POINT, seed=1)]))
    assert import_run(local_store, path).message == "new run my curves: 2 points added."
    run = local_store.open("my curves")
    assert run.points() == (POINT, replace(POINT, seed=1))
    assert (run.state().status, run.pending(), run.corpora()) == ("imported", (), {})
    path.write_text(write_points_csv([POINT, replace(POINT, n_sentences=100)]))
    assert import_run(local_store, path).message == (
        "run my curves: 1 point added, 1 skipped, since the run already has them."
    )
    assert len(run.points()) == 3


def test_points_without_a_seed_are_the_same_only_if_all_fields_are(local_store, tmp_path):
    path = tmp_path / "curves.csv"
    bare = replace(POINT, seed=None)
    path.write_text(write_points_csv([bare, replace(bare, f1=0.6)]))
    assert import_run(local_store, path).n_added == 2
    assert import_run(local_store, path).n_added == 0


def test_a_csv_is_not_mixed_with_a_plan(run, remote_store, tmp_path):
    path = tmp_path / "study.csv"
    path.write_text(write_points_csv([POINT]))
    assert catch_error(import_run, remote_store, path) == (
        "run study: contains a plan, so points without one cannot be added. Choose another name."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"\xff\x00\x01",
            "x.csv: neither a zip of a run nor a CSV in UTF-8. Use a file that `bioner runs export` or "
            "`bioner export` wrote.",
        ),
        (
            b"target,f1\nT,0.5\n",
            "x.csv, line 1: column 'source', 'model', 'method', 'entity', 'n_sentences' missing.",
        ),
        (
            b"target,source,model,method,entity,n_sentences,f1\nT,none,M,finetune,Drug,50,7\n",
            "x.csv, line 2, f1: found 7.0;",
        ),
        (b"", "x.csv, line 1: column "),
        (b"PK\x03\x04 and no more", "x.csv: the zip archive is damaged or cut off."),
    ],
)
def test_a_file_that_is_neither_a_zip_nor_a_csv_is_refused(local_store, tmp_path, content, message):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert catch_error(import_run, local_store, path).startswith(message)
    assert not local_store.folder.exists()


def test_a_missing_file_is_reported(local_store, tmp_path):
    assert catch_error(import_run, local_store, tmp_path / "no.zip") == (
        f"{tmp_path / 'no.zip'}: cannot be read (No such file or directory)."
    )


def test_a_file_larger_than_any_run_is_not_read(local_store, tmp_path, monkeypatch):
    monkeypatch.setattr(run_import, "MAX_BYTES", 2_000_000)
    path = tmp_path / "run.zip"
    path.write_bytes(b"x" * 2_000_001)
    assert catch_error(import_run, local_store, path) == "run.zip: larger than 2 MB, the limit for a run."


# Zips that are not what they should be


def write_changed_export(run, tmp_path, **changes):
    """Write an export of a run with some members replaced (None: left out)."""
    files = read_zip(zip_run(run, with_text=True))
    for name, content in changes.pop("files", {}).items():
        files.pop(name, None)
        if content is not None:
            files[name] = content
    return write_zip(tmp_path / "run.zip", files)


def save_npz(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def test_unknown_zip_members_are_refused(run, local_store, tmp_path):
    for name in ("evil.py", "counts/x.npz", "counts/../study.json", "corpora/a/b.jsonl", "study.pkl"):
        path = write_changed_export(run, tmp_path, files={name: b"1"})
        message = catch_error(import_run, local_store, path)
        if ".." in name:
            assert message.startswith("run.zip: one of its files has a path outside the archive")
        else:
            assert message == f"run.zip: holds {name!r}, which is not part of a run. {REMEDY}"
    assert not local_store.folder.exists()


@pytest.mark.parametrize("name", ["/etc/x", "../../x", "C:\\x"])
def test_zip_members_outside_the_run_folder_are_refused(run, local_store, tmp_path, name):
    path = write_changed_export(run, tmp_path, files={name: b"1"})
    assert catch_error(import_run, local_store, path).startswith(
        "run.zip: one of its files has a path outside the archive"
    )


@pytest.mark.parametrize("name", ["study.json", "points.jsonl"])
def test_a_zip_without_plan_or_points_is_refused(run, local_store, tmp_path, name):
    path = write_changed_export(run, tmp_path, files={name: None})
    assert (
        catch_error(import_run, local_store, path) == f"run.zip: needs study.json and points.jsonl. {REMEDY}"
    )


def test_a_zip_bomb_is_refused(run, local_store, tmp_path, monkeypatch):
    monkeypatch.setattr(exported_run, "MAX_BYTES", 1_000_000)
    path = write_changed_export(run, tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as zip_file:
        zip_file.writestr("corpora/bomb.jsonl", b"0" * 2_000_000)
    assert catch_error(import_run, local_store, path).startswith("run.zip: unpacks to more than 1 MB")


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"counts": 1}),
        save_npz(entities=np.array(["Drug", object()], dtype=object), counts=np.zeros((2, 2, 3), np.int32)),
        save_npz(entities=np.array(["Drug"]), counts=np.zeros((2, 2, 3), np.int32)),
        save_npz(entities=np.array(["Drug"]), counts=np.zeros((2, 1, 3), np.float64)),
        save_npz(entities=np.array(["Drug"]), counts=np.full((2, 1, 3), -1, np.int32)),
        save_npz(other=np.zeros(3)),
    ],
)
def test_damaged_counts_are_refused_and_no_pickle_is_loaded(run, local_store, tmp_path, content):
    name = f"counts/{run.study.jobs[0].id}.npz"
    path = write_changed_export(run, tmp_path, files={name: content})
    assert catch_error(import_run, local_store, path).startswith(
        f"run.zip, {name}: not counts as this program writes them ("
    )
    assert not local_store.folder.exists()


def list_point_records(run):
    """Return the points without their checksums, as an attacker would."""
    records = [json.loads(line) for line in read_exported_points(run).splitlines()]
    return [{name: value for name, value in record.items() if name != "crc"} for record in records]


def read_exported_points(run):
    return read_zip(zip_run(run))["points.jsonl"].decode()


def join_records(records):
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"f1": 1.5},
            "run.zip, points.jsonl, line 1, f1: found 1.5; allowed is a number such as 0.85 from 0 to 1.",
        ),
        (
            {"seed": 7},
            "run.zip, points.jsonl: the point target Disease from none at 10 belongs to no job of the plan. "
            "Export the run again.",
        ),
        (
            {"job": "0" * 16, "n_points": 1},
            "run.zip, points.jsonl: the point target Disease from none at 10 belongs to no job of the plan. "
            "Export the run again.",
        ),
    ],
)
def test_points_that_do_not_match_their_job_are_refused(run, local_store, tmp_path, change, message):
    records = list_point_records(run)
    records[0] |= change
    path = write_changed_export(run, tmp_path, files={"points.jsonl": join_records(records)})
    assert catch_error(import_run, local_store, path) == message
    assert not local_store.folder.exists()


def test_a_job_that_lacks_points_is_left_out(run, local_store, tmp_path):
    path = write_changed_export(
        run, tmp_path, files={"points.jsonl": join_records(list_point_records(run)[1:])}
    )
    assert import_run(local_store, path).n_added == 12
    assert local_store.open("study").finished_job_ids() == {job.id for job in run.study.jobs[1:5]}


def test_a_plan_of_a_newer_version_is_refused(run, local_store, tmp_path):
    record = json.loads(read_zip(zip_run(run))["study.json"])
    path = write_changed_export(run, tmp_path, files={"study.json": json.dumps(record | {"format": 9})})
    assert catch_error(import_run, local_store, path) == (
        "run.zip, study.json: has format 9, written by a newer version of BioNER Budget; "
        "this one reads up to format 1. Update the program. Nothing was changed."
    )


def test_the_run_name_inside_an_export_is_validated(run, local_store, tmp_path):
    record = json.loads(read_zip(zip_run(run))["study.json"])
    path = write_changed_export(run, tmp_path, files={"study.json": json.dumps(record | {"name": "../out"})})
    assert catch_error(import_run, local_store, path).startswith(
        "run name '../out': a name begins with a letter"
    )


def test_other_corpora_than_planned_are_refused(run, local_store, tmp_path):
    text = read_zip(zip_run(run, with_text=True))["corpora/source.jsonl"]
    path = write_changed_export(
        run, tmp_path, files={"corpora/source.jsonl": text.replace(b"word7", b"word8")}
    )
    assert catch_error(import_run, local_store, path) == (
        "run.zip: corpus source is not the one the run was planned with."
    )
    path = write_changed_export(run, tmp_path, files={"corpora/source.jsonl": b"{}\n"})
    assert catch_error(import_run, local_store, path).startswith("run.zip, corpora/source.jsonl, line 1: ")


def test_an_export_that_cannot_be_written_is_reported(run, tmp_path):
    out = tmp_path / "no folder" / "run.zip"
    assert catch_error(export_run, run, out) == (
        f"{out}: cannot be written (No such file or directory). Choose another place."
    )


# Hostile numbers and texts


def save_counts_head(shape):
    """Return counts whose head claims a shape that the data do not have."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<i4", "fortran_order": False, "shape": shape})
    entities = io.BytesIO()
    np.save(entities, np.array(["Drug"]))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as npz:
        npz.writestr("entities.npy", entities.getvalue())
        npz.writestr("counts.npy", head.getvalue() + b"\0" * 240)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (save_counts_head((16_000_000_000, 1, 3)), "which is more than the file holds"),
        (
            save_counts_head((20, 10**9, 3)),
            "counts of shape (20, 1000000000, 3), which is more than the file",
        ),
        (
            save_npz(entities=np.array(["Drug"]), counts=np.zeros((400_000, 1, 3), np.int32)),
            "400,000 test sentences; the plan has 20",
        ),
        (
            save_npz(entities=np.array(["x"] * 5_001), counts=np.zeros((20, 5_001, 3), np.int32)),
            "5,001 entity",
        ),
    ],
)
def test_counts_that_do_not_fit_the_plan_are_refused_before_they_are_unpacked(
    run, local_store, tmp_path, content, reason
):
    name = f"counts/{run.study.jobs[0].id}.npz"
    path = write_changed_export(run, tmp_path, files={name: content})
    message = catch_error(import_run, local_store, path)
    assert message.startswith(f"run.zip, {name}: not counts as this program writes them (")
    assert reason in message
    assert not local_store.folder.exists()


def test_counts_of_no_job_are_refused(run, local_store, tmp_path):
    name = "counts/0123456789abcdef.npz"
    path = write_changed_export(run, tmp_path, files={name: save_npz(counts=np.zeros(3))})
    assert catch_error(import_run, local_store, path) == (
        f"run.zip, {name}: belongs to no job of the plan. Export the run again."
    )


HOSTILE = [
    '"\\ud800"',
    "Infinity",
    "-Infinity",
    "NaN",
    "1e400",
    "9" * 400,
    "9" * 5_000,
    "[]",
    "{}",
    "null",
    "-1",
]
HOSTILE += ["[" * 10_000 + "]" * 10_000, '"' + "x" * 300 + '"', "true", '"../x"', '""']


def replace_values(value, path=()):
    """Yield the path of each value in nested objects and of the first of each list."""
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from replace_values(child, (*path, key))
    elif isinstance(value, list) and value:
        yield from replace_values(value[0], (*path, 0))


def write_value(record, path, text):
    """Return a record as JSON with the value at ``path`` replaced by a text that need not be JSON."""
    if not path:
        return text
    record = json.loads(json.dumps(record))
    inner = record
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = "@@@"
    return json.dumps(record).replace('"@@@"', text)


def read_all(run):
    load_estimate_basis(run)
    run.state(), run.title, run.points(), run.curves(macro=True), run.failures(), run.pending()
    for job in run.study.jobs:
        if job.id in run.finished_job_ids():
            run.counts(job.id)
    write_points_csv(run.points()).encode("utf-8")
    zip_run(run)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("member", ["study.json", "points.jsonl", "failures.jsonl", "estimate.json"])
def test_no_value_of_an_imported_run_is_a_fault(run, local_store, tmp_path, member, step):
    """Values of the file in turn are replaced by hostile ones: one line says why, or it does no harm."""
    save_estimate_basis(run, EstimateBasis(n_points={"ecir2020": 3}))
    files = read_zip(zip_run(run))
    first, *others = (
        [files[member].decode()] if member.endswith(".json") else files[member].decode().splitlines()
    )
    plain = {name: value for name, value in json.loads(first).items() if name != "crc"}
    for path, text in islice(product(replace_values(plain), HOSTILE), 0, None, step):
        changed = "\n".join([write_value(plain, path, text), *others]) + "\n"
        zip_path = write_zip(tmp_path / "run.zip", {**files, member: changed.encode()})
        try:
            name = import_run(local_store, zip_path).name
        except BionerError as error:
            assert "\n" not in str(error)
            str(error).encode("utf-8")
            assert local_store.names() == RunStore(tmp_path / "none").names(), (path, text)
            continue
        read_all(local_store.open(name))
        local_store.delete(name)


def test_an_import_is_whole_or_not_there(run, local_store, tmp_path, monkeypatch):
    def fail(path, lines):
        raise OSError(28, "No space left on device")

    shipped = local_store.names()
    export_run(run, tmp_path / "run.zip", with_text=True)
    with monkeypatch.context() as patch:
        patch.setattr(journal, "append_lines", fail)
        assert "the disk is full" in catch_error(import_run, local_store, tmp_path / "run.zip")
        assert local_store.names() == shipped
        assert list(local_store.folder.iterdir()) == []
    local_run = local_store.create(build_study(sizes="10,20"), CORPORA)
    before = (local_run.folder / "study.json").read_bytes()
    monkeypatch.setattr(journal, "append_lines", fail)
    assert "the disk is full" in catch_error(import_run, local_store, tmp_path / "run.zip")
    assert (local_run.folder / "study.json").read_bytes() == before
    assert local_run.points() == ()


def test_many_points_are_imported_fast(local_store, tmp_path):
    points = [replace(POINT, entity=f"E{i % 50}", n_sentences=i // 50) for i in range(20_000)]
    (tmp_path / "many.csv").write_text(write_points_csv(points))
    start = time.process_time()
    assert import_run(local_store, tmp_path / "many.csv").n_added == 20_000
    assert time.process_time() - start < 4  # of computing; 200,000 are the most


def test_runs_and_tables_keep_the_points_of_strategies_apart(local_store, remote_store, tmp_path):
    study = build_study(preset="probe", sources=(), seeds=(0,), sizes="10,20,full", strategies=["margin/10"])
    run = remote_store.create(study, CORPORA)
    store_results(run, run.study.jobs)
    n = len(run.points())
    export_run(run, tmp_path / "run.zip")
    assert import_run(local_store, tmp_path / "run.zip").n_added == n
    imported = local_store.open("study")
    assert imported.study.jobs == run.study.jobs
    assert imported.points() == run.points()
    (tmp_path / "points.csv").write_text(write_points_csv(run.points()))
    assert import_run(local_store, tmp_path / "points.csv", name="table").n_added == n
    assert import_run(local_store, tmp_path / "points.csv", name="table").n_skipped == n
    assert {point.arm for point in local_store.open("table").points()} == {"none", "margin/10"}
