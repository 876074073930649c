"""GLiNER2 by a random checkpoint of 2 layers: the real package loads it, and its spans are in our tokens.

No pretrained GLiNER is used: what is tested is the way from sentences to a kept score, not how good it is.
"""

import json
import sys

import pytest
from tiny_encoders import save_tiny

from bioner_core.cli import main
from bioner_core.corpus.sentences import Sentence
from bioner_core.errors import BionerError
from bioner_core.study.external_results import load_external_results
from bioner_core.tagging.zero_shot.gliner2_model import load_gliner2
from bioner_core.tagging.zero_shot.wording import list_wordings, select_mentions

TYPES = ("Disease", "Drug")
SENTENCES = [
    Sentence(("The", "patient", "took", "aspirin", "for", "a", "headache", ".")),
    Sentence(("Аспирин", "от", "боли")),
    Sentence(("pain",) * 500),  # longer than the pieces that the model reads at once
]


@pytest.fixture(scope="module", params=["span", "boundary"])
def checkpoint(request, tmp_path_factory):
    """Return the folder of a random checkpoint of each architecture."""
    gliner2 = pytest.importorskip("gliner2", reason="needs the extra [gliner2]")
    import torch
    from gliner2.configuration import ExtractorConfig
    from transformers import AutoConfig, AutoTokenizer

    folder = tmp_path_factory.mktemp(request.param)
    encoder = save_tiny("deberta-v3", folder / "encoder")
    torch.manual_seed(0)
    config = ExtractorConfig(model_name="none", architecture=request.param)
    model = gliner2.AutoExtractor.from_config(
        config,
        encoder_config=AutoConfig.from_pretrained(encoder),
        tokenizer=AutoTokenizer.from_pretrained(encoder),
    )
    model.save_pretrained(str(folder / "model"))
    return folder / "model"


@pytest.mark.long
def test_candidates_are_the_same_twice_lie_in_the_sentence_and_need_no_network(checkpoint, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    model = load_gliner2(str(checkpoint), language="en", is_local=True)
    for wording in list_wordings(TYPES, {"Drug": "medicine"}, {"Disease": "an illness"}):
        once, twice = (list(model.find_spans(SENTENCES, wording, threshold=0.01)) for _ in range(2))
        assert once == twice
        assert all(once)
        for sentence, candidates in zip(SENTENCES, once, strict=True):
            for candidate in candidates:
                assert 0 <= candidate.span.start < candidate.span.end <= len(sentence.tokens)
                assert candidate.span.label in TYPES
        assert any(sentence.spans for sentence in select_mentions(SENTENCES, once, 0.01))
    ends = {candidate.span.end for candidate in once[2]}
    assert max(ends) > 400  # what lies beyond the first piece is read, too


@pytest.mark.long
def test_texts_without_blanks_are_split_into_signs(checkpoint):
    model = load_gliner2(str(checkpoint), language="zh", is_local=True)
    [candidates] = model.find_spans(
        [Sentence(("患者", "头", "痛"))], list_wordings(TYPES, {}, {})[0], threshold=0.01
    )
    assert {candidate.span.end for candidate in candidates} <= {1, 2, 3}
    assert candidates


@pytest.mark.long
def test_the_command_keeps_a_score_and_says_what_was_chosen_on_training_sentences(checkpoint, capsys):
    from simulated_runs import create_simulated_run

    run = create_simulated_run()
    command = ["predictions", "gliner", "study", "--model", str(checkpoint), "--local-only"]
    assert main([*command, "--name", "random", "--threshold", "0.1"]) == 0
    assert "kept with run study" in capsys.readouterr().out
    assert main([*command, "--name", "tuned", "--choose-on", "20", "--label", "Drug=medicine"]) == 0
    assert "chosen on 20 training sentences: " in capsys.readouterr().out
    results = {result.name: result for result in load_external_results(run)}
    assert (results["random"].n_sentences, results["tuned"].n_sentences) == (0, 20)
    main(["budget", "study", "--entity", results["tuned"].points[0].entity])
    assert "(random) gives F1 " in capsys.readouterr().out


@pytest.mark.long
def test_a_checkpoint_that_names_code_or_lacks_a_part_is_refused(checkpoint, tmp_path):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(checkpoint, folder)
    path = folder / "encoder_config" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "auto_map": {"AutoModel": "evil.Model"}}))
    with pytest.raises(BionerError, match="asks for code of its own, which is never run"):
        load_gliner2(str(folder), language="en")
    path.unlink()
    with pytest.raises(BionerError, match=r"no encoder_config/config\.json, so it is no GLiNER2 checkpoint"):
        load_gliner2(str(folder), language="en")


def test_without_the_package_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gliner2", None)
    with pytest.raises(BionerError, match=r"needs the package gliner2\. Install it: pip install"):
        load_gliner2("fastino/gliner2.5-base-v1", language="en")


@pytest.mark.long
def test_a_model_that_is_not_here_is_named(checkpoint):
    with pytest.raises(BionerError, match="neither a folder nor, whole, in the hub's cache"):
        load_gliner2("nobody/nothing", language="en", is_local=True)
