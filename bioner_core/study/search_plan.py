"""Plan a search: its first models, which later ones are added to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.study.plan import Study, plan_study
from bioner_core.study.search import Search
from bioner_core.study.sizes import Size

N_SEEDS = 2
_FACTOR = 4  # between two sizes
_LARGEST = 0.7  # of full data, which is trained as well
_MIN_SIZES = 3  # below full; parts too small for 50, 200 and 800 get shares of their own
_SMALL_DIVISORS = (2, 4, 16)


def plan_search(
    search: Search,
    *,
    targets: Sequence[Corpus],
    sizes: str | Sequence[Size] | None = None,
    seeds: Sequence[int] | None = None,
    split_seed: int = 0,
    leave_out_shared: bool = False,
    **options: Any,
) -> Study:
    """Return the study of a search's first models.

    :param sizes: None takes few sizes up to full data, for the largest training part of the targets.
    :param seeds: None takes two.
    :param options: of ``plan_study``
    :raises BionerError: as ``plan_study`` does.
    """
    if sizes is None:
        splits = [split_corpus(c, seed=split_seed, leave_out_shared=leave_out_shared) for c in targets]
        sizes = choose_first_sizes(max((len(split.train) for split in splits), default=0))
    study = plan_study(
        targets=targets,
        sizes=sizes,
        seeds=range(N_SEEDS) if seeds is None else seeds,
        split_seed=split_seed,
        leave_out_shared=leave_out_shared,
        **options,
    )
    return replace(study, searches=(search,))


def choose_first_sizes(n_train: int) -> tuple[Size, ...]:
    """Return the first sizes of a search: 50 and four times as many again and again, and full data.

    >>> choose_first_sizes(3914), choose_first_sizes(900), choose_first_sizes(60)
    ((50, 200, 800, 'full'), (56, 225, 450, 'full'), (3, 15, 30, 'full'))
    """
    sizes = [n for k in range(12) if (n := 50 * _FACTOR**k) < _LARGEST * n_train]
    if len(sizes) < _MIN_SIZES:
        sizes = sorted({n_train // divisor for divisor in _SMALL_DIVISORS} - {0})
    return (*sizes, "full")
