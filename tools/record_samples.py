"""Write samples of Label Studio and doccano by their own converters and exporters.

Run by ``python tools/make_samples.py`` in an environment with ``label-studio-sdk==2.1.2``, and, for doccano,
``doccano==1.8.4 marshmallow<4`` with the folder ``backend`` that it installs on PYTHONPATH.
"""

import json
import os
import zipfile

from annotation_samples import clear_folder, count_utf16_units, format_json_lines, list_spans
from table_samples import TEXTS


def write_label_studio(folder):
    """Write tasks by hand after Label Studio's documentation; from these, JSON-MIN by its own converter."""
    from label_studio_sdk.converter import Converter

    clear_folder(folder)
    tasks = [build_label_studio_task(number, name) for number, name in enumerate(TEXTS, 1)]
    first = tasks[0]["annotations"][0]
    tasks[0]["annotations"] = [
        first | {"id": 90, "was_cancelled": True, "lead_time": 99.0},
        first | {"id": 91, "result": first["result"][:1], "completed_by": 2},
        first | {"ground_truth": True},
    ]
    tasks[3]["annotations"] = []
    relation = {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "right"}
    choice = {"from_name": "seen", "to_name": "text", "type": "choices", "value": {"choices": ["yes"]}}
    tasks[1]["annotations"][0]["result"] += [relation, choice]
    export = folder / "export.json"
    export.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    config = (
        '<View><Labels name="label" toName="text"><Label value="Drug"/></Labels>'
        '<Choices name="seen" toName="text"><Choice value="yes"/></Choices>'
        '<Text name="text" value="$note"/></View>'
    )
    converter = Converter(config, str(folder.parent))
    converter.convert_to_json_min(str(export), str(folder / "made"), is_dir=False)
    (folder / "made/result.json").rename(folder / "export_min.json")
    (folder / "made").rmdir()


def build_label_studio_task(number, name):
    """Return one task with one annotation."""
    text = TEXTS[name]
    annotation = {
        "id": number,
        "completed_by": 1,
        "result": build_label_studio_result(name),
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-11-23T10:00:00Z",
        "updated_at": "2026-11-23T10:01:00Z",
        "lead_time": 10.5 * number,
    }
    data = {
        "note": text,
        "source": f"a rather long name of where document {name} came from, which is no text at all",
    }
    return {
        "id": number,
        "data": data,
        "annotations": [annotation],
        "predictions": [],
        "drafts": [],
        "meta": {},
        "created_at": "2026-11-22T10:00:00Z",
        "file_upload": "a.json",
        "project": 1,
        "total_annotations": 1,
    }


def build_label_studio_result(name):
    """Return the regions of a document; offsets count UTF-16 units, as in JavaScript."""
    text = TEXTS[name]
    regions = [
        {
            "start": count_utf16_units(text, s),
            "end": count_utf16_units(text, e),
            "text": text[s:e],
            "labels": [label],
        }
        for label, s, e in list_spans(name)
    ]
    return [
        {
            "id": f"r{i}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "origin": "manual",
            "value": region,
        }
        for i, region in enumerate(regions)
    ]


def write_doccano(folder):
    """Write JSON lines by doccano's own exporters, without its database: by member, and with relations."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.base"
    import django

    django.setup()
    from data_export.models import ExportedExample, ExportedRelation, ExportedSpan
    from data_export.pipeline.factories import create_formatter
    from data_export.pipeline.writers import JsonlWriter
    from label_types.models import RelationType, SpanType
    from pandas import DataFrame
    from projects.models import SequenceLabelingProject

    def write_export(path, select_mentions, *, use_relation):
        rows = []
        for number, (name, text) in enumerate(TEXTS.items(), 1):
            marked = [
                ExportedSpan(
                    id=10 * number + i, label=SpanType(text=label), start_offset=start, end_offset=end
                )
                for i, (label, start, end) in enumerate(list_spans(name))
            ]
            chosen = select_mentions(number, marked)
            linked = chosen[:2] if use_relation and number == 1 else []
            example = ExportedExample(id=number, text=text, meta={"doc_id": name}).to_dict()
            kind = RelationType(text="treats")
            links = [ExportedRelation(id=9, from_id=linked[0], to_id=linked[1], type=kind)] if linked else []
            relations = {"relations": links} if use_relation else {}
            rows.append({**example, "entities": chosen, **relations, "Comments": []})
        table = DataFrame(rows)
        for formatter in create_formatter(
            SequenceLabelingProject(project_type="SequenceLabeling", use_relation=use_relation), "JSONL"
        ):
            table = formatter.format(table)
        JsonlWriter.write(str(path), table)

    clear_folder(folder)
    write_export(folder / "anna.jsonl", lambda number, marked: marked, use_relation=False)
    write_export(
        folder / "boris.jsonl", lambda number, marked: marked[:1] if number == 1 else [], use_relation=False
    )
    with zipfile.ZipFile(folder / "members.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("anna.jsonl", "boris.jsonl"):
            archive.write(folder / name, name)
            (folder / name).unlink()
    write_export(folder / "relations.jsonl", lambda number, marked: marked, use_relation=True)
    (folder / "old.json1").write_text(format_json_lines(_build_old_records()), encoding="utf-8")


def _build_old_records():
    """Return the records that doccano wrote before version 1, by hand."""
    kinds = ["Drug", "ADR", "Disease"]
    return [
        {
            "id": number,
            "text": text,
            "meta": {},
            "annotation_approver": None,
            "annotations": [
                {"label": kinds.index(label) + 1, "start_offset": start, "end_offset": end, "user": 1}
                for label, start, end in list_spans(name)
            ],
        }
        for number, (name, text) in enumerate(TEXTS.items(), 1)
    ]


WRITERS = {"label_studio": write_label_studio, "doccano": write_doccano}
