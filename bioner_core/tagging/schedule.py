"""What all trainings share: what a step tells, the learning rate by step, the stop on a plateau."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One update of the weights."""

    number: int  # from 1
    total: int  # steps planned
    loss: float  # of the step, in nats: mean over words, or over sentences where a CRF learns
    learning_rate: float
    budget: int = 0  # most pieces of a micro-batch, halved where memory ran out; 0 where steps are not cut


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
