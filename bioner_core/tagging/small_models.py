"""The training of small models: the probe's heads, the LSTM-CRF."""

from collections.abc import Callable, Iterator

from torch import Tensor, nn
from torch.optim import Optimizer

from bioner_core.study.jobs import Settings
from bioner_core.tagging.finetuning.batches import draws
from bioner_core.tagging.finetuning.windows import Ints
from bioner_core.tagging.schedule import Plateau, Step, share_of_peak


def train_small(
    model: nn.Module,
    optimizer: Optimizer,
    loss_of: Callable[[Ints], Tensor],
    n_examples: int,
    settings: Settings,
    *,
    seed: int,
) -> Iterator[Step]:
    """Train a model in place whose step fits into memory, as ``train.train`` does an encoder.

    :param loss_of: gives the loss of the examples at some places
    :param seed: of the order of the examples
    """
    total = settings.n_steps(n_examples)
    plateau = Plateau(n_examples, patience=settings.patience)
    model.train()
    chosen = draws(n_examples, batch_size=settings.batch_size, n_steps=total, seed=seed)
    for number, places in enumerate(chosen, start=1):
        rate = settings.learning_rate * share_of_peak(number, total, settings.warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(places)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
        optimizer.step()
        yield Step(number=number, total=total, loss=loss.item(), learning_rate=rate)
        if plateau.is_reached(loss.item(), len(places)):
            return
