"""Map the labels of a corpus to entity types."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError

DRUG = "Drug"
DISEASE = "Disease"
RESERVED = ("all", "macro", "every")  # the micro and the macro average over types; the largest budget
KEEP = "*"  # in a label map: keep all labels that it does not name under their own names

# Labels of public corpora and annotation guides; case, blanks, "-" and "_" are ignored.
_DRUG = """
drug, drugs, drug name, drug names, drug brand, drug form, drug class, drug product, medication, medications,
medication name, medicine, medicines, medicament, pharmaceutical, pharmacological substance,
active ingredient, chemical, chemicals, chem, chemical entity, chemicals and drugs, simple chemical, brand,
brand name, generic name, trade name, drug n, normalizables, no normalizables,
Medikament, Medikation, Wirkstoff, médicament, fármaco, farmaco, medicamento, farmaci,
препарат, лекарство, лекарственное средство, лекарственный препарат, медикамент, действующее вещество
"""  # "drug n": DDI; "normalizables": PharmaCoNER; "chem": NEREL-BIO, CT-EBM-SP
_DISEASE = """
disease, diseases, disease name, disease disorder, disease or syndrome, specific disease, disease class,
composite mention, disorder, disorders, diso, sub disorder, treat disorder, mental disorder, diagnosis, dx,
dx name, illness, condition, medical condition, clinical condition, health condition, problem,
medical problem, clinical entity, clinentity, pathology, morbidity, syndrome,
symptom, symptoms, sign symptom, sign or symptom, signs and symptoms, sign, signs, symp, sosy, ssi,
finding, findings, clinical finding, di, indication, indications, drug indication, reason, wd, withdrawal,
adr, adrs, ade, ades, ade neg, adverse drug reaction, adverse drug event, adverse reaction, adverse effect,
side effect, side effects, effect,
Krankheit, Erkrankung, Diagnose, Symptome, maladie, symptôme, enfermedad, síntoma, sintoma, malattia,
заболевание, болезнь, симптом, диагноз, нежелательная реакция, побочный эффект, побочное действие, показание
"""  # "di", "ssi", "wd": PsyTAR, RuDReC; "reason": n2c2; "sub disorder": PHEE; "clinentity": E3C


def _normalize_label(label: str) -> str:
    """Return the letters and digits of a label in lower case.

    >>> _normalize_label("Treat-Disorder"), _normalize_label("DRUG_NAME")
    ('treatdisorder', 'drugname')
    """
    return re.sub(r"[\W_]+", "", label.casefold()) or label


DEFAULT: Mapping[str, str] = MappingProxyType(  # normalized label → entity type
    {_normalize_label(label): DRUG for label in _DRUG.split(",")}
    | {_normalize_label(label): DISEASE for label in _DISEASE.split(",")}
)


@dataclass(frozen=True)
class LabelMap:
    """The entity type of each label that is kept, and the labels that are dropped."""

    mapping: Mapping[str, str]  # raw label → entity type
    dropped: tuple[str, ...] = ()  # raw labels left out, sorted

    def __post_init__(self) -> None:
        """Refuse entity types that are unprintable or reserved."""
        for raw, entity in self.mapping.items():
            if not _is_type(entity):
                short = "".join(c if c.isprintable() else "�" for c in raw[:40])  # files may hold anything
                raise BionerError(
                    f"label {short!r} cannot become the entity type {entity[:40]!r}: a type is a name such "
                    f"as Drug, and none of {', '.join(RESERVED)}. Name another one: --map {short}=TYPE."
                )


def _is_type(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and name.casefold() not in RESERVED


def add_annotated_types(corpus: Corpus, types: Iterable[str]) -> Corpus:
    """Return the corpus with more annotated entity types; they need not occur in it.

    Where a source annotates a type, its other words are negative examples of that type; where it does not,
    they are no evidence.

    :raises BionerError: a name is reserved or unprintable.
    """
    for name in types:
        if not _is_type(name):
            raise BionerError(
                f"type {name[:40]!r}: a type is a name such as Drug, and none of {', '.join(RESERVED)}. "
                "Name another one."
            )
    return replace(corpus, types=tuple(sorted({*corpus.types, *types})))


def propose_label_map(labels: Iterable[str], *, extra: Mapping[str, str] = MappingProxyType({})) -> LabelMap:
    """Map common labels to Drug and Disease; where there is none of these, keep all under their own names.

    :param extra: raw label → type, with precedence over the defaults ("X": "X" keeps a label, "X": "" drops
        it); where no label has exactly this spelling, case, blanks, "-" and "_" are ignored. With ``KEEP`` in
        it the defaults are off: every other label keeps its own name.

    >>> propose_label_map(["ADR", "Dosage", "Route"], extra={"Route": "Route"})
    LabelMap(mapping={'ADR': 'Disease', 'Route': 'Route'}, dropped=('Dosage',))
    >>> propose_label_map(["Gene", "Cell"], extra={"Cell": ""})
    LabelMap(mapping={'Gene': 'Gene'}, dropped=('Cell',))
    >>> propose_label_map(["ADR", "Dosage"], extra={KEEP: KEEP})
    LabelMap(mapping={'ADR': 'ADR', 'Dosage': 'Dosage'}, dropped=())
    """
    labels = sorted(set(labels))
    loose = {_normalize_label(raw): entity for raw, entity in extra.items()}
    defaults = loose if KEEP in extra else {**DEFAULT, **loose}
    types = {raw: extra.get(raw, defaults.get(_normalize_label(raw))) for raw in labels}
    if KEEP in extra or not any(types.values()):
        types = {raw: raw if entity is None else entity for raw, entity in types.items()}
    mapping = {raw: entity for raw, entity in types.items() if entity}
    return LabelMap(mapping, tuple(raw for raw in labels if raw not in mapping))


def find_unused_labels(labels: Iterable[str], extra: Mapping[str, str]) -> tuple[str, ...]:
    """Return the labels of ``extra`` that do not occur in the corpus: likely typing errors."""
    keys = {_normalize_label(label) for label in labels}
    return tuple(raw for raw in extra if raw != KEEP and _normalize_label(raw) not in keys)
