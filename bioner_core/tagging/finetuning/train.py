"""Training of an encoder and its head, as a generator of steps."""

from collections.abc import Iterator, Sequence
from functools import partial

from torch import nn
from torch.optim import AdamW
from torch.random import manual_seed

from bioner_core.study.jobs import Settings
from bioner_core.tagging.finetuning.batches import (
    Batch,
    EncodedSentence,
    Row,
    collate,
    draws,
    micro_batches,
    packed,
    row_fulls,
    rows_of,
)
from bioner_core.tagging.finetuning.memory import room, within_memory
from bioner_core.tagging.finetuning.packing import first_position
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.schedule import Plateau, Step, share_of_peak


def train(
    tagger: Tagger,
    examples: Sequence[EncodedSentence],
    settings: Settings,
    *,
    seed: int,
    budget: int | None = None,
) -> Iterator[Step]:
    """Train the tagger in place, a step for each item drawn from this iterator; close it to stop.

    AdamW (no decay of biases and norms), linear warm-up, then linear decay to 0 (the polynomial of power 1).
    A step's gradient is that of the mean over its words, however it is cut into micro-batches.

    :param examples: each with at least one window
    :param seed: of the order of the sentences and of dropout
    :param budget: most pieces of a micro-batch; the device's usual one where none is given
    :raises BionerError: where memory is too small for a single window
    """
    manual_seed(seed)  # torch's dropout takes no generator
    budget = budget or room(tagger.device, tagger.products).budget
    optimizer = AdamW(_groups(tagger, settings), fused=True)
    total = settings.n_steps(len(examples))
    plateau = Plateau(len(examples), patience=settings.patience)
    tagger.train()
    chosen = draws(len(examples), batch_size=settings.batch_size, n_steps=total, seed=seed)
    for number, places in enumerate(chosen, start=1):
        rate = settings.learning_rate * share_of_peak(number, total, settings.warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        rows = rows_of([examples[place] for place in places])
        loss, budget = within_memory(partial(set_gradients, tagger, rows), budget)
        nn.utils.clip_grad_norm_(tagger.parameters(), settings.clip_norm)
        optimizer.step()
        yield Step(number=number, total=total, loss=loss, learning_rate=rate, budget=budget)
        if plateau.is_reached(loss, len(places)):
            return


def set_gradients(tagger: Tagger, rows: Sequence[Row], budget: int) -> float:
    """Set the gradients of the mean loss over all words of ``rows``, and return that loss."""
    n_words = sum(len(window.words) for _, window in rows)
    total = 0.0
    tagger.zero_grad()
    with tagger.autocast():  # weights are cast once for all micro-batches
        for batch in _batches(tagger, rows, budget):
            loss = tagger.loss(batch, n_words=n_words)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
    return total


def _batches(tagger: Tagger, rows: Sequence[Row], budget: int) -> Iterator[Batch]:
    """Yield the micro-batches of a step: rows without padding where the encoder takes them."""
    lengths = [len(window.pieces) for _, window in rows]
    first = first_position(tagger.encoder)
    if first is not None:
        for places in row_fulls(lengths, budget=budget):
            yield packed([rows[place] for place in places], first=first)
        return
    overhead = room(tagger.device, tagger.products).overhead
    for places in micro_batches(lengths, budget=budget, overhead=overhead):
        yield collate([rows[place] for place in places], pad=tagger.pad, device=tagger.device)


def _groups(tagger: Tagger, settings: Settings) -> list[dict[str, object]]:
    """Return the optimiser's groups: matrices decay, biases and norms do not; the head has its own rate."""
    groups = []
    for part, rate in ((tagger.encoder, 1.0), (tagger.head, settings.head_rate)):
        weights = [weight for weight in part.parameters() if weight.requires_grad]
        for n_axes, decay in ((2, settings.weight_decay), (1, 0.0)):
            some = [w for w in weights if min(w.ndim, 2) == n_axes]
            groups.append({"params": some, "weight_decay": decay, "rate": rate})
    return groups
