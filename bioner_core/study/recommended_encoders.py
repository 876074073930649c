"""Encoders worth trying: for which language and text, how large, under which licence, and why."""

from dataclasses import dataclass, field

from bioner_core.study.presets import MULTI_BERT, PACKAGED

NOT_VERIFIED = "not verified"  # where neither the model's card nor its repository was seen to state it
MANY = "many"  # the language of encoders for about a hundred
_BYTES = 4  # of a weight, in float32, as training holds it


@dataclass(frozen=True)
class Recommended:
    """One encoder and what is known of it."""

    name: str  # hub id, or the packaged name
    title: str  # the name people say
    languages: tuple[str, ...]  # ISO 639-1, or ``MANY``
    domain: str  # of the texts it was pretrained on: general, biomedical, clinical, user texts
    parameters: int  # millions, embeddings included
    license: str  # SPDX identifier as its authors state it, or ``NOT_VERIFIED``
    advice: str = field(kw_only=True)  # one line
    is_size_verified: bool = field(default=True, kw_only=True)

    @property
    def megabytes(self) -> int:
        """Return the size of its weights in float32; a download is about as large, or half of it."""
        return _BYTES * self.parameters

    def record(self, *, is_here: bool) -> dict[str, object]:
        """Return the JSON row."""
        return {
            "name": self.name,
            "title": self.title,
            "languages": ", ".join(self.languages),
            "domain": self.domain,
            "parameters": self.parameters,
            "megabytes": self.megabytes,
            "is_size_verified": self.is_size_verified,
            "license": self.license,
            "is_here": is_here,
            "advice": self.advice,
        }


# Identifiers, licences and sizes as model cards, repositories and papers state them, looked up 2026-11-24;
# sizes that they do not state follow from layers, width and vocabulary.
# fmt: off
RECOMMENDED: tuple[Recommended, ...] = (
    Recommended(MULTI_BERT, "Multi-BERT", (MANY,), "general", 178, NOT_VERIFIED,
        advice="The paper's encoder: 104 languages, so sources in another language can help."),
    Recommended(PACKAGED, "multilingual-e5-small, packaged", (MANY,), "general", 118, "MIT",
        advice="Comes with the program (72 MB, 4 bit), no download: for probes, or without a network."),
    Recommended("intfloat/multilingual-e5-small", "multilingual-e5-small", (MANY,), "general", 118, "MIT",
        advice="Small and quick for 94 languages; a good first choice on a laptop."),
    Recommended("intfloat/multilingual-e5-base",
        "multilingual-e5-base", (MANY,), "general", 278, NOT_VERIFIED,
        advice="The small one's larger sister, where a GPU is at hand."),
    Recommended("distilbert/distilbert-base-multilingual-cased",
        "Distil-mBERT", (MANY,), "general", 135, NOT_VERIFIED,
        advice="Half of Multi-BERT's layers: half the time for some F1."),
    Recommended("FacebookAI/xlm-roberta-base", "XLM-R base", (MANY,), "general", 278, "MIT",
        advice="100 languages and a larger vocabulary than Multi-BERT; often better outside Latin script."),
    Recommended("FacebookAI/xlm-roberta-large", "XLM-R large", (MANY,), "general", 560, NOT_VERIFIED,
        advice="Strong, needs a GPU; a lower learning rate (--lr 2e-5) keeps small sizes from failing."),
    Recommended("microsoft/mdeberta-v3-base", "mDeBERTa-v3", (MANY,), "general", 278, "MIT",
        advice="Strong for its size in 100 languages; slower than XLM-R, as its sentences cannot be packed."),
    Recommended("dmis-lab/biobert-base-cased-v1.1", "BioBERT v1.1", ("en",), "biomedical", 108, NOT_VERIFIED,
        advice="The paper's English encoder: PubMed abstracts; the usual baseline to name in a publication."),
    Recommended("dmis-lab/biobert-base-cased-v1.2", "BioBERT v1.2", ("en",), "biomedical", 108, NOT_VERIFIED,
        advice="v1.1 with its language-model head; fine-tuned, the two differ little."),
    Recommended("microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext",
        "BiomedBERT (PubMedBERT)", ("en",), "biomedical", 109, "MIT",
        advice="PubMed from scratch, its own vocabulary: for abstracts and articles. Small letters only."),
    Recommended("michiyasunaga/BioLinkBERT-base", "BioLinkBERT", ("en",), "biomedical", 108, "Apache-2.0",
        advice="PubMed with citation links: for abstracts and articles. Small letters only."),
    Recommended("emilyalsentzer/Bio_ClinicalBERT", "Bio_ClinicalBERT", ("en",), "clinical", 108, "MIT",
        advice="BioBERT continued on notes of an intensive care unit (MIMIC-III): for clinical notes."),
    Recommended("thomas-sounack/BioClinical-ModernBERT-base",
        "BioClinical ModernBERT", ("en",), "clinical", 150, "MIT",
        advice="Recent; notes of many hospitals and PubMed; reads up to 8,192 pieces at once."),
    Recommended("nlpie/bio-distilbert-cased", "BioDistilBERT", ("en",), "biomedical", 65, "MIT",
        advice="Six layers continued on PubMed: half BioBERT's time, for many sizes and seeds on a CPU."),
    Recommended("microsoft/deberta-v3-base", "DeBERTa-v3", ("en",), "general", 184, "MIT",
        advice="Strong on general English, such as reviews and posts; slower than BERT."),
    Recommended("DeepPavlov/rubert-base-cased", "RuBERT", ("ru",), "general", 178, NOT_VERIFIED,
        advice="Russian Wikipedia and news, begun from Multi-BERT: the usual Russian baseline."),
    Recommended("alexyalunin/RuBioBERT",
        "RuBioBERT", ("ru",), "biomedical", 178, NOT_VERIFIED, is_size_verified=False,
        advice="Continued on Russian biomedical texts."),
    Recommended("alexyalunin/RuBioRoBERTa", "RuBioRoBERTa", ("ru",), "biomedical", 355, NOT_VERIFIED,
        advice="Large (a download of 1.3 GB), best of its authors' models on RuMedBench; needs a GPU."),
    Recommended("cimm-kzn/enrudr-bert", "EnRuDR-BERT", ("ru", "en"), "user texts", 178, NOT_VERIFIED,
        advice="Multi-BERT continued on Russian and English health reviews by the paper's authors' group."),
    Recommended("cimm-kzn/rudr-bert", "RuDR-BERT", ("ru",), "user texts", 178, NOT_VERIFIED,
        advice="The same on Russian reviews alone: for drug reviews and forum posts in Russian."),
    Recommended("PlanTL-GOB-ES/bsc-bio-ehr-es", "bsc-bio-ehr-es", ("es",), "clinical", 125, "Apache-2.0",
        advice="Spanish biomedical texts and health records, from scratch: for clinical Spanish."),
    Recommended("almanach/camembert-bio-base", "CamemBERT-bio", ("fr",), "biomedical", 111, "MIT",
        advice="CamemBERT continued on French articles, drug leaflets and clinical cases."),
    Recommended("Dr-BERT/DrBERT-7GB",
        "DrBERT", ("fr",), "biomedical", 111, "Apache-2.0", is_size_verified=False,
        advice="French medical web texts, from scratch."),
    Recommended("GerMedBERT/medbert-512",
        "medBERT.de", ("de",), "clinical", 109, NOT_VERIFIED, is_size_verified=False,
        advice="German radiology reports and articles; the hub asks for consent and a login first."),
    Recommended("trueto/medbert-kd-chinese",
        "MedBERT (Chinese)", ("zh",), "clinical", 102, NOT_VERIFIED, is_size_verified=False,
        advice="Chinese clinical texts. Words of one character each suit it best."),
)
# fmt: on


def for_languages(languages: set[str]) -> list[Recommended]:
    """Return all encoders, those for one of some languages first, then those for many languages.

    >>> [one.title for one in for_languages({"de"})][:2]
    ['medBERT.de', 'Multi-BERT']
    """

    def distance(one: Recommended) -> int:
        return 0 if languages & set(one.languages) else 1 if MANY in one.languages else 2

    return sorted(RECOMMENDED, key=distance)
