"""Training as a generator of steps."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.random import manual_seed

from bioner_core.study.jobs import Settings
from bioner_core.tagging.batches import (
    Batch,
    Example,
    Row,
    collate,
    draws,
    micro_batches,
    packed,
    row_fulls,
    rows_of,
)
from bioner_core.tagging.encode import Ints
from bioner_core.tagging.heads import Tagger
from bioner_core.tagging.memory import room, within_memory
from bioner_core.tagging.packing import first_position


@dataclass(frozen=True, kw_only=True)
class Step:
    """One update of the weights."""

    number: int  # from 1
    total: int  # steps planned
    loss: float  # mean cross entropy of the step's words, in nats
    learning_rate: float
    budget: int  # most pieces of a micro-batch; halved where memory ran out


def train(
    tagger: Tagger, examples: Sequence[Example], settings: Settings, *, seed: int, budget: int | None = None
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


class Plateau:
    """Watches the mean training loss of each epoch.

    :param patience: epochs without a lower one that make a plateau; 0 finds none
    """

    def __init__(self, n_examples: int, *, patience: int) -> None:
        self.n_examples = n_examples
        self.patience = patience
        self.best = float("inf")
        self.waited = 0
        self.epoch: list[float] = []

    def is_reached(self, loss: float, n_drawn: int) -> bool:
        """Take the loss of a step that drew ``n_drawn`` examples; say whether training should stop."""
        self.epoch.append(loss)
        if not self.patience or len(self.epoch) * n_drawn < self.n_examples:
            return False
        mean, self.epoch = sum(self.epoch) / len(self.epoch), []
        self.best, self.waited = (mean, 0) if mean < self.best else (self.best, self.waited + 1)
        return self.waited == self.patience


def share_of_peak(step: int, total: int, warmup: float) -> float:
    """Return the learning rate of ``step`` (from 1) as a share of the peak: up, then down to 0.

    >>> [round(share_of_peak(step, 10, 0.2), 2) for step in (1, 2, 3, 10)]
    [0.33, 0.67, 1.0, 0.12]
    """
    n_warm = round(warmup * total)
    return step / (n_warm + 1) if step <= n_warm else (total - step + 1) / (total - n_warm)


def updates(
    model: nn.Module,
    optimizer: Optimizer,
    loss_of: Callable[[Ints], Tensor],
    n_examples: int,
    settings: Settings,
    *,
    seed: int,
) -> Iterator[tuple[int, int]]:
    """Train a small model in place, whose step fits into memory; yield each step's number and their total.

    :param loss_of: gives the loss of the examples at some places
    :param seed: of the order of the examples
    """
    total = settings.n_steps(n_examples)
    plateau = Plateau(n_examples, patience=settings.patience)
    model.train()
    chosen = draws(n_examples, batch_size=settings.batch_size, n_steps=total, seed=seed)
    for number, places in enumerate(chosen, start=1):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * share_of_peak(number, total, settings.warmup)
        loss = loss_of(places)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
        optimizer.step()
        yield number, total
        if plateau.is_reached(loss.item(), len(places)):
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
