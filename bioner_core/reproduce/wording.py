"""Wording of the comparison: measures, numbers, and differences from the paper."""

from bioner_core.answers.wording.numbers import format_count
from bioner_core.reproduce.tables import Cell, Unit

MEASURES = {
    "precision": "P",
    "recall": "R",
    "f1": "F1",
    "drug_entities": "Drug",
    "disease_entities": "Disease",
    "avg_document_length_sentences": "sentences a document",
    "avg_sentence_length_tokens": "tokens a sentence",
    "avg_drug_length_tokens": "tokens a Drug",
    "avg_disease_length_tokens": "tokens a Disease",
    "unique_bpe_1": "pieces in 1",
    "unique_bpe_2": "pieces in 2",
    "share_of_1_percent": "% of 1",
    "share_of_2_percent": "% of 2",
}

DIFFERENCES = (
    "The paper does not say whether its 70 % for training were drawn by document or by sentence, nor with "
    "which seed. Here whole documents are drawn, so that no document is in both parts; F1 is then somewhat "
    "lower. Predefined training and test parts of a corpus are merged first.",
    "This program splits sentences and words in its own way: the number of sentences of each corpus differs, "
    "so 50 or 2,000 sentences hold more or less text (Table 1 shows by how much).",
    "RU UGT was never published as it was used. RuDReC, which grew from it, has other reviews (500), was "
    "annotated by other rules, and may reach other numbers.",
    "Overlapping and nested mentions are made flat, the longer one first: fewer than the files hold.",
    "The optimizer is AdamW, decay linear, the polynomial of power 1; the paper names Adam and polynomial "
    "decay, no values. Batch 32, learning rate 5e-5 and 128 word pieces are the defaults of its script.",
    "The paper's LSTM-CRF read 200-dimensional vectors of English health posts and 300-dimensional ones of "
    "the Russian National Corpus. Where no vectors are named here, they are trained on the text of each "
    "model's own training part, and F1 is lower.",
    "The paper has one model a size and states no seed: a difference of a few points may be chance. RU EHR "
    "Drug rests on about 40 test mentions, where one mention is 1 to 2 points.",
    "Table 5 is compared by the paper's rule, the first size that reaches 99 %, which favours lucky sizes; "
    "6 of its 18 cells do not follow from the paper's own curves, and say so.",
)


def format_number(value: float | None, unit: Unit) -> str:
    """Format a number for a table's cell.

    >>> format_number(84.876, "percent"), format_number(7670, "count"), format_number(None, "mean")
    ('84.88', '7,670', '–')
    """
    if value is None:
        return "–"
    return format_count(value) if unit in ("count", "sentences") else f"{value:.2f}"


def format_cell_difference(cell: Cell) -> str:
    """Format the difference with its sign; "" where the replicated number is missing."""
    if cell.difference is None:
        return ""
    sign = "+" if cell.difference > 0 else "−" if cell.difference < 0 else "±"
    return sign + format_number(abs(cell.difference), cell.unit)
