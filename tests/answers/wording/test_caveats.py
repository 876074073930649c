"""Caveats on estimates: few test mentions, sampling of documents, and their measured factors."""

import pytest

from bioner_core.answers.wording import caveats, names
from bioner_core.corpus.checks import compute_points_per_mention
from bioner_core.scoring.exact import Counts
from bioner_core.study.jobs import Settings


def test_random_sentences_are_compared_with_whole_documents(monkeypatch):
    monkeypatch.setattr(caveats, "DOCUMENT_FACTORS", {"BC5CDR": 1.24, "RuMedNER": 1.1})
    assert caveats.describe_sampling("sentences").endswith(
        "1.2 times as many sentences (measured with the probe: 1.2 times in BC5CDR and 1.1 times in "
        "RuMedNER)."
    )


def test_upper_layers_trained_alone_have_their_own_caveat_and_label():
    assert caveats.METHOD_CAVEATS["partial"] == (
        "Only the upper layers of the encoder are trained, on what its frozen lower layers make of the text. "
        "Fine-tuning may need more or fewer sentences. On two corpora, upper layers needed 0.9 and 1.1 "
        "times as many for 95% of their own full F1."
    )
    assert names.describe_training("m", "partial").label == "upper layers only: lower layers frozen"
    settings = names.describe_settings(Settings(upper_layers=3))
    assert settings.endswith(", upper layers 3")
    assert "upper" not in names.describe_settings(Settings())


def test_whole_documents_have_no_caveat():
    assert (
        caveats.describe_sampling("documents")
        == "Training sets were drawn as whole documents, the way annotators work."
    )


@pytest.mark.parametrize(("tp", "n"), [(34, 40), (12, 40), (180, 200)])
def test_points_per_mention_equal_the_f1_change_of_another_true_positive(tp, n):
    before, after = Counts(tp, n - tp, n - tp), Counts(tp + 1, n - tp, n - tp - 1)
    assert compute_points_per_mention(n, before.f1) == pytest.approx(100 * (after.f1 - before.f1), rel=0.02)


def test_a_corrected_prediction_changes_f1_by_the_upper_bound():
    before, after = Counts(20, 20, 20), Counts(21, 19, 19)
    assert 100 * (after.f1 - before.f1) == pytest.approx(compute_points_per_mention(40))
