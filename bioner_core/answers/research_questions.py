"""The paper's three research questions, answered from the curves of any run, each in a sentence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from bioner_core.analysis.stability import Over, Stability, stabilities
from bioner_core.analysis.transfer import transfer_of
from bioner_core.answers import wording as words
from bioner_core.curves.budget import Budget, curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.interval import Chance
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import in_words
from bioner_core.scoring.significance import LEVEL

FRACTIONS = (0.98, 0.99)  # of full F1, as in the paper
# What programs are told of a budget.
ROW = ("n_plan", "n_low", "n_high", "n_high_beyond", "interval_of", "share_of_train", "n_seeds", "n_first")


@dataclass(frozen=True, kw_only=True)
class ZeroShot:
    """RQ1: what the best source reaches on a target without a sentence of it."""

    target: str
    entity: str
    model: str
    method: str
    source: str  # with the highest zero-shot F1
    f1: float
    full_f1: float  # without pretraining, on the whole training part
    share: float  # of full_f1
    n_sources: int  # tried
    n_seeds: int  # of the best source

    @property
    def sentence(self) -> str:
        """Return the answer."""
        source = in_words(self.source, ends_sentence=False)
        return (
            f"{_what(self)}: trained on {source} alone{_best(self.n_sources)}, a model has "
            f"an F1 of {words.percent(self.f1)}, {words.percent(self.share)} % of the "
            f"{words.percent(self.full_f1)} on full data."
        )


@dataclass(frozen=True, kw_only=True)
class FewShot:
    """RQ2: sentences that reach a share of full F1 with the source that needs least, and with none."""

    target: str
    entity: str
    model: str
    method: str
    fraction: float
    best: Budget | None  # of the source that needs least; None where none reaches it or none was tried
    none: Budget  # without pretraining
    n_sources: int  # tried

    @property
    def sentence(self) -> str:
        """Return the answer."""
        goal = f"{_what(self)}, {100 * self.fraction:g} % of full F1"
        none = f"without pretraining {_need(self.none)}"
        if not self.n_sources:
            return f"{goal}: {none}; no source was tried."
        if self.best is None:
            return f"{goal}: not reached with pretraining (sources tried: {self.n_sources}), {none}."
        return (
            f"{goal}: {_need(self.best)} pretrained on "
            f"{in_words(self.best.source)}{_best(self.n_sources)}, {none}{self._saving}."
        )

    @property
    def _saving(self) -> str:
        if self.best is None or self.best.saved_plan is None:
            return ""
        if self.best.saved_plan < 0:
            return f": {words.count(-self.best.saved_plan)} more than without"
        bound = "more than " if self.best.saved_plan_is_bound else ""
        return f": {bound}{words.count(self.best.saved_plan)} saved"

    def record(self) -> dict[str, object]:
        """Return the numbers for programs; those that end with ``_none`` are without pretraining."""
        names = ("target", "entity", "model", "method", "fraction")
        saved = ("saved_plan", "saved_plan_is_bound", "saved_low", "saved_high")
        return {
            **{name: getattr(self, name) for name in names},
            "source": self.best.source if self.best else None,
            **{name: getattr(self.best, name, None) for name in (*ROW, *saved)},
            **{f"{name}_none": getattr(self.none, name) for name in ROW},
            "n_sources": self.n_sources,
        }


OVER: Mapping[Over, str] = {
    "sizes": "around the smoothed curve",
    "neighbours": "from a size to the next",
    "seeds": "over seeds",
}


@dataclass(frozen=True, kw_only=True)
class Steadiness:
    """RQ3: whether F1 varies less with pretraining."""

    found: Stability

    @property
    def sentence(self) -> str:
        """Return the answer."""
        one = self.found
        of = OVER[one.over]
        shown = "less" if one.spread < one.spread_without else "more"
        if one.p > LEVEL:
            shown = "no difference shown" if one.is_enough else "too few pairs to show a difference"
        return (
            f"F1 varies by {words.percent(one.spread)} points {of} with pretraining and by "
            f"{words.percent(one.spread_without)} without: {shown} (p = {one.p:.2g}; pairs of target "
            f"and type: {one.n_pairs}, smaller with it: {one.n_less}; curves: {one.n_curves})."
        )


Answer = ZeroShot | FewShot | Steadiness
QUESTIONS = {ZeroShot: "RQ1", FewShot: "RQ2", Steadiness: "RQ3"}


def record(answer: Answer) -> dict[str, object]:
    """Return the question, the numbers and the sentence for programs."""
    if isinstance(answer, FewShot):
        numbers = answer.record()
    else:
        numbers = asdict(answer.found if isinstance(answer, Steadiness) else answer)
    return {"question": QUESTIONS[type(answer)], **numbers, "sentence": answer.sentence}


def answers(found: Sequence[Curve], *, chance: Chance | None = None) -> list[Answer]:
    """Return what the curves answer, question by question."""
    steady = [Steadiness(found=one) for one in stabilities(found)]
    return [*_zero_shots(found), *_few_shots(found, chance), *steady]


def _zero_shots(found: Iterable[Curve]) -> list[ZeroShot]:
    groups: dict[tuple[str, str, str, str], list[tuple[float, int, Curve]]] = defaultdict(list)
    for curve in found:
        cell = transfer_of(curve)
        if curve.source != NONE and curve.full_f1 and cell:
            groups[_case(curve)].append((cell.size.f1, cell.size.n_seeds, curve))
    told = []
    for case, tried in groups.items():
        f1, n_seeds, best = max(tried, key=lambda one: one[0])
        full = best.full_f1 or 0.0  # known and above 0, or it were not in the group
        told.append(
            ZeroShot(
                **_named(case),
                source=best.source,
                f1=f1,
                full_f1=full,
                share=f1 / full,
                n_sources=len(tried),
                n_seeds=n_seeds,
            )
        )
    return told


def _few_shots(found: Sequence[Curve], chance: Chance | None) -> list[FewShot]:
    groups: dict[tuple[tuple[str, str, str, str], float], list[Budget]] = defaultdict(list)
    for fraction in FRACTIONS:
        for row in curve_budgets([c for c in found if c.full_f1], fraction=fraction, chance=chance):
            if row.is_told:
                groups[_case(row), fraction].append(row)
    told = [_few_shot(*key, rows) for key, rows in groups.items()]
    return [one for one in told if one]


def _few_shot(case: tuple[str, str, str, str], fraction: float, rows: Sequence[Budget]) -> FewShot | None:
    none = next((row for row in rows if row.source == NONE), None)
    if none is None:
        return None
    sources = [row for row in rows if row.source != NONE]
    reached = [row for row in sources if row.n_plan is not None]
    best = min(reached, key=lambda row: row.n_plan or 0, default=None)
    return FewShot(**_named(case), fraction=fraction, best=best, none=none, n_sources=len(sources))


def _case(of: Curve | Budget) -> tuple[str, str, str, str]:
    return of.target, of.entity, of.model, of.method


def _named(case: tuple[str, str, str, str]) -> dict[str, str]:
    return dict(zip(("target", "entity", "model", "method"), case, strict=True))


def _what(one: ZeroShot | FewShot) -> str:
    return f"{words.entity(one.entity)} in {one.target}"


def _best(n_sources: int) -> str:
    return f" (best of {n_sources})" if n_sources > 1 else ""


def _need(row: Budget) -> str:
    if row.n_plan is None:
        return "not reached by the smoothed curve"
    told = [words.interval(row)]
    if row.share_of_train is not None:
        told.append(f"{words.percent(row.share_of_train)} % of the training part")
    beside = "; ".join(filter(None, told))
    return f"{words.count(row.n_plan)} sentences{f' ({beside})' if beside else ''}"
