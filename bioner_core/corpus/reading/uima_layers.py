"""Select the layers of UIMA tools (WebAnno, INCEpTION) that hold entities, and their label features."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.findings import Findings

_ENTITY_LAYERS = "de.tudarmstadt.ukp.dkpro.core.api.ner.type."
_STRUCTURE_LAYERS = (  # tokens, sentences, syntax, and data of the tools
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
# In any package.
_STRUCTURE_NAMES = ("Token", "Sentence", "Paragraph", "Division", "Lemma", "Stem", "POS")
_LABEL_FEATURES = (
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
_OTHER_FEATURES = ("identifier", "id", "uri", "iri", "comment", "note", "confidence", "score", "order", "uid")
_MAX_VALUES = 1_000  # different values of a feature that are kept


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation of a layer."""

    layer: str  # full name of the type, such as webanno.custom.Symptom
    features: Mapping[str, str]  # those with a value
    fragments: tuple[tuple[int, int], ...]
    where: str = ""


def is_structure(layer: str) -> bool:
    """Tell whether a layer holds document structure or syntax instead of entities.

    >>> is_structure("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token")
    True
    >>> is_structure("de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity")
    False
    """
    is_structural = layer.startswith(_STRUCTURE_LAYERS) or shorten_layer(layer) in _STRUCTURE_NAMES
    return is_structural and not layer.startswith(_ENTITY_LAYERS)


def select_labels(annotations: Sequence[Annotation], *, where: str, findings: Findings) -> list[str]:
    """Return the label of each annotation: the value of a feature, else the name of the layer.

    A value of several layers is prefixed with its layer: ``Drug:present``.
    """
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for annotation in annotations:
        layer_values = values[annotation.layer]
        for feature, value in annotation.features.items():
            if len(layer_values[feature]) < _MAX_VALUES:
                layer_values[feature].add(value)
    label_features = {
        layer: _select_label_feature(features, is_only_layer=len(values) == 1)
        for layer, features in values.items()
    }
    for layer, feature in label_features.items():
        source = f"the feature {format_names([feature])!r}" if feature else "the layer's name"
        findings.add("note", where, f"layer {format_names([shorten_layer(layer)])}: its label is {source}.")
    n_layers_with_value = Counter(
        value for layer, feature in label_features.items() for value in values[layer].get(feature, ())
    )
    return [
        _build_label(annotation, label_features[annotation.layer], n_layers_with_value)
        for annotation in annotations
    ]


def shorten_layer(layer: str) -> str:
    """Return a layer's name without its package."""
    return layer.rpartition(".")[2]


def _build_label(annotation: Annotation, feature: str, n_layers_with_value: Mapping[str, int]) -> str:
    value = annotation.features.get(feature, "").strip()
    if not value:
        return shorten_layer(annotation.layer)
    return f"{shorten_layer(annotation.layer)}:{value}" if n_layers_with_value.get(value, 0) > 1 else value


def _select_label_feature(values: Mapping[str, set[str]], *, is_only_layer: bool) -> str:
    """Return the feature that most likely holds the label; "" if there is none.

    :param is_only_layer: whether the corpus has no other layer
    """
    candidates = [
        feature
        for feature in values
        if feature.lower() not in _OTHER_FEATURES and not _is_numeric(values[feature])
    ]
    for name in _LABEL_FEATURES:
        if exact := [feature for feature in candidates if feature.lower() == name]:
            return exact[0]
    for name in _LABEL_FEATURES:
        if similar := [feature for feature in candidates if name in feature.lower()]:
            return similar[0]
    return candidates[0] if is_only_layer and len(candidates) == 1 else ""


def _is_numeric(values: set[str]) -> bool:
    """Tell whether all values are numbers, references, true or false."""
    return all(value in ("true", "false", "") or not value.strip("0123456789 .-") for value in values)
