"""Tags that a tagger finds, in large batches sorted by length."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from bioner_core.tagging.batches import Example, collate, micro_batches, rows_of
from bioner_core.tagging.encode import Ints
from bioner_core.tagging.heads import Tagger
from bioner_core.tagging.memory import room, within_memory


def found_tags(tagger: Tagger, examples: Sequence[Example], *, budget: int | None = None) -> list[Ints]:
    """Return the likeliest allowed tag of each word, (tokens,) for each example.

    :param budget: most pieces of a batch; the device's usual one where none is given
    :raises BionerError: where memory is too small for a single window
    """
    most = budget or room(tagger.device, tagger.products).budget
    return within_memory(partial(_found_tags, tagger, examples), most)[0]


@torch.inference_mode()
def _found_tags(tagger: Tagger, examples: Sequence[Example], budget: int) -> list[Ints]:
    tagger.eval()
    rows = rows_of(examples)
    found = {id(example): np.zeros_like(example.tags) for example in examples}
    lengths = [len(window.pieces) for _, window in rows]
    overhead = room(tagger.device, tagger.products).overhead
    for places in micro_batches(lengths, budget=budget, overhead=overhead):
        together = [rows[place] for place in places]
        logits = tagger(collate(together, pad=tagger.pad, device=tagger.device))
        best = logits.argmax(-1).cpu().numpy()  # (words of the batch,)
        ends = np.cumsum([len(window.words) for _, window in together])[:-1]
        for (example, window), tags in zip(together, np.split(best, ends), strict=True):
            found[id(example)][window.words] = tags
    return [found[id(example)] for example in examples]
