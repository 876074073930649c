"""Describe an exported run as a Workflow Run RO-Crate: what archives and journals index.

The profile is https://w3id.org/ro/wfrun/workflow/0.5. The plan is the workflow: this program executes it and
orchestrates the training of its models. Each session that trained is an execution, from corpora to points;
other sessions, such as planning, are actions of the program. A run without such a session, as of imported
points, is a Process Run Crate. No text of a corpus and no computer's name is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bioner_core import __version__
from bioner_core.study.plan import Study
from bioner_core.study.run_files import COUNTS_FOLDER, EXTERNAL_FOLDER, FAILURES_FILE, POINTS_FILE, STUDY_FILE

if TYPE_CHECKING:
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

CRATE_FILE = "ro-crate-metadata.json"
TABLE_FILE = "points.csv"  # the points as a table, for readers without this program
PROCESS_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
WORKFLOW_PROFILES = {
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
PLAN_PROFILE = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
PROGRAM = "#bioner-budget"
VALUE = ["CreativeWork", "PropertyValue"]  # of an input that is not in the crate: named by its digest
WORKFLOW = ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
EXECUTED = "worked on"  # what a session is called whose worker trained
FILES = {
    STUDY_FILE: ("Plan and provenance of the run", "application/json"),
    POINTS_FILE: ("Points: F1, precision and recall of each model", "application/jsonl"),
    TABLE_FILE: ("The points as a table", "text/csv"),
    FAILURES_FILE: ("Models that failed, with reasons", "application/jsonl"),
}
FOLDERS = {
    COUNTS_FOLDER: "Counts of each test sentence, one file a model",
    EXTERNAL_FOLDER: "Points and counts of systems that were not trained here",
}


@dataclass(frozen=True, kw_only=True)
class CrateOptions:
    """What only the user knows about a crate; "" where it is not stated."""

    author: str = ""  # a person's name
    license: str = ""  # address of the licence of the points, such as of CC BY 4.0


def describe_run(study: Study, members: Sequence[str], options: CrateOptions) -> str:
    """Return ro-crate-metadata.json of a run's zip, whose other files are ``members``."""
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.name = f"Learning curves: {study.name}"
    crate.description = _summarize_study(study)
    crate.datePublished = _list_dates(study)[-1]
    crate.license = "No licence was stated. Ask whoever made this run."
    if options.license:
        crate.license = _add_entity(crate, options.license, "CreativeWork", name=options.license)
    process = _add_entity(crate, PROCESS_PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    crate.root_dataset["conformsTo"] = process
    program = _add_entity(
        crate,
        PROGRAM,
        "SoftwareApplication",
        name="BioNER Budget",
        softwareVersion=", ".join(_list_versions(study.sessions)) or __version__,
        softwareRequirements=_list_packages(study.sessions),
    )
    is_executed = any(session.get("what") == EXECUTED for session in study.sessions)
    plan = _add_file(crate, STUDY_FILE, kind=WORKFLOW if is_executed else "File")
    results = {n: _add_file(crate, n) for n in members if n in FILES and n != STUDY_FILE}
    for folder, title in FOLDERS.items():
        if any(name.startswith(f"{folder}/") for name in members):
            results[folder] = crate.add_directory(dest_path=folder, properties={"name": title})
    corpora, encoder = _add_corpora(crate, study), _add_encoder(crate, study)
    actions = []
    for number, session in enumerate(study.sessions, 1):
        action = _add_action(crate, number, session)
        is_execution = session.get("what") == EXECUTED
        action["instrument"] = plan if is_execution else program
        action["object"] = _unwrap([*corpora, *encoder])
        action["result"] = _unwrap(list(results.values())) if is_execution else plan
        actions.append(action)
    if is_executed:
        plan["version"] = _list_dates(study)[-1]  # it grows with the run
        _describe_workflow(crate, plan, program, {"corpora": corpora, "encoder": encoder}, results)
    crate.root_dataset["mentions"] = actions
    if options.author:
        author = _add_entity(crate, "#author", "Person", name=options.author)
        crate.root_dataset["author"] = author
        for action in actions:
            action["agent"] = author
    return json.dumps(crate.metadata.generate(), ensure_ascii=False, indent=1) + "\n"


def _summarize_study(study: Study) -> str:
    targets, sources = ", ".join(study.targets), ", ".join(study.sources)
    return (
        f"F1 of named entity recognition by training size: {len(study.jobs)} planned models. Targets: "
        f"{targets or 'none'}. Pretrained on: {sources or 'none'}."
    )


def _list_dates(study: Study) -> list[str]:
    """Return when the run was made and worked on, at least one date."""
    dates = [study.created, *(str(session.get("at", "")) for session in study.sessions)]
    return [date for date in dates if date] or ["1970-01-01T00:00:00+00:00"]


def _list_versions(sessions: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the versions of this program that worked on the run."""
    return sorted({str(session["program"]) for session in sessions if session.get("program")})


def _list_packages(sessions: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the packages that trained, such as "torch 2.13.0"."""
    packages: dict[str, str] = {}
    for session in sessions:
        versions = session.get("packages")
        packages.update(versions if isinstance(versions, Mapping) else {})
    return sorted(f"{name} {version}" for name, version in packages.items())


def _add_entity(crate: ROCrate, at: str, kind: str | list[str], **properties: Any) -> ContextEntity:
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, at, properties={"@type": kind, **properties}))


def _add_file(crate: ROCrate, name: str, kind: str | list[str] = "File") -> Any:
    title, encoding = FILES[name]
    properties = {"@type": kind, "name": title, "encodingFormat": encoding}
    return crate.add_file(dest_path=name, properties=properties)


def _add_corpora(crate: ROCrate, study: Study) -> list[ContextEntity]:
    """Add the corpora by name and digest, without text."""
    entities = []
    for name, digest in study.corpora.items():
        about = study.descriptions.get(name)
        properties = {
            "name": (about.title if about else "") or name,
            "value": digest,
            "identifier": f"sha256 (first 16 digits): {digest}",
            "description": f"Corpus whose training part has {study.train_sizes.get(name, 0):,} sentences",
        }
        if about and about.language:
            properties["inLanguage"] = about.language
        entities.append(_add_entity(crate, f"#corpus-{name}", VALUE, **properties))
    return entities


def _add_encoder(crate: ROCrate, study: Study) -> list[ContextEntity]:
    if not study.model:
        return []
    name, revision = study.model.name, study.model.revision
    return [_add_entity(crate, "#encoder", VALUE, name=name, version=revision, value=revision)]


def _add_action(crate: ROCrate, number: int, session: Mapping[str, object]) -> ContextEntity:
    """Add what a session did."""
    return _add_entity(
        crate,
        f"#session-{number}",
        "CreateAction",
        name=f"{session.get('what', EXECUTED)} by {session.get('command', 'bioner')}",
        description=f"On {session.get('device', 'an unknown device')}, Python {session.get('python', '?')}",
        endTime=str(session.get("at", "")),
        actionStatus="http://schema.org/CompletedActionStatus",
    )


def _describe_workflow(
    crate: ROCrate,
    plan: Any,
    program: ContextEntity,
    inputs: Mapping[str, Sequence[Any]],
    results: Mapping[str, Any],
) -> None:
    """Make the plan the workflow of the crate, with its inputs and outputs."""
    profiles = [
        _add_entity(crate, at, "CreativeWork", name=name, version=version)
        for at, (name, version) in WORKFLOW_PROFILES.items()
    ]
    crate.root_dataset["conformsTo"] = [crate.root_dataset["conformsTo"], *profiles]
    crate.metadata["conformsTo"] = [{"@id": crate.metadata["conformsTo"]}, profiles[-1]]
    crate.root_dataset["mainEntity"] = plan
    plan["conformsTo"] = _add_entity(
        crate, PLAN_PROFILE, "CreativeWork", name="Bioschemas ComputationalWorkflow", version="1.0"
    )
    plan["programmingLanguage"] = _add_entity(
        crate, "#plan", "ComputerLanguage", name="BioNER Budget's plan of models, as JSON"
    )
    plan["targetProduct"] = program
    plan["input"] = [
        _add_parameter(crate, name, "PropertyValue", values) for name, values in inputs.items() if values
    ]
    outputs = {"points": (POINTS_FILE, "File"), "counts": (COUNTS_FOLDER, "Dataset")}
    plan["output"] = [
        _add_parameter(crate, name, kind, [results[file]])
        for name, (file, kind) in outputs.items()
        if file in results
    ]


def _add_parameter(crate: ROCrate, name: str, kind: str, values: Sequence[Any]) -> ContextEntity:
    """Add a parameter of the workflow, and say which values of it the run had."""
    at = f"#parameter-{name}"
    parameter = _add_entity(crate, at, "FormalParameter", name=name, additionalType=kind)
    parameter["workExample"] = _unwrap(values)
    for value in values:
        value["exampleOfWork"] = parameter
    return parameter


def _unwrap(values: Sequence[Any]) -> Any:
    """Return a single value alone, as RO-Crate recommends."""
    return values[0] if len(values) == 1 else list(values)
