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
    TaggedWindow,
    draw_batches,
    fill_rows,
    list_windows,
    pack_windows,
    pad_windows,
    split_into_micro_batches,
)
from bioner_core.tagging.finetuning.memory import choose_batch_limits, retry_with_smaller_batches
from bioner_core.tagging.finetuning.packing import find_first_position
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.schedule import Plateau, Step, scale_learning_rate


def train_tagger(
    tagger: Tagger,
    examples: Sequence[EncodedSentence],
    settings: Settings,
    *,
    seed: int,
    max_batch_pieces: int | None = None,
) -> Iterator[Step]:
    """Train the tagger in place; each item of this iterator is a step, and closing it stops.

    AdamW (no decay of biases and norms), linear warm-up, then linear decay to 0 (the polynomial of power 1).
    A step's gradient is that of the mean over its words, however it is cut into micro-batches.

    :param examples: each with at least one window
    :param seed: of the order of the sentences and of dropout
    :param max_batch_pieces: of a micro-batch, padding included; None takes the device's usual size
    :raises BionerError: where memory is too small for a single window
    """
    manual_seed(seed)  # torch's dropout takes no generator
    if max_batch_pieces is None:
        max_batch_pieces = choose_batch_limits(tagger.device, tagger.compute_dtype).max_batch_pieces
    optimizer = AdamW(_build_parameter_groups(tagger, settings), fused=True)
    total = settings.n_steps(len(examples))
    plateau = Plateau(len(examples), patience=settings.patience)
    tagger.train()
    batches = draw_batches(len(examples), batch_size=settings.batch_size, n_steps=total, seed=seed)
    for number, indices in enumerate(batches, start=1):
        learning_rate = settings.learning_rate * scale_learning_rate(number, total, settings.warmup)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * group["lr_scale"]
        windows = list_windows([examples[i] for i in indices])
        set_gradients = partial(compute_gradients, tagger, windows)
        loss, max_batch_pieces = retry_with_smaller_batches(set_gradients, max_batch_pieces)
        nn.utils.clip_grad_norm_(tagger.parameters(), settings.clip_norm)
        optimizer.step()
        tagger.unused_row_scale *= 1 - learning_rate * settings.weight_decay
        yield Step(
            number=number,
            total=total,
            loss=loss,
            learning_rate=learning_rate,
            max_batch_pieces=max_batch_pieces,
        )
        if plateau.is_reached(loss, len(indices)):
            return


def compute_gradients(tagger: Tagger, windows: Sequence[TaggedWindow], max_batch_pieces: int) -> float:
    """Set the gradients of the mean loss over all words of some windows, and return that loss."""
    n_words = sum(len(window.word_indices) for _, window in windows)
    total = 0.0
    tagger.zero_grad()
    with tagger.autocast():  # weights are cast once for all micro-batches
        for batch in _iterate_micro_batches(tagger, windows, max_batch_pieces):
            loss = tagger.loss(batch, n_words=n_words)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
    return total


def _iterate_micro_batches(
    tagger: Tagger, windows: Sequence[TaggedWindow], max_batch_pieces: int
) -> Iterator[Batch]:
    """Yield the micro-batches of a step: packed rows where the encoder can read them, else padded windows."""
    lengths = [len(window.input_ids) for _, window in windows]
    limits = choose_batch_limits(tagger.device, tagger.compute_dtype)
    first_position = find_first_position(tagger.encoder)
    if first_position is not None:
        for indices in fill_rows(lengths, max_batch_pieces=max_batch_pieces):
            selected = [windows[i] for i in indices]
            yield pack_windows(selected, first_position=first_position, multiple=limits.multiple)
        return
    groups = split_into_micro_batches(lengths, max_batch_pieces=max_batch_pieces, overhead=limits.overhead)
    for indices in groups:
        yield pad_windows([windows[i] for i in indices], pad_id=tagger.pad_id, device=tagger.device)


def _build_parameter_groups(tagger: Tagger, settings: Settings) -> list[dict[str, object]]:
    """Return the optimiser's groups: matrices decay, biases and norms do not; the head's rate is scaled."""
    groups = []
    for module, lr_scale in ((tagger.encoder, 1.0), (tagger.head, settings.head_rate)):
        weights = [weight for weight in module.parameters() if weight.requires_grad]
        for n_axes, decay in ((2, settings.weight_decay), (1, 0.0)):
            selected = [w for w in weights if min(w.ndim, 2) == n_axes]
            groups.append({"params": selected, "weight_decay": decay, "lr_scale": lr_scale})
    return groups
