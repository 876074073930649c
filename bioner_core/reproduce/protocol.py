"""The paper's protocol: its corpora, its mapping of their labels, its models."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.study.presets import MULTI_BERT

PUBLISHED = "ecir2020"  # the run with the published points, and the prefix of the runs made here
MULTI = "multi-bert"  # the model of all tables and the figure; the others are in Table 2 only


@dataclass(frozen=True, kw_only=True)
class PaperCorpus:
    """A corpus of the paper, and the mapping of its labels."""

    name: str  # in the paper's tables
    option: str  # command-line option for its path
    title: str
    language: str  # ISO 639-1
    domain: str
    disease: tuple[str, ...]  # its labels that become Disease, lower case without punctuation
    drug: tuple[str, ...] = ("drug", "drugs")

    def map_label(self, label: str) -> str:
        """Return the entity type of one of the corpus's labels; "" where the paper leaves it out.

        >>> CORPORA["RU UGT"].map_label("Drugname"), CORPORA["RU UGT"].map_label("Drugform")
        ('Drug', '')
        """
        key = re.sub(r"[\W_]+", "", label.casefold())
        if key in self.drug:
            return DRUG
        return DISEASE if key in ("disease", *self.disease) else ""


_ALL = (
    PaperCorpus(
        name="EN UGT",
        option="cadec",
        title="CADEC",
        language="en",
        domain="UGT",
        disease=("adr", "symptom", "finding"),
    ),
    PaperCorpus(
        name="EN EHR",
        option="n2c2",
        title="n2c2 2018 track 2",
        language="en",
        domain="EHR",
        disease=("ade", "reason"),
    ),
    PaperCorpus(
        name="RU UGT",
        option="ru-ugt",
        title="Russian drug reviews (RuDReC)",
        language="ru",
        domain="UGT",
        disease=("adr", "di", "finding"),  # RuDReC calls the paper's "Disease" DI
        drug=("drug", "medication", "drugname", "drugclass"),
    ),
    PaperCorpus(
        name="RU EHR",
        option="ru-ehr",
        title="Russian clinical notes (Shelmanov et al. 2015)",
        language="ru",
        domain="EHR",
        disease=("diseases", "symptom", "symptoms"),
    ),
)
CORPORA: Mapping[str, PaperCorpus] = {corpus.name: corpus for corpus in _ALL}
LANGUAGES = tuple(dict.fromkeys(corpus.language for corpus in _ALL))
ENGLISH = ("EN UGT", "EN EHR")
LANGUAGE_PAIRS = (ENGLISH, ("RU UGT", "RU EHR"))  # of Table 4
PAIR, PAIR_TARGET = "EN UGT+RU EHR", "RU UGT"  # the one curve from two sources


@dataclass(frozen=True, kw_only=True)
class PaperModel:
    """A model of Table 2."""

    key: str  # its name in options, and the end of its run's name
    title: str  # in the paper's tables
    name: str  # as ``choose_model`` takes it
    targets: tuple[str, ...]  # corpora that Table 2 has it on
    vectors: str = ""  # file of word vectors; "": none, or trained on the corpora's text

    def split_by_language(self, vectors: Mapping[str, str]) -> "Iterator[PaperModel]":
        """Yield the model for each language with word vectors, then for its other corpora.

        >>> [model.key for model in MODELS["lstm-crf"].split_by_language({"en": "health.vec"})]
        ['lstm-crf-en', 'lstm-crf']
        """
        for language, path in vectors.items():
            targets = tuple(name for name in self.targets if CORPORA[name].language == language)
            yield replace(self, key=f"{self.key}-{language}", targets=targets, vectors=path)
        if other_targets := tuple(name for name in self.targets if CORPORA[name].language not in vectors):
            yield replace(self, targets=other_targets)


MODELS: Mapping[str, PaperModel] = {
    model.key: model
    for model in (
        PaperModel(key=MULTI, title="Multi-BERT", name=MULTI_BERT, targets=tuple(CORPORA)),
        PaperModel(key="biobert", title="BioBERT", name="dmis-lab/biobert-base-cased-v1.1", targets=ENGLISH),
        PaperModel(key="lstm-crf", title="LSTM-CRF", name="lstm-crf", targets=tuple(CORPORA)),
    )
}


def match_paper_model(model: str) -> str:
    """Return the row of Table 2 for a run's model; any other encoder stands in for Multi-BERT.

    >>> match_paper_model("dmis-lab/biobert-base-cased-v1.2"), match_paper_model("xlm-roberta-base")
    ('BioBERT', 'Multi-BERT')
    """
    name = model.casefold()
    return next((MODELS[key].title for key in ("biobert", "lstm-crf") if key in name), MODELS[MULTI].title)
