"""``bioner models`` lists encoders as a table, JSON or CSV."""

import csv
import io
import json

from bioner_core.cli import main
from bioner_core.study.recommended_encoders import MULTILINGUAL, RECOMMENDED


def test_models_lists_every_encoder_with_its_properties(capsys):
    assert main(["models", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [encoder.name for encoder in RECOMMENDED]
    biobert = next(row for row in rows if row["name"] == "dmis-lab/biobert-base-cased-v1.1")
    assert (biobert["languages"], biobert["domain"], biobert["parameters"]) == ("en", "biomedical", 108)
    assert main(["models", "--format", "csv"]) == 0
    assert len(list(csv.DictReader(io.StringIO(capsys.readouterr().out)))) == len(RECOMMENDED)


def test_models_of_a_language_include_multilingual_ones(capsys):
    assert main(["models", "--language", "fr", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["languages"] for row in rows} == {"fr", MULTILINGUAL}
    assert rows[0]["languages"] == "fr"


def test_an_unknown_domain_is_refused_with_the_available_ones(capsys):
    assert main(["models", "--domain", "legal"]) == 1
    assert capsys.readouterr().err.strip() == (
        "bioner: no encoder of domain 'legal' is listed. "
        "Available: biomedical, clinical, general, user texts."
    )
