"""The paper's whole plan on the corpora as distributed, beside the published tables and figure."""
