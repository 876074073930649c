import io
import json
import pickle
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from fair_runner import CORPORA, done, study

from bioner_core.curves.points import CurvePoint, points_csv
from bioner_core.errors import BionerError
from bioner_core.study import archive as travel
from bioner_core.study.archive import export_run, exported, import_run
from bioner_core.study.jobs import Failed
from bioner_core.study.store import RunStore

SOURCE = "Take what `bioner runs export` writes."


@pytest.fixture
def here(tmp_path):
    return RunStore(tmp_path / "here")


@pytest.fixture
def there(tmp_path):
    return RunStore(tmp_path / "there")


@pytest.fixture
def run(there):
    """Return a run of 16 jobs on another machine: 5 done, 1 failed."""
    run = there.create(study(), CORPORA)
    for job in run.study.jobs[:5]:
        run.append(done(job))
    run.fail(Failed(job=run.study.jobs[5], reason="out of memory"))
    (run.folder / "worker.log").write_text("word7 in a traceback")
    return run


def refusal(call, *arguments, **options):
    with pytest.raises(BionerError) as refused:
        call(*arguments, **options)
    return str(refused.value)


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_run_travels_without_text_unless_asked(run, tmp_path):
    export_run(run, tmp_path / "run.zip")
    files = unzipped((tmp_path / "run.zip").read_bytes())
    counts = {f"counts/{job.id}.npz" for job in run.study.jobs[:5]}
    assert files.keys() == {"study.json", "points.jsonl", "failures.jsonl", *counts}
    assert not any(b"word7" in content for content in files.values())
    text = unzipped(exported(run, with_text=True))
    assert text.keys() - files.keys() == {"corpora/target.jsonl", "corpora/source.jsonl", "worker.log"}


def test_what_was_exported_comes_back_whole(run, here, tmp_path):
    export_run(run, tmp_path / "run.zip", with_text=True)
    imported = import_run(here, tmp_path / "run.zip")
    assert imported.message == (
        "new run study: 15 points added. 1 model that failed there counts as failed here, too."
    )
    twin = here.open("study")
    assert twin.rows() == run.rows()
    assert twin.failures() == run.failures()
    assert twin.study.jobs == run.study.jobs
    assert twin.corpora() == CORPORA
    assert [session["what"] for session in twin.study.sessions] == ["planned", "imported"]
    job = run.study.jobs[4].id
    assert np.array_equal(twin.counts(job).counts, run.counts(job).counts)
    assert not (twin.folder / "worker.log").exists()
    twin.append(done(twin.study.jobs[6]))


def test_importing_again_adds_only_what_is_new(run, here, tmp_path):
    export_run(run, tmp_path / "run.zip")
    import_run(here, tmp_path / "run.zip")
    assert import_run(here, tmp_path / "run.zip").message == (
        "run study: 0 points added, 15 skipped, since they were there."
    )
    for job in run.study.jobs[5:8]:
        run.append(done(job))
    export_run(run, tmp_path / "run.zip")
    imported = import_run(here, tmp_path / "run.zip")
    assert (imported.n_added, imported.n_skipped, imported.is_new) == (9, 15, False)
    assert here.open("study").rows() == run.rows()


def test_points_of_two_machines_meet_in_one_run(run, here, tmp_path):
    mine = here.create(study(sizes="10,20"), CORPORA)
    mine.append(done(mine.study.jobs[0]))
    export_run(run, tmp_path / "run.zip")
    imported = import_run(here, tmp_path / "run.zip")
    assert (imported.n_added, imported.n_skipped) == (12, 3)
    assert mine.done() == run.done()
    assert set(mine.study.job_ids) == set(run.study.job_ids)
    left_out = {*run.done(), run.study.jobs[5].id}  # which failed there
    assert mine.pending() == tuple(job for job in mine.study.jobs if job.id not in left_out)


def test_failures_come_into_a_run_that_neither_did_those_jobs_nor_failed_them(run, here, tmp_path):
    mine = here.create(study(), CORPORA)
    ours, theirs = mine.study.jobs, run.study.jobs
    mine.append(done(ours[6]))
    mine.fail(Failed(job=ours[7], reason="ours"))
    for number in range(6, 10):
        run.fail(Failed(job=theirs[number], reason=f"theirs {number}"))
    export_run(run, tmp_path / "run.zip")
    imported = import_run(here, tmp_path / "run.zip")
    assert imported.n_failed == 3
    assert imported.message == (
        "run study: 15 points added. 3 models that failed there count as failed here, too."
    )
    assert {(failed.job.id, failed.reason) for failed in mine.failures()} == {
        (ours[5].id, "out of memory"),
        (ours[7].id, "ours"),
        (ours[8].id, "theirs 8"),
        (ours[9].id, "theirs 9"),
    }
    assert import_run(here, tmp_path / "run.zip").n_failed == 0


def test_a_job_that_failed_and_then_succeeded_there_is_no_failure_here(run, here, tmp_path):
    run.append(done(run.study.jobs[5]))
    export_run(run, tmp_path / "run.zip")
    assert import_run(here, tmp_path / "run.zip").message == "new run study: 18 points added."
    assert here.open("study").failures() == ()


def test_points_that_could_not_be_compared_are_refused(run, here, tmp_path):
    here.create(study(split_seed=3), CORPORA)
    export_run(run, tmp_path / "run.zip")
    assert refusal(import_run, here, tmp_path / "run.zip") == (
        "run study: was planned with split_seed 3, not 0, so that points could not be compared. "
        "Choose another name for a new run."
    )
    assert import_run(here, tmp_path / "run.zip", name="theirs").name == "theirs"
    assert set(here.names()) >= {"study", "theirs"}


def test_a_run_without_text_shows_its_points_and_trains_no_more(run, here, tmp_path):
    export_run(run, tmp_path / "run.zip")
    import_run(here, tmp_path / "run.zip")
    twin = here.open("study")
    assert (twin.state().n_done, len(twin.points())) == (5, 15)
    assert refusal(twin.corpora).startswith("run study: its copy of corpus target is not here")
    here.extend("study", study(sizes="50"), CORPORA)
    assert twin.corpora() == CORPORA


def test_a_run_that_is_worked_on_is_exported_as_far_as_it_is(run):
    path = run.folder / "points.jsonl"
    path.write_text(path.read_text() + path.read_text()[:100])
    assert unzipped(exported(run))["points.jsonl"].count(b"\n") == 15


def test_the_published_run_is_exported(here, tmp_path):
    published = here.open("ecir2020")
    export_run(published, tmp_path / "run.zip")
    assert refusal(import_run, here, tmp_path / "run.zip") == (
        "run ecir2020: comes with the program and stays as it is."
    )
    imported = import_run(here, tmp_path / "run.zip", name="copy")
    assert imported.n_added == len(published.points())
    assert here.open("copy").points() == published.points()
    assert here.open("copy").state().word == "published"
    assert import_run(here, tmp_path / "run.zip", name="copy").n_added == 0


# CSV

POINT = CurvePoint(
    target="T", source="none", model="M", method="finetune", entity="Drug", n_sentences=50, seed=0, f1=0.5
)


def test_a_csv_of_points_becomes_a_run_and_adds_only_what_is_new(here, tmp_path):
    path = tmp_path / "my curves*.csv"
    path.write_text(points_csv([POINT, replace(POINT, seed=1)]))
    assert import_run(here, path).message == "new run my curves: 2 points added."
    run = here.open("my curves")
    assert run.points() == (POINT, replace(POINT, seed=1))
    assert (run.state().word, run.pending(), run.corpora()) == ("imported", (), {})
    path.write_text(points_csv([POINT, replace(POINT, n_sentences=100)]))
    assert import_run(here, path).message == (
        "run my curves: 1 point added, 1 skipped, since they were there."
    )
    assert len(run.points()) == 3


def test_points_without_a_seed_are_the_same_only_where_all_of_them_is(here, tmp_path):
    path = tmp_path / "curves.csv"
    bare = replace(POINT, seed=None)
    path.write_text(points_csv([bare, replace(bare, f1=0.6)]))
    assert import_run(here, path).n_added == 2
    assert import_run(here, path).n_added == 0


def test_a_csv_is_not_mixed_with_a_plan(run, there, tmp_path):
    path = tmp_path / "study.csv"
    path.write_text(points_csv([POINT]))
    assert refusal(import_run, there, path) == (
        "run study: has a plan, and cannot take points without one. Choose another name."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"\xff\x00\x01",
            "x.csv: neither a zip of a run nor a CSV in UTF-8. Take what `bioner runs export` or "
            "`bioner export` writes.",
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
def test_a_file_that_is_neither_is_refused(here, tmp_path, content, message):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert refusal(import_run, here, path).startswith(message)
    assert not here.folder.exists()


def test_a_file_that_is_not_there_is_said(here, tmp_path):
    assert refusal(import_run, here, tmp_path / "no.zip") == (
        f"{tmp_path / 'no.zip'}: cannot be read (No such file or directory)."
    )


def test_a_file_larger_than_any_run_is_not_read(here, tmp_path, monkeypatch):
    monkeypatch.setattr(travel, "MAX_BYTES", 2_000_000)
    path = tmp_path / "run.zip"
    path.write_bytes(b"x" * 2_000_001)
    assert refusal(import_run, here, path) == "run.zip: larger than 2 MB, which no run is."


# Zips that are not what they should be


def changed(run, tmp_path, **changes):
    """Write an export of a run with some members replaced (None: left out)."""
    files = unzipped(exported(run, with_text=True))
    for name, content in changes.pop("files", {}).items():
        files.pop(name, None)
        if content is not None:
            files[name] = content
    return zipped(tmp_path / "run.zip", files)


def counted(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def test_members_that_no_run_has_are_refused(run, here, tmp_path):
    for name in ("evil.py", "counts/x.npz", "counts/../study.json", "corpora/a/b.jsonl", "study.pkl"):
        path = changed(run, tmp_path, files={name: b"1"})
        found = refusal(import_run, here, path)
        if ".." in name:
            assert found.startswith("run.zip: a member's name leads out of the archive")
        else:
            assert found == f"run.zip: holds {name!r}, which no run has. {SOURCE}"
    assert not here.folder.exists()


@pytest.mark.parametrize("name", ["/etc/x", "../../x", "C:\\x"])
def test_members_that_climb_out_are_refused(run, here, tmp_path, name):
    path = changed(run, tmp_path, files={name: b"1"})
    assert refusal(import_run, here, path).startswith("run.zip: a member's name leads out of the archive")


@pytest.mark.parametrize("name", ["study.json", "points.jsonl"])
def test_what_every_run_has_is_needed(run, here, tmp_path, name):
    path = changed(run, tmp_path, files={name: None})
    assert refusal(import_run, here, path) == f"run.zip: needs study.json and points.jsonl. {SOURCE}"


def test_a_zip_bomb_is_refused(run, here, tmp_path, monkeypatch):
    monkeypatch.setattr(travel, "MAX_BYTES", 1_000_000)
    path = changed(run, tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("corpora/bomb.jsonl", b"0" * 2_000_000)
    assert refusal(import_run, here, path).startswith("run.zip: unpacks to more than 1 MB")


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"counts": 1}),
        counted(entities=np.array(["Drug", object()], dtype=object), counts=np.zeros((2, 2, 3), np.int32)),
        counted(entities=np.array(["Drug"]), counts=np.zeros((2, 2, 3), np.int32)),
        counted(entities=np.array(["Drug"]), counts=np.zeros((2, 1, 3), np.float64)),
        counted(entities=np.array(["Drug"]), counts=np.full((2, 1, 3), -1, np.int32)),
        counted(other=np.zeros(3)),
    ],
)
def test_counts_that_are_none_are_refused_and_no_pickle_is_read(run, here, tmp_path, content):
    name = f"counts/{run.study.jobs[0].id}.npz"
    path = changed(run, tmp_path, files={name: content})
    assert refusal(import_run, here, path).startswith(
        f"run.zip, {name}: not counts as this program writes them ("
    )
    assert not here.folder.exists()


def lines(run):
    return [json.loads(line) for line in exported_points(run).splitlines()]


def exported_points(run):
    return unzipped(exported(run))["points.jsonl"].decode()


def joined(records):
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
            "run.zip, points.jsonl: the point target Disease from none at 10 is of no job of the plan. "
            "Export the run again.",
        ),
        (
            {"job": "0" * 16, "n_points": 1},
            "run.zip, points.jsonl: the point target Disease from none at 10 is of no job of the plan. "
            "Export the run again.",
        ),
    ],
)
def test_points_that_are_none_of_the_plan_are_refused(run, here, tmp_path, change, message):
    records = lines(run)
    records[0] |= change
    path = changed(run, tmp_path, files={"points.jsonl": joined(records)})
    assert refusal(import_run, here, path) == message
    assert not here.folder.exists()


def test_a_job_that_lacks_points_is_left_out(run, here, tmp_path):
    path = changed(run, tmp_path, files={"points.jsonl": joined(lines(run)[1:])})
    assert import_run(here, path).n_added == 12
    assert here.open("study").done() == {job.id for job in run.study.jobs[1:5]}


def test_a_plan_of_a_newer_version_is_refused(run, here, tmp_path):
    record = json.loads(unzipped(exported(run))["study.json"])
    path = changed(run, tmp_path, files={"study.json": json.dumps(record | {"format": 9})})
    assert refusal(import_run, here, path) == (
        "run.zip, study.json: has format 9, written by a newer version of BioNER Budget; "
        "this one reads up to format 1. Update the program. Nothing was changed."
    )


def test_the_name_inside_is_checked(run, here, tmp_path):
    record = json.loads(unzipped(exported(run))["study.json"])
    path = changed(run, tmp_path, files={"study.json": json.dumps(record | {"name": "../out"})})
    assert refusal(import_run, here, path).startswith("run name '../out': a name begins with a letter")


def test_other_corpora_than_planned_are_refused(run, here, tmp_path):
    text = unzipped(exported(run, with_text=True))["corpora/source.jsonl"]
    path = changed(run, tmp_path, files={"corpora/source.jsonl": text.replace(b"word7", b"word8")})
    assert refusal(import_run, here, path) == (
        "run.zip: corpus source is not the one the run was planned with."
    )
    path = changed(run, tmp_path, files={"corpora/source.jsonl": b"{}\n"})
    assert refusal(import_run, here, path).startswith("run.zip, corpora/source.jsonl, line 1: ")


def test_an_export_that_cannot_be_written_is_said(run, tmp_path):
    out = tmp_path / "no folder" / "run.zip"
    assert refusal(export_run, run, out) == (
        f"{out}: cannot be written (No such file or directory). Name another place."
    )
