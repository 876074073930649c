"""Suggested mentions under the labels that annotators see in their tool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bioner_core.connections.tool import Task
from bioner_core.corpus.labels import propose_label_map
from bioner_core.corpus.reading.passages import Mention


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """Tasks with suggestions under labels of the tool."""

    tasks: tuple[Task, ...]
    n_kept: int
    n_left_out: int  # of types that the tool has no label for
    missing: tuple[str, ...]  # these types


def match_labels(types: Sequence[str], labels: Sequence[str], label_map: Mapping[str, str]) -> dict[str, str]:
    """Return the tool's label of each type that has one: of the same name, else one that maps to the type.

    :param label_map: raw label → type, of the corpus.

    >>> match_labels(["Drug", "Disease", "Gene"], ["drug", "ADR"], {"ADR": "Disease"})
    {'Drug': 'drug', 'Disease': 'ADR'}
    """
    mapped = propose_label_map(labels, extra=label_map).mapping
    matches = {}
    for entity in types:
        same = [label for label in labels if label.casefold() == entity.casefold()]
        similar = [label for label in labels if mapped.get(label) == entity]
        if label := next(iter((*(label for label in same if label == entity), *same, *similar)), ""):
            matches[entity] = label
    return matches


def rename_suggestions(
    tasks: Sequence[Task], labels: Sequence[str], label_map: Mapping[str, str]
) -> Suggestions:
    """Return tasks with suggestions under labels of the tool; those without a label are left out.

    :param labels: of the tool; where it names none, types keep their names.
    """
    types = sorted({mention.label for task in tasks for mention in task.mentions})
    matches = match_labels(types, labels, label_map) if labels else dict(zip(types, types, strict=True))
    renamed = [
        replace(
            task,
            mentions=tuple(
                Mention(matches[mention.label], mention.fragments)
                for mention in task.mentions
                if mention.label in matches
            ),
        )
        for task in tasks
    ]
    n_kept, n_all = (sum(len(task.mentions) for task in group) for group in (renamed, tasks))
    missing = tuple(entity for entity in types if entity not in matches)
    return Suggestions(tasks=tuple(renamed), n_kept=n_kept, n_left_out=n_all - n_kept, missing=missing)
