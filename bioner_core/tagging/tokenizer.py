"""Fast tokenizers that cut words as their encoders were pretrained, however the files were published."""

import json
from typing import Any

from tokenizers import models, normalizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.models.auto.tokenization_auto import get_tokenizer_config

from bioner_core.errors import BionerError

_CASED = 0.01  # least share of pieces with a capital letter in a vocabulary that tells cases apart


def load_tokenizer(name: str, path: str, **options: Any) -> PreTrainedTokenizerFast:
    """Load a tokenizer from tokenizer.json, else made from vocab.txt, vocab.json or a SentencePiece model.

    :param name: of the encoder, for messages
    :param path: hub id or folder
    :raises BionerError: where it has no vocabulary, or only a slow tokenizer reads it.
    """
    # Byte-level tokenizers (RoBERTa) cut words of a list as in running text only with a blank before each.
    tokenizer = AutoTokenizer.from_pretrained(path, use_fast=True, add_prefix_space=True, **options)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise BionerError(
            f"encoder {name}: its tokenizer ({type(tokenizer).__name__}) is a slow one, which cannot say "
            "which word a piece belongs to. Only fast tokenizers (tokenizer.json) are allowed: take another "
            "encoder."
        )
    if not set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens):
        raise BionerError(
            f"encoder {name}: its tokenizer has no vocabulary, so every word would be unknown. The folder "
            "needs tokenizer.json, or vocab.txt, vocab.json with merges.txt, or a SentencePiece .model."
        )
    if "do_lower_case" not in get_tokenizer_config(path, **options):
        _keep_case(tokenizer)
    _know_unknown(tokenizer)
    _blank_before_words(tokenizer)
    return tokenizer


def _keep_case(tokenizer: PreTrainedTokenizerFast) -> None:
    """Leave capitals as they are where the vocabulary has them and nobody said that they go.

    BioBERT v1.1 and Bio_ClinicalBERT are published without tokenizer_config.json, and BERT's tokenizer then
    writes everything in small letters, although both were pretrained with capitals:
    https://github.com/dmis-lab/biobert-pytorch/issues/24.
    """
    normalizer = tokenizer.backend_tokenizer.normalizer
    if isinstance(normalizer, normalizers.BertNormalizer) and normalizer.lowercase:
        pieces = [p for p in tokenizer.get_vocab() if p not in tokenizer.all_special_tokens]
        if sum(piece != piece.lower() for piece in pieces) >= _CASED * len(pieces):
            normalizer.lowercase = False


def _know_unknown(tokenizer: PreTrainedTokenizerFast) -> None:
    """Let a vocabulary of word pieces have the unknown piece, without which tokenizers refuse a word."""
    backend = tokenizer.backend_tokenizer
    vocabulary = backend.get_vocab(with_added_tokens=False)
    if isinstance(backend.model, models.WordPiece) and backend.model.unk_token not in vocabulary:
        unknown = backend.model.unk_token
        vocabulary[unknown] = tokenizer.get_vocab()[unknown]
        backend.model = models.WordPiece(vocabulary, unk_token=unknown)


def _blank_before_words(tokenizer: PreTrainedTokenizerFast) -> None:
    """Give each word of a list the blank that a byte-level tokenizer expects before it.

    ``add_prefix_space`` reaches only those that transformers has a class of its own for, not ModernBERT's.
    """
    backend = tokenizer.backend_tokenizer
    pre = json.loads(backend.to_str())["pre_tokenizer"] or {}
    steps = pre.get("pretokenizers", [pre])
    if any(step.get("type") == "ByteLevel" for step in steps) and not any(
        step.get("add_prefix_space") for step in steps
    ):
        earlier = [backend.normalizer] if backend.normalizer else []
        backend.normalizer = normalizers.Sequence([*earlier, normalizers.Prepend(" ")])
