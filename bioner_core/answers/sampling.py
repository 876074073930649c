"""What the way training sentences are drawn means for the number: annotators finish documents."""

# How many times as many sentences it takes where whole documents are annotated, by target corpus: measured by
# the probe with --sample documents against sentences, at 90 and 95 % of full F1 (benchmarks/sampling.py).
DOCUMENT_FACTORS: dict[str, float] = {"BC5CDR": 1.6, "RuMedNER": 0.9}


def sampled(sample: str) -> str:
    """Return what the way of drawing training sentences means for the number.

    :param sample: "sentences" or "documents", as the study was planned.
    """
    if sample == "documents":
        return "Whole documents were drawn, as annotators work."
    factors = ", ".join(f"{factor:.1f} times in {name}" for name, factor in DOCUMENT_FACTORS.items())
    return (
        "Sentences were drawn at random over all documents; annotators finish documents, which may take more "
        f"({factors}, by the probe)."
    )
