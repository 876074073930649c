"""Explanations of the numbers on the Budget page, as Markdown, and the hints of its tables."""

WHY_TWO = """
**First** is the paper's rule: the smallest size whose F1 reaches the goal. A curve goes up and down by
chance. Where sizes lie close together, the first lucky peak counts, and this number is often too small. Where
they lie far apart, the goal is reached between two of them, and it is often too large. So the plan may be
smaller or larger.

**Plan** is the size where a smoothed curve reaches the goal. The smoothed curve never falls, so one lucky
size does not decide. With this number, the chance to reach the goal is 50 %. It is the number to write into a
plan. A second number shows how many sentences you need to be 95 % sure. The chart shows the plan as a dot and
its 90 % interval as a bar, on the smoothed curve.

**Stays** is the size from which the mean never falls below the goal again.
"""

HOW = """
- **F1** is entity-level: a mention counts only with its exact span and type, over the whole test part, as
  the CoNLL script counts. The test part never changes within a run.
- **Full F1** is what the model without pretraining reaches on the whole training part. The goal is a share
  of it, or an F1 of your own.
- **The goal of the plan** is a share of full F1 on the smoothed curve, because one lucky model on full data
  must not decide. **First** and **stays** compare the mean F1 of models with a share of their mean full F1,
  as the paper does. The chart draws the goal of the plan.
- **Hours and money** use the rates of Settings.
- **Plan** is where the smoothed curve reaches the goal: the average of four families of learning curves
  (power laws with three and four parameters, Morgan-Mercer-Flodin, Weibull), each weighted by how well it
  fits the sizes and full data. A source without a model on full data borrows that end from the curve without
  pretraining. The plan may lie between sizes, also between the largest one and full data, and is rounded up
  to 10. With fewer than four sizes, full data included, it is the smallest one at which the isotonic fit
  (pool adjacent violators, weighted by seeds) reaches the goal. The page Method shows how close
  the plan comes to the truth where that is known.
- **95 % sure** is the upper end of the plan's 90 % interval: seeds and test documents are drawn again 500
  times, the same documents for full data and all sizes. Where each size has one model, the scatter of enough
  sizes about the curve stands in for the seeds. Draws that never reach the goal count as larger than full
  data. Where more than half of the draws never reach it, there is no plan.
- **First** is the smallest size whose mean F1 reaches the goal, **stays** the size from which it never falls
  below the goal again.
- **Hollow points** were not measured: they lie on the straight line between their neighbours, or some
  of their seeds are not trained yet.
- **Best source**: the one with the highest chance to need fewest sentences, no pretraining among them. It is
  the share of the 500 draws in which it does.
- **Saves** compares the plan with the plan without pretraining, both found by the same rule. Where
  the model without pretraining does not reach the goal with all sentences, the saving is "more than". The
  saving of the best source leaves out luck: the choice is made in one draw, and the saving read in the next.
- **At 400 sentences**: the difference of the smoothed curves with and without pretraining, with its 90 %
  interval.
- **Forecast** is the average of growth laws that are learned from the curves of other corpora, and drawn
  with its 90 % interval beyond full data, up to 5,000 sentences or twice full data. On the published curves,
  each corpus left out in turn, the interval contained the true F1 91 times in 100.
- **Every entity type** takes the largest number over the types, and names the type that decides.
"""

TESTS = (
    "Each size against full data without pretraining. Over seeds: Welch's t-test, as in the paper. Over the "
    "test part: approximate randomisation. Both at 0.05, two-sided. No significant difference does not "
    "prove that two models are equal: the interval of the difference, in points of F1, shows how far apart "
    "they may be."
)

SYSTEMS = """
A language model, a zero-shot model or a list of terms needs no annotation. Scored on the same test part, it
shows from how many sentences on your own model is better. A GLiNER2 model runs on this machine by the command
`bioner predictions gliner`.
"""

CORRECTION = """
Annotators can correct what a system has marked. They still read everything: a share of the time is spared,
not all. Time two batches of 50 sentences or more, of the same kind of texts: one from nothing, one with the
system's annotations. In a study of clinical trial announcements, correcting took 14 to 22 % less time
([Lingren et al. 2014](https://doi.org/10.1136/amiajnl-2013-001837)). Annotators tend to keep what is
proposed ([Berzak et al. 2016](https://aclanthology.org/D16-1239)): let them annotate the test part from
nothing.
"""

SYSTEM_COLUMNS = {
    "F1 (90 %)": "In percent, with its 90 % interval over test documents.",
    "Better from": "Sentences from which your own model is better, with a 90 % interval. The smallest size "
    "trained means: from there or earlier.",
    "Annotated": "Training sentences whose annotation it was made from; 0 for a system without annotation.",
    "Cost": "Of annotating the test part, as stated.",
}

SOURCE_HINT = "The corpus that the model was pretrained on before it saw a sentence of the target."

_SURE = "Sentences with which the goal is reached in 95 of 100 draws of models and test documents."

SOURCE_COLUMNS = {
    "Line": "The marker of the curve.",
    "Source": "The corpus that the model was pretrained on.",
    "Decides": "The entity type that needs most sentences.",
    "Plan": "Sentences to plan on: where the smoothed curve reaches the goal, with a 50 % chance.",
    "95 % sure": _SURE,
    "First": "The smallest size whose mean F1 reaches the goal.",
    "Stays": "The size from which the mean F1 never falls below the goal again; – where it does.",
    "Saves": "How many fewer sentences than without pretraining; for the best source, without luck.",
    "Fewest": "The chance that this source needs fewest sentences.",
}

TYPE_COLUMNS = {
    "Type": "Click a row to see its curve.",
    "Test mentions": "Mentions in the test part, from which F1 is computed.",
    "Training mentions": "Mentions in the whole training part.",
    "Full F1": "In percent, of the whole training part without pretraining.",
    "Plan": "Sentences to plan on, with a 50 % chance to reach the goal.",
    "95 % sure": _SURE,
    "Caution": "Why the number may be unreliable.",
    "Free system": "The best system that needs no training here, and its F1 in percent.",
    "Better from": "Sentences from which your own model is better, with a 90 % interval. The smallest size "
    "trained means: from there or earlier.",
}
