"""The rules of the answer, as a page tells them."""

WHY_TWO = """
**First** is the paper's rule: the smallest size whose F1 reaches the goal. A curve goes up and down by
chance, and the first lucky peak counts, so this number is too small more often than too large.

**Plan** is read off a smoothed curve that never falls: neighbours that go down are averaged, so that one
lucky size does not decide. It is the number to write into a plan.

**Stays** is the size from which the mean never falls below the goal again.
"""

HOW = """
- **F1** is entity-level: a mention counts only with its exact span and type, over the whole test part, as
  the CoNLL script counts. The test part never changes within a run.
- **Full F1** is what the model without pretraining reaches on the whole training part. The goal is a share
  of it, or an F1 of your own.
- **Plan** is the smallest trained size at which the smoothed curve (isotonic regression: pool adjacent
  violators, weighted by seeds) reaches the goal. Nothing is read between sizes; where they are more than 10
  % apart, both are named.
- **First** is the smallest size whose mean F1 reaches the goal, **stays** the one from which it never falls
  below again.
- **Hollow points** were not measured: they lie on the straight line between their neighbours, or still wait
  for seeds.
- **Saves** compares the plan with the plan without pretraining. Where that lies beyond the largest size,
  the saving is "more than".
- **Every entity type** takes the largest number over the types, and names the type that decides.
"""

PROBE = "A probe: the encoder is frozen and only a small head learns. A fine-tuned model needs other numbers."
