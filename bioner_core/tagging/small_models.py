"""The training of small models: the probe's heads, the LSTM-CRF."""

from collections.abc import Callable, Iterator

from torch import Tensor, nn
from torch.optim import Optimizer

from bioner_core.study.jobs import Settings
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.finetuning.batches import draw_batches
from bioner_core.tagging.schedule import Plateau, Step, scale_learning_rate


def train_small(
    model: nn.Module,
    optimizer: Optimizer,
    compute_loss: Callable[[Ints], Tensor],
    n_examples: int,
    settings: Settings,
    *,
    seed: int,
) -> Iterator[Step]:
    """Train a model in place without micro-batches; else as ``finetuning.train`` trains an encoder.

    :param compute_loss: returns the loss of the examples at some indices
    :param seed: of the order of the examples
    """
    total = settings.n_steps(n_examples)
    plateau = Plateau(n_examples, patience=settings.patience)
    model.train()
    batches = draw_batches(n_examples, batch_size=settings.batch_size, n_steps=total, seed=seed)
    for number, indices in enumerate(batches, start=1):
        learning_rate = settings.learning_rate * scale_learning_rate(number, total, settings.warmup)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        loss = compute_loss(indices)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
        optimizer.step()
        yield Step(number=number, total=total, loss=loss.item(), learning_rate=learning_rate)
        if plateau.is_reached(loss.item(), len(indices)):
            return
