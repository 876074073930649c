"""Table 2 of the paper for any runs: models compared that are trained and tested on the same corpus."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from bioner_core.analysis.break_even import select_run_scores
from bioner_core.analysis.comparison import ModelSpec, has_same_test_part, load_common_counts
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import ALL, NONE, PointMethod
from bioner_core.scoring.significance import LEVEL, TRIALS, compute_randomization_p, compute_welch_p
from bioner_core.study.run import Run

SEEDS = "t-test over seeds"
UNITS = "approximate randomisation over {}"
ONE_RUN_EACH = "one run each: not testable"
OTHER_PART = "other test part: not comparable"
NO_SPREAD = "seeds without spread: not testable"
NO_TEST = "no test mention: no F1"


@dataclass(frozen=True, kw_only=True)
class InCorpusScore:
    """Scores of a model on full data of a corpus, without pretraining, compared with the best model."""

    corpus: str
    entity: str
    model: str
    method: PointMethod
    run: str
    precision: float | None  # mean over seeds, in [0, 1]; None where unknown
    recall: float | None
    f1: float | None  # None where the test part has no mention of the type
    n_seeds: int
    is_best: bool  # no model of this corpus and type has a higher F1
    test: str  # how the difference from the best was tested, or why it was not; "" for the best itself
    p: float | None  # two-sided, of that test; None where there is none

    @property
    def differs(self) -> bool | None:
        """Tell whether it differs significantly from the best, at the paper's p ≤ 0.05."""
        return None if self.p is None else self.p <= LEVEL

    def record(self) -> dict[str, object]:
        """Return the row that ``bioner in-corpus`` prints."""
        return {**asdict(self), "differs": self.differs}


@dataclass(frozen=True)
class _Model:
    run: Run
    curve: Curve
    size: SizePoint  # at full data


def compare_in_corpus(runs: Sequence[Run], *, trials: int = TRIALS) -> list[InCorpusScore]:
    """Return a row for each corpus, entity type and model of the runs, the best of each first.

    Each is tested against the best: by Welch's t-test where both have two seeds or more, as in the paper;
    otherwise by approximate randomisation where both have counts of the same test part. There is no
    correction for multiple testing.
    """
    groups: dict[tuple[str, str], list[_Model]] = defaultdict(list)
    for run in runs:
        for curve in run.curves():
            if curve.source == NONE and curve.full:
                groups[curve.target, curve.entity].append(_Model(run, curve, curve.full))
    keys = sorted(groups, key=lambda key: (key[0], key[1] == ALL, key[1]))
    return [row for key in keys for row in _add_systems(_rank_models(groups[key], trials), groups[key])]


def _add_systems(rows: list[InCorpusScore], models: Sequence[_Model]) -> list[InCorpusScore]:
    """Add systems that need no training, below the models; they are not tested against these."""
    systems = [
        InCorpusScore(
            corpus=model.curve.target,
            entity=model.curve.entity,
            model=score.point.model,
            method=score.point.method,
            run=model.run.name,
            precision=score.point.precision,
            recall=score.point.recall,
            f1=score.point.f1,
            n_seeds=1,
            is_best=False,
            test="",
            p=None,
        )
        for model in {model.run.name: model for model in models}.values()
        for score in select_run_scores(model.run, model.curve)
    ]
    best = max((row.f1 for row in (*rows, *systems) if row.f1 is not None), default=None)
    marked = [replace(row, is_best=best is not None and row.f1 == best) for row in systems]
    return [*(replace(row, is_best=row.is_best and row.f1 == best) for row in rows), *marked]


def _rank_models(models: Iterable[_Model], trials: int) -> list[InCorpusScore]:
    ranked = sorted(models, key=lambda model: (not model.curve.is_tested, -model.size.f1))
    return [_build_score(model, ranked[0], trials) for model in ranked]


def _build_score(model: _Model, best: _Model, trials: int) -> InCorpusScore:
    curve, size, is_tested = model.curve, model.size, model.curve.is_tested
    test, p = ("", None) if model is best and is_tested else _test_difference(model, best, trials)
    return InCorpusScore(
        corpus=curve.target,
        entity=curve.entity,
        model=curve.model,
        method=curve.method,
        run=model.run.name,
        precision=size.precision if is_tested else None,
        recall=size.recall if is_tested else None,
        f1=size.f1 if is_tested else None,
        n_seeds=size.n_seeds,
        is_best=is_tested and size.f1 == best.size.f1,
        test=test,
        p=p,
    )


def _test_difference(model: _Model, best: _Model, trials: int) -> tuple[str, float | None]:
    """Return the test of two models and its p, or why there is none."""
    runs, full = (model.run, best.run), ModelSpec(NONE, None)
    if not model.curve.is_tested:
        return NO_TEST, None
    if not has_same_test_part(runs, model.curve.target):
        return OTHER_PART, None
    if min(model.size.n_seeds, best.size.n_seeds) >= 2:
        p = compute_welch_p(model.size.scores, best.size.scores)
        return (NO_SPREAD, None) if p is None else (SEEDS, p)
    counts = None
    if model.run != best.run:  # a run with jobs has one model
        counts = load_common_counts(runs, model.curve.target, model.curve.entity, (full, full))
    if counts is None:
        return ONE_RUN_EACH, None
    model_counts, best_counts, unit = counts
    return UNITS.format(unit), compute_randomization_p(model_counts, best_counts, trials=trials)
