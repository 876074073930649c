"""Prediction with a fine-tuned encoder, in large batches of similar lengths."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from bioner_core.study.jobs import Decoding
from bioner_core.tagging.decoding import decode_scores
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.finetuning.batches import (
    EncodedSentence,
    list_windows,
    pad_windows,
    split_into_micro_batches,
)
from bioner_core.tagging.finetuning.memory import choose_batch_limits, retry_with_smaller_batches
from bioner_core.tagging.finetuning.tagger import Tagger


def predict_tags(
    tagger: Tagger,
    examples: Sequence[EncodedSentence],
    *,
    decoding: Decoding = "words",
    max_batch_pieces: int | None = None,
) -> Ints:
    """Return the likeliest allowed tag of each word, (tokens,), one example behind the other.

    :param max_batch_pieces: padding included; None takes the device's usual size
    :raises BionerError: where memory is too small for a single window
    """
    if max_batch_pieces is None:
        max_batch_pieces = choose_batch_limits(tagger.device, tagger.compute_dtype).max_batch_pieces
    logits, _ = retry_with_smaller_batches(partial(_compute_logits, tagger, examples), max_batch_pieces)
    lengths = np.array([len(example.tags) for example in examples], dtype=np.int64)
    return decode_scores(logits, lengths, decoding=decoding)


@torch.inference_mode()
def _compute_logits(
    tagger: Tagger, examples: Sequence[EncodedSentence], max_batch_pieces: int
) -> NDArray[np.float32]:
    """Return the logits of all words, (tokens, tags); a word without pieces can only be O."""
    tagger.eval()
    windows = list_windows(examples)
    offsets = np.cumsum([0, *(len(example.tags) for example in examples)])
    offset_of = {id(example): offset for example, offset in zip(examples, offsets[:-1], strict=True)}
    logits = np.full((offsets[-1], 1 + 2 * len(tagger.types)), -np.inf, dtype=np.float32)
    logits[:, 0] = 0
    lengths = [len(window.input_ids) for _, window in windows]
    overhead = choose_batch_limits(tagger.device, tagger.compute_dtype).overhead
    for indices in split_into_micro_batches(lengths, max_batch_pieces=max_batch_pieces, overhead=overhead):
        batch = [windows[i] for i in indices]
        batch_logits = tagger(pad_windows(batch, pad_id=tagger.pad_id, device=tagger.device))
        words = np.concatenate([offset_of[id(example)] + window.word_indices for example, window in batch])
        logits[words] = batch_logits.cpu().numpy()
    return logits
