"""Which entity type a corpus's own label stands for."""

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

# Labels of public corpora and annotation guides, one spelling each: case, blanks, "-" and "_" do not count.
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


def _key(label: str) -> str:
    """Return what counts of a label: its letters and digits in lower case.

    >>> _key("Treat-Disorder"), _key("DRUG_NAME")
    ('treatdisorder', 'drugname')
    """
    return re.sub(r"[\W_]+", "", label.casefold()) or label


DEFAULT: Mapping[str, str] = MappingProxyType(  # key of a known label → type
    {_key(label): DRUG for label in _DRUG.split(",")}
    | {_key(label): DISEASE for label in _DISEASE.split(",")}
)


@dataclass(frozen=True)
class LabelMap:
    """What becomes of every label of a corpus: ``mapping`` of the kept ones, the others dropped."""

    mapping: Mapping[str, str]  # raw label → entity type
    dropped: tuple[str, ...] = ()  # raw labels left out, sorted

    def __post_init__(self) -> None:
        """Refuse types that cannot be shown, or that stand for something else."""
        for raw, entity in self.mapping.items():
            if not _is_type(entity):
                short = "".join(c if c.isprintable() else "�" for c in raw[:40])  # files may hold anything
                raise BionerError(
                    f"label {short!r} cannot become the entity type {entity[:40]!r}: a type is a name such "
                    f"as Drug, and none of {', '.join(RESERVED)}. Name another one: --map {short}=TYPE."
                )


def _is_type(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and name.casefold() not in RESERVED


def annotating(corpus: Corpus, types: Iterable[str]) -> Corpus:
    """Return the corpus with more types that it annotates; they need not occur.

    A source in which a type is annotated but missing says that words are not of it; one that does not
    annotate it says nothing.

    :raises BionerError: a name stands for something else, or cannot be shown.
    """
    for name in types:
        if not _is_type(name):
            raise BionerError(
                f"type {name[:40]!r}: a type is a name such as Drug, and none of {', '.join(RESERVED)}. "
                "Name another one."
            )
    return replace(corpus, types=tuple(sorted({*corpus.types, *types})))


def propose(labels: Iterable[str], *, extra: Mapping[str, str] = MappingProxyType({})) -> LabelMap:
    """Map known labels to Drug and Disease; where none is known, keep all under their own names.

    :param extra: raw label → type, which goes before what is known ("X": "X" keeps a label, "X": "" drops
        it); where no label is spelled exactly so, case, blanks, "-" and "_" do not count. With ``KEEP`` in it
        nothing is known but what it says: every other label keeps its own name.

    >>> propose(["ADR", "Dosage", "Route"], extra={"Route": "Route"})
    LabelMap(mapping={'ADR': 'Disease', 'Route': 'Route'}, dropped=('Dosage',))
    >>> propose(["Gene", "Cell"], extra={"Cell": ""})
    LabelMap(mapping={'Gene': 'Gene'}, dropped=('Cell',))
    >>> propose(["ADR", "Dosage"], extra={KEEP: KEEP})
    LabelMap(mapping={'ADR': 'ADR', 'Dosage': 'Dosage'}, dropped=())
    """
    labels = sorted(set(labels))
    loose = {_key(raw): entity for raw, entity in extra.items()}
    default = {} if KEEP in extra else DEFAULT
    known = {raw: extra.get(raw, loose.get(_key(raw), default.get(_key(raw)))) for raw in labels}
    if KEEP in extra or not any(known.values()):
        known = {raw: raw if entity is None else entity for raw, entity in known.items()}
    mapping = {raw: entity for raw, entity in known.items() if entity}
    return LabelMap(mapping, tuple(raw for raw in labels if raw not in mapping))


def unused(labels: Iterable[str], extra: Mapping[str, str]) -> tuple[str, ...]:
    """Return the labels that ``extra`` speaks of and that do not occur: likely typing errors."""
    keys = {_key(label) for label in labels}
    return tuple(raw for raw in extra if raw != KEEP and _key(raw) not in keys)
