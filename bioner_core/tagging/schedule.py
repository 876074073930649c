"""What all training loops share: the report of a step, the learning rate schedule, early stopping."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One update of the weights."""

    number: int  # from 1
    total: int  # steps planned
    loss: float  # of the step, in nats: mean over words, or over sentences where a CRF learns
    learning_rate: float
    max_batch_pieces: int = 0  # of a micro-batch, halved where memory ran out; 0 without micro-batches


class Plateau:
    """Watches the mean training loss of each epoch.

    :param patience: epochs without a lower loss that make a plateau; 0 never stops
    """

    def __init__(self, n_examples: int, *, patience: int) -> None:
        self.n_examples = n_examples
        self.patience = patience
        self.best = float("inf")
        self.n_waited = 0
        self.epoch_losses: list[float] = []

    def is_reached(self, loss: float, batch_size: int) -> bool:
        """Take the mean loss of a step's ``batch_size`` examples; say whether training should stop."""
        self.epoch_losses.append(loss)
        if not self.patience or len(self.epoch_losses) * batch_size < self.n_examples:
            return False
        mean, self.epoch_losses = sum(self.epoch_losses) / len(self.epoch_losses), []
        self.best, self.n_waited = (mean, 0) if mean < self.best else (self.best, self.n_waited + 1)
        return self.n_waited == self.patience


def scale_learning_rate(step: int, total: int, warmup: float) -> float:
    """Return the learning rate of ``step`` (from 1) as a share of the peak: up, then down to 0.

    >>> [round(scale_learning_rate(step, 10, 0.2), 2) for step in (1, 2, 3, 10)]
    [0.33, 0.67, 1.0, 0.12]
    """
    n_warm = round(warmup * total)
    return step / (n_warm + 1) if step <= n_warm else (total - step + 1) / (total - n_warm)
