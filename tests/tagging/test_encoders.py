"""Encoders load from all usual checkpoints; a reduced vocabulary changes no output."""

import json
import logging

import pytest
import torch
import transformers as hf
from tiny_encoders import SIZES, TOKENIZERS, save_tiny

from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import compute_folder_digest
from bioner_core.tagging.encoders.encoder import load_encoder, reduce_vocabulary

WORDS = [["Пациент", "took", "aspirin", "."], ["headache"]]


def load_from_folder(folder):
    return load_encoder(str(folder), "", cache=folder / "unused")


def compute_hidden_states(encoder):
    batch = encoder.tokenizer(WORDS, is_split_into_words=True, padding=True, return_tensors="pt")
    with torch.no_grad():
        return batch["input_ids"], encoder.model(**batch).last_hidden_state


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_every_family_loads_in_float32_with_a_fast_tokenizer_and_no_pooler(kind, tmp_path):
    encoder = load_from_folder(save_tiny(kind, tmp_path / kind))
    assert encoder.tokenizer.is_fast
    assert {p.dtype for p in encoder.model.parameters()} == {torch.float32}
    assert not any("pooler" in name for name, _ in encoder.model.named_parameters())
    assert not encoder.model.training


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_max_pieces_is_the_longest_window_that_runs(kind, tmp_path):
    encoder = load_from_folder(save_tiny(kind, tmp_path / kind, positions=20))
    assert encoder.max_pieces == 20
    encoder.model(torch.full((1, 20), 7))
    if kind in ("deberta-v2", "deberta-v3", "modernbert"):  # relative positions: longer windows run, too,
        return  # though the encoder has seen none
    with pytest.raises((IndexError, RuntimeError)):
        encoder.model(torch.full((1, 21), 7))


def test_pytorch_weights_load_where_there_are_no_safetensors(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    _, before = compute_hidden_states(load_from_folder(folder))
    weights = hf.BertForMaskedLM.from_pretrained(folder).state_dict()
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    assert torch.equal(compute_hidden_states(load_from_folder(folder))[1], before)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_every_family_loads_from_a_pytorch_file_with_another_head(kind, tmp_path):
    folder = save_tiny(kind, tmp_path / kind)
    _, before = compute_hidden_states(load_from_folder(folder))
    tagged = hf.AutoModelForTokenClassification.from_pretrained(folder, num_labels=7)
    (folder / "model.safetensors").unlink()
    torch.save(tagged.state_dict(), folder / "pytorch_model.bin")
    assert torch.equal(compute_hidden_states(load_from_folder(folder))[1], before)


def test_legacy_weight_names_load(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    _, before = compute_hidden_states(load_from_folder(folder))
    weights = hf.BertForMaskedLM.from_pretrained(folder).state_dict()
    (folder / "model.safetensors").unlink()
    old = {
        n.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): w
        for n, w in weights.items()
    }
    torch.save(old, folder / "pytorch_model.bin")
    assert torch.equal(compute_hidden_states(load_from_folder(folder))[1], before)


def test_a_file_that_lacks_weights_is_refused(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    weights = hf.BertForMaskedLM.from_pretrained(folder).state_dict()
    (folder / "model.safetensors").unlink()
    torch.save({n: w for n, w in weights.items() if "layer.1" not in n}, folder / "pytorch_model.bin")
    with pytest.raises(BionerError) as error:
        load_from_folder(folder)
    assert str(error.value) == (
        f"encoder {folder}: its file has no encoder.layer.1.attention.output.LayerNorm.bias and 15 other "
        "weights, which BertModel needs; random numbers would take their place. Save it again with "
        "save_pretrained, or take another encoder."
    )
    torch.save({n: w[:-1] for n, w in weights.items()}, folder / "pytorch_model.bin")
    with pytest.raises(BionerError, match="its weights have other shapes"):
        load_from_folder(folder)


def test_a_tokenizer_of_another_encoder_is_refused(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    hf.BertModel(hf.BertConfig(vocab_size=20, **SIZES)).save_pretrained(folder)
    with pytest.raises(BionerError) as error:
        load_from_folder(folder)
    assert str(error.value) == (
        f"encoder {folder}: its tokenizer has {len(hf.AutoTokenizer.from_pretrained(folder))} pieces and its "
        "embedding matrix 20 rows, so they do not belong together. Put the tokenizer beside the weights that "
        "it came with."
    )


class Harmful:
    """An object whose unpickling calls a function, as an attacker's would."""

    def __reduce__(self):
        return (pytest.fail, ("the file's code was run",))


def test_a_pytorch_file_that_holds_code_is_refused(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    (folder / "model.safetensors").unlink()
    torch.save({"weights": Harmful()}, folder / "pytorch_model.bin")
    with pytest.raises(BionerError, match="holds more than weights, which is never run"):
        load_from_folder(folder)


def test_a_model_that_needs_remote_code_is_refused(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.C", "AutoModel": "mine.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text("raise SystemExit('the code was run')")
    with pytest.raises(BionerError, match="needs code of its own, which is never run"):
        load_from_folder(folder)


def test_a_slow_tokenizer_is_refused(tmp_path):
    hf.CanineModel(hf.CanineConfig(**SIZES)).save_pretrained(tmp_path)
    hf.CanineTokenizer().save_pretrained(tmp_path)
    with pytest.raises(BionerError) as error:
        load_from_folder(tmp_path)
    assert str(error.value) == (
        f"encoder {tmp_path}: its tokenizer (CanineTokenizer) is a slow one, which cannot say which word a "
        "piece belongs to. Only fast tokenizers (tokenizer.json) are allowed: take another encoder."
    )


def test_a_damaged_weights_file_and_an_unknown_model_are_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    folder = save_tiny("bert", tmp_path / "bert")
    (folder / "model.safetensors").write_bytes(b"123")
    with pytest.raises(BionerError) as error:
        load_from_folder(folder)
    assert str(error.value) == (
        f"encoder {folder}: cannot be loaded (Error while deserializing header: header too small). Give a "
        "hub id such as bert-base-multilingual-cased, a folder with config.json, model.safetensors and "
        "tokenizer.json, or multilingual-e5-small-q4."
    )
    with pytest.raises(BionerError, match=r"^encoder nobody/nothing: cannot be loaded"):
        load_encoder("nobody/nothing", "main", cache=tmp_path)


def test_a_folder_that_changed_since_the_study_began_is_refused(tmp_path):
    folder = save_tiny("bert", tmp_path / "bert")
    begun = compute_folder_digest(folder)
    assert load_encoder(str(folder), begun, cache=tmp_path).revision == begun
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    with pytest.raises(BionerError) as error:
        load_encoder(str(folder), begun, cache=tmp_path)
    assert str(error.value) == (
        f"encoder {folder}: the folder has changed, its digest is {compute_folder_digest(folder)} and "
        f"this study began with {begun}. Put the old files back, or start a new run."
    )


def test_loading_is_silent_and_leaves_the_verbosity_alone(tmp_path, capsys, caplog):
    level = logging.getLogger("transformers").level
    folder = save_tiny("bert", tmp_path / "bert")
    capsys.readouterr()
    load_from_folder(folder)
    assert capsys.readouterr() == ("", "")
    assert logging.getLogger("transformers").level == level


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_reduced_vocabulary_gives_the_same_outputs(kind, tmp_path):
    encoder = load_from_folder(save_tiny(kind, tmp_path / kind))
    ids, expected = compute_hidden_states(encoder)
    n_rows = encoder.model.get_input_embeddings().num_embeddings
    cut = reduce_vocabulary(encoder, ids.unique().tolist())
    assert torch.equal(compute_hidden_states(cut)[1], expected)
    assert cut.model.get_input_embeddings().embedding.num_embeddings < n_rows
    assert encoder.model.get_input_embeddings().num_embeddings == n_rows


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_reduced_vocabulary_gives_the_same_gradients(kind, tmp_path):
    encoder = load_from_folder(save_tiny(kind, tmp_path / kind))
    ids, _ = compute_hidden_states(encoder)
    cut = reduce_vocabulary(encoder, ids.unique().tolist())
    for model in (encoder.model, cut.model):
        model(ids).last_hidden_state.square().sum().backward()
    whole, part = encoder.model.get_input_embeddings(), cut.model.get_input_embeddings()
    rows = torch.nonzero(part.row_of_piece < part.embedding.num_embeddings).squeeze(1)
    assert torch.equal(part.embedding.weight.grad, whole.weight.grad[rows])


def test_a_reduced_vocabulary_fails_on_a_removed_piece(tmp_path):
    encoder = load_from_folder(save_tiny("bert", tmp_path / "bert"))
    with pytest.raises(IndexError):
        reduce_vocabulary(encoder, [7]).model(torch.tensor([[8]]))


def test_a_reduced_encoder_shares_nothing_that_training_changes(tmp_path):
    encoder = load_from_folder(save_tiny("bert", tmp_path / "bert"))
    ids, before = compute_hidden_states(encoder)
    cut = reduce_vocabulary(encoder, ids.unique().tolist())
    with torch.no_grad():
        for parameter in cut.model.parameters():
            parameter.add_(1)
    assert torch.equal(compute_hidden_states(encoder)[1], before)
