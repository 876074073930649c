"""Layers of UIMA tools (WebAnno, INCEpTION): which hold entities, and which feature is their label."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioner_core.corpus.reading.bounds import shown
from bioner_core.corpus.reading.findings import Findings

_ENTITIES = "de.tudarmstadt.ukp.dkpro.core.api.ner.type."
_STRUCTURE = (  # words, sentences, their grammar, and what tools note for themselves
    "uima.",
    "de.tudarmstadt.ukp.dkpro.core.api.",
    "de.tudarmstadt.ukp.clarin.webanno.",
    "de.tudarmstadt.ukp.inception.",
    "org.dkpro.core.api.",
    *(
        f"org.apache.ctakes.typesystem.type.{part}."
        for part in ("syntax", "textspan", "structured", "refsem")
    ),
)
_NAMES = ("Token", "Sentence", "Paragraph", "Division", "Lemma", "Stem", "POS")  # in whatever package
_LABELS = (
    "value",
    "label",
    "type",
    "category",
    "class",
    "tag",
    "entity",
    "kind",
    "semantic",
    "concept",
    "ner",
)
_ASIDES = ("identifier", "id", "uri", "iri", "comment", "note", "confidence", "score", "order", "uid")
_MAX_VALUES = 1_000  # different ones of a feature that are looked at


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one annotation of a layer says."""

    layer: str  # full name of the type, such as webanno.custom.Symptom
    features: Mapping[str, str]  # those that are set
    fragments: tuple[tuple[int, int], ...]
    where: str = ""


def is_structure(layer: str) -> bool:
    """Tell whether a layer is made by the tool and holds no entities.

    >>> is_structure("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token")
    True
    >>> is_structure("de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity")
    False
    """
    is_usual = layer.startswith(_STRUCTURE) or short(layer) in _NAMES
    return is_usual and not layer.startswith(_ENTITIES)


def labels_of(annotations: Sequence[Annotation], *, where: str, findings: Findings) -> list[str]:
    """Return the label of each annotation of a corpus: a feature's value, else the layer's own name.

    A value that two layers have is written with its layer: ``Drug:present``.
    """
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for each in annotations:
        of_layer = values[each.layer]
        for feature, value in each.features.items():
            if len(of_layer[feature]) < _MAX_VALUES:
                of_layer[feature].add(value)
    chosen = {layer: _label_feature(found, is_only=len(values) == 1) for layer, found in values.items()}
    for layer, feature in chosen.items():
        what = f"the feature {shown([feature])!r}" if feature else "the layer's name"
        findings.add("note", where, f"layer {shown([short(layer)])}: its label is {what}.")
    taken = Counter(value for layer, feature in chosen.items() for value in values[layer].get(feature, ()))
    return [_label(each, chosen[each.layer], taken) for each in annotations]


def short(layer: str) -> str:
    """Return a layer's name without its packages."""
    return layer.rpartition(".")[2]


def _label(annotation: Annotation, feature: str, taken: Mapping[str, int]) -> str:
    value = annotation.features.get(feature, "").strip()
    if not value:
        return short(annotation.layer)
    return f"{short(annotation.layer)}:{value}" if taken.get(value, 0) > 1 else value


def _label_feature(values: Mapping[str, set[str]], *, is_only: bool) -> str:
    """Return the feature that is most likely the label, "" where none is.

    :param is_only: no other layer can tell entities apart
    """
    usual = [
        feature for feature in values if feature.lower() not in _ASIDES and not _is_number(values[feature])
    ]
    for name in _LABELS:
        if same := [feature for feature in usual if feature.lower() == name]:
            return same[0]
    for name in _LABELS:
        if alike := [feature for feature in usual if name in feature.lower()]:
            return alike[0]
    return usual[0] if is_only and len(usual) == 1 else ""


def _is_number(values: set[str]) -> bool:
    """Tell whether a feature holds numbers, marks of yes and no, or references only."""
    return all(value in ("true", "false", "") or not value.strip("0123456789 .-") for value in values)
