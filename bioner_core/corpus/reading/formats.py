"""The formats in order of precedence: the specific ones first, tables, records and CoNLL last.

To add a format, write a module with the names of ``Format``, import it here and list it in ``FORMATS``; the
docstring of ``bioner_core.corpus.reading`` shows a complete example.
"""

from collections.abc import Mapping
from typing import Protocol

from bioner_core.corpus.reading import (
    anafora,
    argilla,
    azure,
    bioc,
    biocreative_tables,
    bionlp,
    brat,
    cblue,
    cluener,
    conll,
    conll2012,
    conllu,
    dataturks,
    ddi_xml,
    doccano,
    dygie,
    ehost,
    gate_xml,
    gliner,
    hipe,
    huggingface_datasets,
    i2b2,
    i2b2_xml,
    inline_tags,
    jsonl_records,
    label_studio,
    lighttag,
    list_tables,
    mae_xml,
    ner_annotator,
    prodigy,
    pubannotation,
    pubtator,
    rasa,
    sagemaker_manifest,
    share_clef,
    spacy_docbin,
    spacy_json,
    span_tables,
    tac_adr,
    tagtog,
    ubiai,
    uima_xmi,
    vertex,
    webanno_tsv,
    workbooks,
)
from bioner_core.corpus.reading.passages import Reading


class Format(Protocol):
    """A reader of text files: a module of this package, listed in ``FORMATS``."""

    NAME: str  # as users call it

    def claim(self, files: Mapping[str, str]) -> set[str]:
        """Return the names of the files in this format, by content.

        :param files: decoded text by relative file name
        """

    def read(self, files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
        """Read the claimed files as one corpus.

        A format in ``COLUMN_FORMATS`` takes ``column``, too: the column or field of the annotations.

        :param name: proposed name of the corpus
        :param documents: column or field that names documents (``--documents``)
        :raises BionerError: with file and line, if the files cannot be read
        """


class ByteFormat(Protocol):
    """A reader of binary files: a module of this package, listed in ``BYTE_FORMATS``."""

    NAME: str  # as users call it

    def claim_bytes(self, files: Mapping[str, bytes]) -> set[str]:
        """Return the names of the files in this format, by content; must be fast."""

    def read_bytes(self, files: Mapping[str, bytes], *, name: str, documents: str | None) -> Reading:
        """Read the claimed files as one corpus."""


BYTE_FORMATS: tuple[ByteFormat, ...] = (workbooks, huggingface_datasets, spacy_docbin)
FORMATS: tuple[Format, ...] = (
    brat,
    bionlp,
    pubtator,
    i2b2,
    share_clef,
    webanno_tsv,
    uima_xmi,
    bioc,
    gate_xml,
    ddi_xml,
    mae_xml,
    i2b2_xml,
    ehost,
    anafora,
    tac_adr,
    tagtog,
    azure,
    label_studio,
    argilla,
    prodigy,
    doccano,
    lighttag,
    dataturks,
    ubiai,
    ner_annotator,
    pubannotation,
    sagemaker_manifest,
    vertex,
    cblue,
    cluener,
    gliner,
    dygie,
    spacy_json,
    rasa,
    conllu,
    conll2012,
    hipe,
    biocreative_tables,
    span_tables,
    list_tables,
    jsonl_records,
    conll,
    inline_tags,
)
COLUMN_FORMATS = (
    workbooks,
    huggingface_datasets,
    hipe,
    list_tables,
    jsonl_records,
    conll,
)  # several columns or fields may hold annotations
NAMES = (*(reader.NAME for reader in FORMATS), *(reader.NAME for reader in BYTE_FORMATS))
