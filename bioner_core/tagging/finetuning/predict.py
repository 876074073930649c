"""Tags that a tagger finds, scored in large batches sorted by length."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from bioner_core.study.jobs import Decoding
from bioner_core.tagging.decoding import likeliest
from bioner_core.tagging.finetuning.batches import EncodedSentence, collate, micro_batches, rows_of
from bioner_core.tagging.finetuning.memory import room, within_memory
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.finetuning.windows import Ints


def found_tags(
    tagger: Tagger,
    examples: Sequence[EncodedSentence],
    *,
    decoding: Decoding = "words",
    budget: int | None = None,
) -> Ints:
    """Return the likeliest allowed tag of each word, (tokens,), one example behind the other.

    :param budget: most pieces of a batch; the device's usual one where none is given
    :raises BionerError: where memory is too small for a single window
    """
    most = budget or room(tagger.device, tagger.products).budget
    scores = within_memory(partial(_scores, tagger, examples), most)[0]
    lengths = np.array([len(example.tags) for example in examples], dtype=np.int64)
    return likeliest(scores, lengths, decoding=decoding)


@torch.inference_mode()
def _scores(tagger: Tagger, examples: Sequence[EncodedSentence], budget: int) -> NDArray[np.float32]:
    """Return the logits of all words, (tokens, tags); a word without pieces can be nothing but O."""
    tagger.eval()
    rows = rows_of(examples)
    begins = np.cumsum([0, *(len(example.tags) for example in examples)])
    begin_of = {id(example): begin for example, begin in zip(examples, begins[:-1], strict=True)}
    scores = np.full((begins[-1], 1 + 2 * len(tagger.types)), -np.inf, dtype=np.float32)
    scores[:, 0] = 0
    lengths = [len(window.pieces) for _, window in rows]
    overhead = room(tagger.device, tagger.products).overhead
    for places in micro_batches(lengths, budget=budget, overhead=overhead):
        together = [rows[place] for place in places]
        logits = tagger(collate(together, pad=tagger.pad, device=tagger.device))
        words = np.concatenate([begin_of[id(example)] + window.words for example, window in together])
        scores[words] = logits.cpu().numpy()
    return scores
