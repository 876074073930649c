"""The list of recommended encoders: language, domain, size, licence and advice."""

from dataclasses import dataclass, field

from bioner_core.study.presets import MULTI_BERT, PACKAGED

NOT_VERIFIED = "not verified"  # neither the model card nor the repository states it
MULTILINGUAL = "many"  # pretrained on about a hundred languages
_BYTES = 4  # bytes of a weight in float32, as in training


@dataclass(frozen=True)
class RecommendedEncoder:
    """An encoder with its languages, domain, size and licence."""

    name: str  # hub id, or the packaged name
    title: str  # its usual name
    languages: tuple[str, ...]  # ISO 639-1, or ``MULTILINGUAL``
    domain: str  # of the texts it was pretrained on: general, biomedical, clinical, user texts
    parameters: int  # in millions, embeddings included
    license: str  # SPDX identifier as its authors state it, or ``NOT_VERIFIED``
    advice: str = field(kw_only=True)  # one line
    is_size_verified: bool = field(default=True, kw_only=True)

    @property
    def megabytes(self) -> int:
        """Return the size of the weights in float32, in MB; a download is about as large, or half."""
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


# Identifiers, licences and sizes from model cards, repositories and papers, looked up 2026-11-24; sizes that
# they do not state are computed from layers, width and vocabulary.
# fmt: off
RECOMMENDED: tuple[RecommendedEncoder, ...] = (
    RecommendedEncoder(MULTI_BERT, "Multi-BERT", (MULTILINGUAL,), "general", 178, NOT_VERIFIED,
        advice="The paper's encoder: 104 languages, so sources in another language can help."),
    RecommendedEncoder(PACKAGED, "multilingual-e5-small, packaged", (MULTILINGUAL,), "general", 118, "MIT",
        advice="Comes with the program (72 MB, 4 bit), no download: for probes, or without a network."),
    RecommendedEncoder("intfloat/multilingual-e5-small",
        "multilingual-e5-small", (MULTILINGUAL,), "general", 118, "MIT",
        advice="Small and quick for 94 languages; a good first choice on a laptop."),
    RecommendedEncoder("intfloat/multilingual-e5-base",
        "multilingual-e5-base", (MULTILINGUAL,), "general", 278, NOT_VERIFIED,
        advice="The small one's larger sister, where a GPU is at hand."),
    RecommendedEncoder("distilbert/distilbert-base-multilingual-cased",
        "Distil-mBERT", (MULTILINGUAL,), "general", 135, NOT_VERIFIED,
        advice="Half of Multi-BERT's layers: half the time for some F1."),
    RecommendedEncoder("FacebookAI/xlm-roberta-base", "XLM-R base", (MULTILINGUAL,), "general", 278, "MIT",
        advice="100 languages and a larger vocabulary than Multi-BERT; often better outside Latin script."),
    RecommendedEncoder("FacebookAI/xlm-roberta-large",
        "XLM-R large", (MULTILINGUAL,), "general", 560, NOT_VERIFIED,
        advice="Strong, needs a GPU; a lower learning rate (--lr 2e-5) keeps small sizes from failing."),
    RecommendedEncoder("microsoft/mdeberta-v3-base", "mDeBERTa-v3", (MULTILINGUAL,), "general", 278, "MIT",
        advice="Strong for its size in 100 languages; slower than XLM-R, as its sentences cannot be packed."),
    RecommendedEncoder("dmis-lab/biobert-base-cased-v1.1",
        "BioBERT v1.1", ("en",), "biomedical", 108, NOT_VERIFIED,
        advice="The paper's English encoder: PubMed abstracts; the usual baseline to name in a publication."),
    RecommendedEncoder("dmis-lab/biobert-base-cased-v1.2",
        "BioBERT v1.2", ("en",), "biomedical", 108, NOT_VERIFIED,
        advice="v1.1 with its language-model head; fine-tuned, the two differ little."),
    RecommendedEncoder("microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext",
        "BiomedBERT (PubMedBERT)", ("en",), "biomedical", 109, "MIT",
        advice="PubMed from scratch, its own vocabulary: for abstracts and articles. Small letters only."),
    RecommendedEncoder("michiyasunaga/BioLinkBERT-base",
        "BioLinkBERT", ("en",), "biomedical", 108, "Apache-2.0",
        advice="PubMed with citation links: for abstracts and articles. Small letters only."),
    RecommendedEncoder("emilyalsentzer/Bio_ClinicalBERT", "Bio_ClinicalBERT", ("en",), "clinical", 108, "MIT",
        advice="BioBERT continued on notes of an intensive care unit (MIMIC-III): for clinical notes."),
    RecommendedEncoder("thomas-sounack/BioClinical-ModernBERT-base",
        "BioClinical ModernBERT", ("en",), "clinical", 150, "MIT",
        advice="Recent; notes of many hospitals and PubMed; reads up to 8,192 pieces at once."),
    RecommendedEncoder("nlpie/bio-distilbert-cased", "BioDistilBERT", ("en",), "biomedical", 65, "MIT",
        advice="Six layers continued on PubMed: half BioBERT's time, for many sizes and seeds on a CPU."),
    RecommendedEncoder("microsoft/deberta-v3-base", "DeBERTa-v3", ("en",), "general", 184, "MIT",
        advice="Strong on general English, such as reviews and posts; slower than BERT."),
    RecommendedEncoder("DeepPavlov/rubert-base-cased", "RuBERT", ("ru",), "general", 178, NOT_VERIFIED,
        advice="Russian Wikipedia and news, begun from Multi-BERT: the usual Russian baseline."),
    RecommendedEncoder("alexyalunin/RuBioBERT",
        "RuBioBERT", ("ru",), "biomedical", 178, NOT_VERIFIED, is_size_verified=False,
        advice="Continued on Russian biomedical texts."),
    RecommendedEncoder("alexyalunin/RuBioRoBERTa", "RuBioRoBERTa", ("ru",), "biomedical", 355, NOT_VERIFIED,
        advice="Large (a download of 1.3 GB), best of its authors' models on RuMedBench; needs a GPU."),
    RecommendedEncoder("cimm-kzn/enrudr-bert", "EnRuDR-BERT", ("ru", "en"), "user texts", 178, NOT_VERIFIED,
        advice="Multi-BERT continued on Russian and English health reviews by the paper's authors' group."),
    RecommendedEncoder("cimm-kzn/rudr-bert", "RuDR-BERT", ("ru",), "user texts", 178, NOT_VERIFIED,
        advice="The same on Russian reviews alone: for drug reviews and forum posts in Russian."),
    RecommendedEncoder("PlanTL-GOB-ES/bsc-bio-ehr-es",
        "bsc-bio-ehr-es", ("es",), "clinical", 125, "Apache-2.0",
        advice="Spanish biomedical texts and health records, from scratch: for clinical Spanish."),
    RecommendedEncoder("almanach/camembert-bio-base", "CamemBERT-bio", ("fr",), "biomedical", 111, "MIT",
        advice="CamemBERT continued on French articles, drug leaflets and clinical cases."),
    RecommendedEncoder("Dr-BERT/DrBERT-7GB",
        "DrBERT", ("fr",), "biomedical", 111, "Apache-2.0", is_size_verified=False,
        advice="French medical web texts, from scratch."),
    RecommendedEncoder("GerMedBERT/medbert-512",
        "medBERT.de", ("de",), "clinical", 109, NOT_VERIFIED, is_size_verified=False,
        advice="German radiology reports and articles; the hub asks for consent and a login first."),
    RecommendedEncoder("trueto/medbert-kd-chinese",
        "MedBERT (Chinese)", ("zh",), "clinical", 102, NOT_VERIFIED, is_size_verified=False,
        advice="Chinese clinical texts. Words of one character each suit it best."),
)
# fmt: on


def rank_for_languages(languages: set[str]) -> list[RecommendedEncoder]:
    """Return all encoders: first those for one of the languages, then the multilingual ones.

    >>> [encoder.title for encoder in rank_for_languages({"de"})][:2]
    ['medBERT.de', 'Multi-BERT']
    """

    def rank(encoder: RecommendedEncoder) -> int:
        return 0 if languages & set(encoder.languages) else 1 if MULTILINGUAL in encoder.languages else 2

    return sorted(RECOMMENDED, key=rank)
