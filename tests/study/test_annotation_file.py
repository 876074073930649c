"""annotation.json: stored with a run, exported with the text, refused if damaged."""

import pytest
import stored_runs

from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import (
    AnnotationStatus,
    load_annotation_status,
    save_annotation_status,
)
from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore

STATUS = AnnotationStatus(
    n_unannotated=10, seconds_per_sentence=12.0, seconds_source="read from 3 timed texts"
)


@pytest.fixture
def run():
    return stored_runs.plan_run("first")


def test_the_last_status_is_kept(run):
    assert load_annotation_status(run) == AnnotationStatus()
    save_annotation_status(run, AnnotationStatus(n_unannotated=3))
    save_annotation_status(run, STATUS)
    assert load_annotation_status(run) == STATUS


@pytest.mark.parametrize("with_text", [True, False])
def test_the_status_is_exported_with_the_text(run, tmp_path, with_text):
    save_annotation_status(run, STATUS)
    export_run(run, tmp_path / "first.zip", with_text=with_text)
    import_run(RunStore(), tmp_path / "first.zip", name="second")
    imported = load_annotation_status(RunStore().open("second"))
    assert imported == (STATUS if with_text else AnnotationStatus())


@pytest.mark.parametrize("text", ["{", "[]", '{"n_unannotated": "ten"}', '{"documents": 10}'])
def test_a_damaged_status_is_refused_with_its_place(run, text):
    (run.folder / "annotation.json").write_text(text)
    with pytest.raises(BionerError, match=r"annotation\.json"):
        load_annotation_status(run)
