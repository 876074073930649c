"""What random sentences hide is told, with the factor where it is measured."""

from bioner_core.answers import sampling


def test_random_sentences_may_take_less_than_whole_documents(monkeypatch):
    monkeypatch.setattr(sampling, "DOCUMENT_FACTORS", {"BC5CDR": 1.24, "RuMedNER": 1.1})
    assert sampling.sampled("sentences").endswith(
        "which may take more (1.2 times in BC5CDR, 1.1 times in RuMedNER, by the probe)."
    )


def test_whole_documents_need_no_such_word():
    assert sampling.sampled("documents") == "Whole documents were drawn, as annotators work."
