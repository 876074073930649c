"""Encoders: any Hugging Face model with a fast tokenizer, from hub, folder or package; no remote code."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, cast

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice, compute_folder_digest
from bioner_core.study.encoder_copies import locate_encoder_copy
from bioner_core.study.presets import PACKAGED
from bioner_core.tagging.encoders.tokenizer import load_tokenizer
from bioner_core.tagging.packaged_encoder.packaged_encoder import prepare_packaged_encoder

_CORRUPT_FILE_ERRORS = (SafetensorError, UnpicklingError)  # a file's content is not of its format


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoder:
    """A pretrained model without a head, and its tokenizer."""

    model: PreTrainedModel  # float32, in evaluation mode, without a pooler
    tokenizer: PreTrainedTokenizerFast
    name: str  # hub id, folder or packaged name
    revision: str  # commit of the hub, or digest

    @property
    def max_pieces(self) -> int:
        """Return the longest window the model can read, in pieces, special ones included."""
        limit = int(self.tokenizer.model_max_length)  # 1e30 where the tokenizer does not know
        if positions := getattr(self.model.config, "max_position_embeddings", None):
            limit = min(limit, positions - self._first_position)
        return limit

    @property
    def _first_position(self) -> int:
        """Return the first position's number: RoBERTa and its kin count from padding_idx + 1."""
        for module in self.model.modules():
            table = getattr(module, "position_embeddings", None)
            if isinstance(table, nn.Embedding) and table.padding_idx is not None:
                return table.padding_idx + 1
        return 0


class ReducedEmbedding(nn.Module):
    """An embedding matrix reduced to some rows, looked up by the piece ids of the full matrix."""

    row_of_piece: Tensor  # (rows of the full matrix,): row here, or the number of rows where it was removed

    def __init__(self, full: nn.Embedding, rows: Tensor) -> None:
        """Copy ``rows`` (sorted, distinct) of ``whole``."""
        super().__init__()
        row_of_piece = torch.full((full.num_embeddings,), len(rows))
        row_of_piece[rows] = torch.arange(len(rows))
        self.register_buffer("row_of_piece", row_of_piece, persistent=False)
        padding = None if full.padding_idx is None else int(row_of_piece[full.padding_idx])
        weight = full.weight.detach()[rows.to(full.weight.device)]
        self.embedding = nn.Embedding(len(rows), full.embedding_dim, padding, _weight=weight)
        self.to(full.weight.device)

    def forward(self, piece_ids: Tensor) -> Tensor:
        """Return the embeddings of pieces; a piece that was removed is an IndexError."""
        vectors: Tensor = self.embedding(self.row_of_piece[piece_ids])  # (…, width)
        return vectors


def load_encoder(name: str, revision: str, *, cache: Path, device: str = "cpu") -> Encoder:
    """Load an encoder in float32, safetensors first; PyTorch files are read as weights only.

    :param name: the packaged encoder's name, a folder, or a hub id.
    :param revision: commit of a hub model, or digest of a folder; "" accepts any.
    :raises BionerError: it cannot be loaded, needs remote code, or has no fast tokenizer.
    """
    if name == PACKAGED:
        tokenizer, model = _load_pretrained(name, path=str(prepare_packaged_encoder(cache)))
    elif (copy_folder := locate_encoder_copy(ModelChoice(name=name, revision=revision), cache)).is_dir():
        tokenizer, model = _load_pretrained(name, path=str(copy_folder))
    elif not Path(name).is_dir():
        tokenizer, model = _load_pretrained(name, path=name, revision=revision or "main")
    elif not revision or (digest := compute_folder_digest(Path(name))) == revision:
        tokenizer, model = _load_pretrained(name, path=name)
    else:
        raise BionerError(
            f"encoder {name}: the folder has changed, its digest is {digest} and this study began with "
            f"{revision}. Put the old files back, or start a new run."
        )
    if model.config.is_encoder_decoder:
        raise BionerError(
            f"encoder {name}: {model.config.model_type} is an encoder with a decoder. Only encoders are "
            "allowed, such as BERT, RoBERTa, XLM-R or DistilBERT: use one of these."
        )
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # tags come from the word pieces, not from the pooled sentence
    _extend_embeddings(name, tokenizer, model)
    return Encoder(model=model.to(device).eval(), tokenizer=tokenizer, name=name, revision=revision)


def reduce_vocabulary(encoder: Encoder, piece_ids: Iterable[int]) -> Encoder:
    """Return a copy whose embedding matrix has only these and the special pieces; outputs stay the same.

    Piece ids stay those of the tokenizer. XLM-R's matrix of 250,002 rows shrinks to some thousand, and
    with it the optimiser's work.
    """
    full = cast(nn.Embedding, encoder.model.get_input_embeddings())
    kept = {*piece_ids, *encoder.tokenizer.all_special_ids}
    if full.padding_idx is not None:
        kept.add(full.padding_idx)
    reduced = ReducedEmbedding(full, torch.tensor(sorted(kept)))
    return replace(encoder, model=copy.deepcopy(encoder.model, {id(full): reduced}))


def _load_pretrained(name: str, *, path: str, **options: Any) -> tuple[Any, Any]:
    """Return tokenizer and model; the hub's cache comes first, so a downloaded encoder needs no network."""
    try:
        with _silence_transformers():
            try:
                return _load_tokenizer_and_model(name, path, local_files_only=True, **options)
            except OSError:
                return _load_tokenizer_and_model(name, path, **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, *_CORRUPT_FILE_ERRORS) as error:
        raise BionerError(_explain_load_error(name, error)) from error


def _load_tokenizer_and_model(name: str, path: str, **options: Any) -> tuple[Any, Any]:
    """Load both; refuse files without some weights, which would be random, except the pooler's."""
    options["trust_remote_code"] = False
    tokenizer = load_tokenizer(name, path, **options)
    model, loading_info = AutoModel.from_pretrained(
        path, dtype=torch.float32, output_loading_info=True, **options
    )
    missing = sorted(key for key in loading_info["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise BionerError(
            f"encoder {name}: its file has no {missing[0]}"
            + (f" and {len(missing) - 1} other weights" if len(missing) > 1 else "")
            + f", which {type(model).__name__} needs; random numbers would take their place. Save it again "
            "with save_pretrained, or take another encoder."
        )
    return tokenizer, model


def _extend_embeddings(name: str, tokenizer: PreTrainedTokenizerFast, model: PreTrainedModel) -> None:
    """Add a row to the embedding matrix for each added piece it lacks, such as [UNK]: the mean of all others.

    :raises BionerError: the vocabulary itself is larger than the matrix.
    """
    rows = cast(nn.Embedding, model.get_input_embeddings()).weight.detach()  # (pieces, width)
    n_rows, added = len(rows), set(tokenizer.added_tokens_encoder.values())
    missing_rows = {number for number in tokenizer.get_vocab().values() if number >= n_rows}
    if missing_rows - added:
        raise BionerError(
            f"encoder {name}: its tokenizer has {len(tokenizer):,} pieces and its embedding matrix "
            f"{n_rows:,} rows, so they do not belong together. Put the tokenizer beside the weights that "
            "it came with."
        )
    if missing_rows:
        resized = model.resize_token_embeddings(max(missing_rows) + 1, mean_resizing=False)
        resized.weight.data[n_rows:] = rows.mean(0)


@contextmanager
def _silence_transformers() -> Iterator[None]:
    """Keep transformers from reporting the pooler and language-model head that are not wanted here."""
    level, has_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if has_bar:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _explain_load_error(name: str, error: Exception) -> str:
    """Return the message why an encoder cannot be loaded."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    if "trust_remote_code" in str(error):
        reason = "it needs code of its own, which is never run"
    elif "ignore_mismatched_sizes" in str(error):
        reason = "its weights have other shapes than its config.json says"
    elif "tiktoken" in str(error):
        reason = "its vocabulary is a SentencePiece model, which takes `pip install sentencepiece` to read"
    elif isinstance(error, UnpicklingError):
        reason = "its PyTorch file holds more than weights, which is never run; safetensors are safe"
    return (
        f"encoder {name}: cannot be loaded ({reason}). Give a hub id such as bert-base-multilingual-cased, a "
        f"folder with config.json, model.safetensors and tokenizer.json, or {PACKAGED}."
    )
