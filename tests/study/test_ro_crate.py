"""The RO-Crate of a run: a Workflow Run RO-Crate that this program imports again."""

import io
import json
import zipfile

import pytest
from fake_runner import CORPORA, build_study, store_results

from bioner_core.curves.points import read_points_csv
from bioner_core.study.ro_crate import (
    CRATE_FILE,
    PROCESS_PROFILE,
    TABLE_FILE,
    WORKFLOW_PROFILES,
    CrateOptions,
)
from bioner_core.study.run_export import zip_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore

OPTIONS = CrateOptions(author="A. Person", license="https://creativecommons.org/licenses/by/4.0/")


@pytest.fixture
def run(tmp_path):
    """Return a run that was planned, and whose worker finished 5 jobs."""
    run = RunStore(tmp_path / "runs").create(build_study(), CORPORA)
    with run.lock() as writer:
        writer.replace_study(run.study, "worked on")
    store_results(run, run.study.jobs[:5])
    return run


@pytest.fixture
def archive(run):
    return zipfile.ZipFile(io.BytesIO(zip_run(run, crate=OPTIONS)))


@pytest.fixture
def graph(archive):
    return read_graph(archive)


def read_graph(archive):
    """Return the entities of the crate by their id."""
    record = json.loads(archive.read(CRATE_FILE))
    assert record["@context"].startswith("https://w3id.org/ro/crate/1.1/context")
    return {entity["@id"]: entity for entity in record["@graph"]}


def list_references(value):
    """Return the ids that a value of an entity refers to."""
    if isinstance(value, dict):
        return [value["@id"]]
    return [at for part in value for at in list_references(part)] if isinstance(value, list) else []


def test_every_reference_is_an_entity_and_every_part_a_file_of_the_zip(archive, graph):
    values = [value for entity in graph.values() for value in entity.values()]
    references = {at for value in values for at in list_references(value)}
    assert references - graph.keys() == {"https://w3id.org/ro/crate/1.1"}
    parts = [part["@id"] for part in graph["./"]["hasPart"]]
    assert {"study.json", "points.jsonl", TABLE_FILE, "counts/"} == set(parts)
    names = archive.namelist()
    assert all(any(name.startswith(part) for name in names) for part in parts)


def test_a_session_that_trained_executes_the_plan_and_others_are_of_the_program(run, graph):
    planned, trained = [graph[at["@id"]] for at in graph["./"]["mentions"]]
    assert len(run.study.sessions) == 2
    for action in (planned, trained):
        assert action["@type"] == "CreateAction" and action["endTime"]
        assert {f"#corpus-{name}" for name in run.study.corpora} <= {at["@id"] for at in action["object"]}
        assert graph[action["agent"]["@id"]]["name"] == OPTIONS.author
    assert graph[planned["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    assert planned["result"] == trained["instrument"] == graph["./"]["mainEntity"] == {"@id": "study.json"}
    assert trained["result"] == [{"@id": "points.jsonl"}, {"@id": TABLE_FILE}, {"@id": "counts/"}]
    assert graph["./"]["license"] == {"@id": OPTIONS.license}


def test_the_plan_is_a_workflow_whose_parameters_have_the_values_of_the_run(graph):
    """What the profile requires; the validator of its authors is no dependency."""
    profiles = {at["@id"] for at in graph["./"]["conformsTo"]}
    assert profiles == {PROCESS_PROFILE, *WORKFLOW_PROFILES}
    plan = graph["study.json"]
    assert plan["@type"] == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    assert graph[plan["programmingLanguage"]["@id"]]["@type"] == "ComputerLanguage"
    values = {}
    for at in (*plan["input"], *plan["output"]):
        parameter = graph[at["@id"]]
        assert parameter["@type"] == "FormalParameter"
        examples = [graph[at["@id"]] for at in list_or_single(parameter["workExample"])]
        assert all(value["exampleOfWork"] == at for value in examples)
        assert all(parameter["additionalType"] in value["@type"] for value in examples)
        values[parameter["name"]] = [value["@id"] for value in examples]
    assert values == {
        "corpora": ["#corpus-target", "#corpus-source"],
        "encoder": ["#encoder"],
        "points": ["points.jsonl"],
        "counts": ["counts/"],
    }


def test_a_run_that_nobody_trained_executes_no_workflow(tmp_path):
    run = RunStore(tmp_path / "others").create(build_study(), CORPORA)
    graph = read_graph(zipfile.ZipFile(io.BytesIO(zip_run(run, crate=OPTIONS))))
    assert graph["./"]["conformsTo"] == {"@id": PROCESS_PROFILE}
    assert "mainEntity" not in graph["./"]
    assert graph["study.json"]["@type"] == "File"


def list_or_single(value):
    return value if isinstance(value, list) else [value]


def test_it_holds_the_points_as_a_table_and_no_text(run, archive):
    table = archive.read(TABLE_FILE).decode()
    assert set(read_points_csv(table, where="the table")) == set(run.points())
    sentences = [sentence for corpus in CORPORA.values() for sentence in corpus.sentences]
    assert any("word7" in sentence.tokens for sentence in sentences)
    assert "word7" not in archive.read(CRATE_FILE).decode()


def test_a_crate_can_be_imported(run, archive, tmp_path):
    path = tmp_path / "run.zip"
    path.write_bytes(zip_run(run, crate=CrateOptions()))
    store = RunStore(tmp_path / "elsewhere")
    import_run(store, path)
    assert store.open(run.name).points() == run.points()
