"""Fast tokenizers that split words as in pretraining, although published files differ in their settings."""

from pathlib import Path
from typing import Any

from tokenizers import models, normalizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.models.auto.tokenization_auto import get_tokenizer_config

from bioner_core.corpus.word_pieces import add_prefix_space
from bioner_core.errors import BionerError
from bioner_core.files import create_private_folder, write_atomically

_MIN_CASED_SHARE = 0.01  # least share of pieces with a capital letter in a cased vocabulary


def load_tokenizer(name: str, path: str, **options: Any) -> PreTrainedTokenizerFast:
    """Load a tokenizer from tokenizer.json, else built from vocab.txt, vocab.json or a SentencePiece model.

    :param name: of the encoder, for messages
    :param path: hub id or folder
    :raises BionerError: where it has no vocabulary, or only a slow tokenizer reads it.
    """
    # Byte-level tokenizers (RoBERTa) split words of a list as in running text only with a blank before each.
    tokenizer = AutoTokenizer.from_pretrained(path, use_fast=True, add_prefix_space=True, **options)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise BionerError(
            f"encoder {name}: its tokenizer ({type(tokenizer).__name__}) is a slow one, which cannot say "
            "which word a piece belongs to. Only fast tokenizers (tokenizer.json) are allowed: take another "
            "encoder."
        )
    if len(tokenizer) <= len(set(tokenizer.all_special_tokens)):
        raise BionerError(
            f"encoder {name}: its tokenizer has no vocabulary, so every word would be unknown. The folder "
            "needs tokenizer.json, or vocab.txt, vocab.json with merges.txt, or a SentencePiece .model."
        )
    if "do_lower_case" not in get_tokenizer_config(path, **options):
        _keep_case(tokenizer)
    _add_unknown_piece(tokenizer)
    add_prefix_space(tokenizer.backend_tokenizer)  # ``add_prefix_space`` does not reach ModernBERT's
    return tokenizer


def export_tokenizer(name: str, folder: Path, file: Path) -> None:
    """Write the tokenizer of an encoder's folder, with the settings of training, to a file; no code is run.

    :raises BionerError: it cannot be loaded.
    """
    try:
        tokenizer = load_tokenizer(name, str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise BionerError(
            f"encoder {name}: its tokenizer cannot be loaded ({reason}). Its folder {folder} needs "
            "tokenizer.json, or vocab.txt, vocab.json with merges.txt, or a SentencePiece .model."
        ) from error
    create_private_folder(file.parent)
    write_atomically(file, tokenizer.backend_tokenizer.to_str())


def _keep_case(tokenizer: PreTrainedTokenizerFast) -> None:
    """Keep capitals where the vocabulary has them and no setting says otherwise.

    BioBERT v1.1 and Bio_ClinicalBERT are published without tokenizer_config.json, and BERT's tokenizer then
    writes everything in small letters, although both were pretrained with capitals:
    https://github.com/dmis-lab/biobert-pytorch/issues/24.
    """
    normalizer = tokenizer.backend_tokenizer.normalizer
    if isinstance(normalizer, normalizers.BertNormalizer) and normalizer.lowercase:
        pieces = [p for p in tokenizer.get_vocab() if p not in tokenizer.all_special_tokens]
        if sum(piece != piece.lower() for piece in pieces) >= _MIN_CASED_SHARE * len(pieces):
            normalizer.lowercase = False


def _add_unknown_piece(tokenizer: PreTrainedTokenizerFast) -> None:
    """Add the unknown piece to a WordPiece vocabulary without it: tokenizers would refuse unknown words."""
    backend = tokenizer.backend_tokenizer
    if not isinstance(backend.model, models.WordPiece):
        return
    vocabulary, unknown = backend.get_vocab(with_added_tokens=False), backend.model.unk_token
    if unknown not in vocabulary:
        vocabulary[unknown] = tokenizer.get_vocab()[unknown]
        backend.model = models.WordPiece(vocabulary, unk_token=unknown)
