"""study.json: serialize a study as JSON, and validate it when it is loaded."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.points import RANDOM
from bioner_core.curves.sources import list_source_corpora
from bioner_core.errors import BionerError
from bioner_core.files import read_file
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import ORDER_VERSION, Settings, TrainJob
from bioner_core.study.json_text import parse_json
from bioner_core.study.plan import SHARED_FIELDS, Study
from bioner_core.study.search import Search, SearchRound

FORMAT = 1  # raise when older programs cannot read the new content
# Fields that differ between the jobs of a study.
JOB_FIELDS = ("target", "source", "n_sentences", "is_full", "seed")
ORDER_FIELDS = ("strategy", "order_version")  # of jobs whose sentences are chosen; earlier ones have none

Record = Mapping[str, Any]


def serialize_study(study: Study) -> str:
    """Return the content of study.json: the shared fields once, then a short row for each job."""
    record = {
        "format": FORMAT,
        "name": study.name,
        "published": study.is_published,
        "preset": study.preset,
        "created": study.created,
        "model": asdict(study.model) if study.model else None,
        "corpora": {
            name: {
                "digest": digest,
                "train_size": study.train_sizes[name],
                **_serialize_description(study.descriptions.get(name)),
            }
            for name, digest in study.corpora.items()
        },
        "notes": list(study.notes),
        "sessions": list(study.sessions),
        "shared": _serialize_shared_fields(study.jobs[0]) if study.jobs else {},
        **({"searches": [asdict(search) for search in study.searches]} if study.searches else {}),
    }
    head = json.dumps(record, ensure_ascii=False, indent=1).removesuffix("\n}")
    rows = [_serialize_job(job) for job in study.jobs]
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    return f'{head},\n "jobs": [\n{lines}\n ]\n}}\n' if rows else f'{head},\n "jobs": []\n}}\n'


def _serialize_shared_fields(job: TrainJob) -> dict[str, object]:
    record = asdict(job)
    if not job.settings.upper_layers:
        for name in ("first_layers", "upper_layers"):  # earlier programs refuse them
            del record["settings"][name]
    return {name: record[name] for name in SHARED_FIELDS}


def _serialize_job(job: TrainJob) -> dict[str, object]:
    names = JOB_FIELDS if job.strategy == RANDOM else (*JOB_FIELDS, *ORDER_FIELDS)
    return {"id": job.id, **{name: getattr(job, name) for name in names}}


def _serialize_description(description: CorpusDescription | None) -> dict[str, object]:
    if description is None:
        return {}
    record = asdict(description)
    if description.agreement_f1 is None:
        del record["agreement_f1"]  # earlier programs refuse it
    return {"about": record}


def parse_study_record(text: str, *, where: str) -> Record:
    """Return study.json as a JSON object. :raises BionerError: it is none, or of a newer format."""
    try:
        record = parse_json(text)
    except ValueError as error:
        raise BionerError(f"{where}: {_format_damage('it is not JSON')}") from error
    if not isinstance(record, dict):
        raise BionerError(f"{where}: {_format_damage('it is not a JSON object')}")
    version = record.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        raise BionerError(
            f"{where}: has format {version}, written by a newer version of BioNER Budget; "
            f"this one reads up to format {FORMAT}. Update the program. Nothing was changed."
        )
    return record


def parse_study(record: Record, *, name: str, where: str) -> Study:
    """Return the study of a study.json.

    :param name: of the run's folder.
    :raises BionerError: a field is missing or wrong, or a job's fields do not match its id.
    """
    try:
        return _build_study(record, name=name, where=where)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = (
            f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else "a field is of a wrong kind"
        )
        raise BionerError(f"{where}: {_format_damage(problem)}") from error


def _build_study(record: Record, *, name: str, where: str) -> Study:
    corpora = record.get("corpora", {})
    digests = {str(corpus): _require_text(of["digest"]) for corpus, of in corpora.items()}
    model = record.get("model")
    shared = dict(record.get("shared") or {})
    if shared:
        shared["settings"] = Settings(**validate_fields(Settings, shared["settings"], where=where))
    return Study(
        name=name,
        is_published=record.get("published") is True,
        preset=_require_text(record.get("preset", "")),
        model=ModelChoice(**validate_fields(ModelChoice, model, where=where)) if model else None,
        corpora=digests,
        train_sizes={str(corpus): int(of["train_size"]) for corpus, of in corpora.items()},
        descriptions={
            str(corpus): CorpusDescription(**validate_fields(CorpusDescription, of["about"], where=where))
            for corpus, of in corpora.items()
            if "about" in of  # older runs have none
        },
        jobs=tuple(_parse_jobs(record["jobs"], shared, digests, where=where)),
        notes=tuple(
            _require_text(note["text"] if isinstance(note, dict) else note)
            for note in record.get("notes", ())
        ),
        searches=tuple(_parse_search(search, where=where) for search in record.get("searches", ())),
        created=_require_text(record.get("created", "")),
        sessions=tuple(dict(session) for session in record.get("sessions", ())),
    )


def _parse_search(record: Record, *, where: str) -> Search:
    rounds = []
    for step in record["rounds"]:
        values = {**step, "jobs": tuple(step["jobs"])}
        rounds.append(SearchRound(**validate_fields(SearchRound, values, where=where)))
    return Search(**validate_fields(Search, {**record, "rounds": tuple(rounds)}, where=where))


def _parse_jobs(
    rows: Sequence[Record], shared: Record, digests: Mapping[str, str], *, where: str
) -> Iterator[TrainJob]:
    """Yield the jobs. Shared fields are validated once, the others in each row."""
    template: TrainJob | None = None
    for row in rows:
        values = {name: row[name] for name in JOB_FIELDS}
        values["strategy"] = row.get("strategy", RANDOM)
        values["order_version"] = row.get("order_version", ORDER_VERSION)
        source = _require_text(values["source"])
        values["target_digest"] = digests[_require_text(values["target"])]
        values["source_digests"] = tuple(digests[name] for name in list_source_corpora(source))
        if template is None:
            template = TrainJob(**validate_fields(TrainJob, {**shared, **values}, where=where))
        job = replace(template, **_check_types(TrainJob, values, where=where))
        if job.id != row["id"]:
            raise BionerError(
                f"{where}: job {row['id']} has other fields than its id was made of, so it was changed by "
                "hand or another version of BioNER Budget planned it. Restore them, or start a new run."
            )
        yield job


def validate_fields(kind: type, values: Record, *, where: str) -> dict[str, Any]:
    """Return the values if they fit a dataclass: no unknown or missing field, each of the field's type.

    :raises BionerError: a field is unknown or has the wrong type.
    :raises KeyError: a field is missing.
    """
    allowed = {field.name: field for field in fields(kind)}
    if unknown := sorted(set(values) - set(allowed)):
        raise BionerError(f"{where}: {_format_damage(f'{unknown[0]!r} is not known')}")
    for name, field in allowed.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise KeyError(name)
    return _check_types(kind, values, where=where)


def _check_types(kind: type, values: Record, *, where: str) -> dict[str, Any]:
    types = kind.__annotations__
    for name, value in values.items():
        if not _has_type(value, types[name]):
            raise BionerError(f"{where}: {_format_damage(f'{name} is {value!r}')}")
    return dict(values)


def _has_type(value: object, kind: Any) -> bool:
    """Return whether a value from JSON has a field's type."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(isinstance(part, get_args(kind)[0]) for part in value)
    if isinstance(kind, UnionType):
        return any(_has_type(value, part) for part in get_args(kind))
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _require_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _format_damage(problem: str) -> str:
    return f"{problem}, so it was changed by hand or is damaged. Put it right, or delete the run's folder."


def load_study(path: Path) -> tuple[Record, Study]:
    """Return study.json of a run's folder, as JSON and as a study."""
    try:
        text = read_file(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BionerError(f"{path}: {_format_damage('it is not UTF-8')}") from error
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    record = parse_study_record(text, where=str(path))
    return record, parse_study(record, name=path.parent.name, where=str(path))
