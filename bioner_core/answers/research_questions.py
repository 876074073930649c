"""The paper's three research questions, answered from the curves of any run, each in a sentence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from bioner_core.analysis.stability import Over, Stability, compare_stability
from bioner_core.analysis.transfer import build_transfer
from bioner_core.answers.wording.certainty import format_interval
from bioner_core.answers.wording.names import describe_entity
from bioner_core.answers.wording.numbers import format_count, format_percent
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import format_source
from bioner_core.scoring.significance import LEVEL

FRACTIONS = (0.98, 0.99)  # of full F1, as in the paper
# Fields of a budget in the records for programs.
BUDGET_COLUMNS = (
    "n_plan",
    "n_low",
    "n_high",
    "n_high_beyond",
    "basis",
    "chance_reached",
    "interval_of",
    "share_of_train",
    "n_seeds",
    "n_first",
)


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
        source = format_source(self.source, ends_sentence=False)
        return (
            f"{_describe_task(self)}: trained on {source} alone{_count_tried(self.n_sources)}, a model has "
            f"an F1 of {format_percent(self.f1)}, {format_percent(self.share)} % of the "
            f"{format_percent(self.full_f1)} on full data."
        )


@dataclass(frozen=True, kw_only=True)
class FewShot:
    """RQ2: sentences that reach a share of full F1 with the source that needs least, and with none."""

    target: str
    entity: str
    model: str
    method: str
    fraction: float
    best: (
        Budget | None
    )  # of the source that needs least; None where none is likely to reach it or none was tried
    none: Budget  # without pretraining
    n_sources: int  # tried

    @property
    def sentence(self) -> str:
        """Return the answer."""
        goal = f"{_describe_task(self)}, {100 * self.fraction:g} % of full F1"
        none = f"without pretraining {_describe_need(self.none)}"
        if not self.n_sources:
            return f"{goal}: {none}; no source was tried."
        if self.best is None:
            return f"{goal}: not reached with pretraining (sources tried: {self.n_sources}), {none}."
        return (
            f"{goal}: {_describe_need(self.best)} pretrained on "
            f"{format_source(self.best.source)}{_count_tried(self.n_sources)}, {none}{self._saving}."
        )

    @property
    def _saving(self) -> str:
        if self.best is None or self.best.saved_plan is None:
            return ""
        if self.best.saved_plan < 0:
            return f": {format_count(-self.best.saved_plan)} more than without"
        bound = "more than " if self.best.saved_plan_is_bound else ""
        return f": {bound}{format_count(self.best.saved_plan)} saved"

    def record(self) -> dict[str, object]:
        """Return the numbers for programs; those that end with ``_none`` are without pretraining."""
        names = ("target", "entity", "model", "method", "fraction")
        saved = ("saved_plan", "saved_plan_is_bound", "saved_low", "saved_high")
        return {
            **{name: getattr(self, name) for name in names},
            "source": self.best.source if self.best else None,
            **{name: getattr(self.best, name, None) for name in (*BUDGET_COLUMNS, *saved)},
            **{f"{name}_none": getattr(self.none, name) for name in BUDGET_COLUMNS},
            "n_sources": self.n_sources,
        }


SPREAD_LABELS: Mapping[Over, str] = {
    "sizes": "around the smoothed curve",
    "neighbours": "from a size to the next",
    "seeds": "over seeds",
}


@dataclass(frozen=True, kw_only=True)
class StabilityAnswer:
    """RQ3: whether F1 varies less with pretraining."""

    stability: Stability

    @property
    def sentence(self) -> str:
        """Return the answer."""
        stability = self.stability
        verdict = "less" if stability.spread < stability.spread_without else "more"
        if stability.p > LEVEL:
            has_pairs = stability.has_enough_pairs
            verdict = "no difference shown" if has_pairs else "too few pairs to show a difference"
        return (
            f"F1 varies by {format_percent(stability.spread)} points {SPREAD_LABELS[stability.over]} with "
            f"pretraining and by {format_percent(stability.spread_without)} without: {verdict} "
            f"(p = {stability.p:.2g}; pairs of target and type: {stability.n_pairs}, smaller with it: "
            f"{stability.n_less}; curves: {stability.n_curves})."
        )


Answer = ZeroShot | FewShot | StabilityAnswer
QUESTIONS = {ZeroShot: "RQ1", FewShot: "RQ2", StabilityAnswer: "RQ3"}


def build_answer_record(answer: Answer) -> dict[str, object]:
    """Return the question, the numbers and the sentence for programs."""
    if isinstance(answer, FewShot):
        numbers = answer.record()
    else:
        numbers = asdict(answer.stability if isinstance(answer, StabilityAnswer) else answer)
    return {"question": QUESTIONS[type(answer)], **numbers, "sentence": answer.sentence}


def answer_questions(curves: Sequence[Curve], *, chance: SamplingNoise | None = None) -> list[Answer]:
    """Return the answers that the curves give, question by question."""
    stability = [StabilityAnswer(stability=stability) for stability in compare_stability(curves)]
    return [*_answer_zero_shot(curves), *_answer_few_shot(curves, chance), *stability]


def _answer_zero_shot(curves: Iterable[Curve]) -> list[ZeroShot]:
    groups: dict[tuple[str, str, str, str], list[tuple[float, int, Curve]]] = defaultdict(list)
    for curve in curves:
        cell = build_transfer(curve)
        if curve.source != NONE and curve.full_f1 and cell:
            groups[_build_case(curve)].append((cell.size.f1, cell.size.n_seeds, curve))
    answers = []
    for case, transfers in groups.items():
        f1, n_seeds, best = max(transfers, key=lambda transfer: transfer[0])
        full = best.full_f1 or 0.0  # above 0, since the curve is in the group
        answers.append(
            ZeroShot(
                **_name_case(case),
                source=best.source,
                f1=f1,
                full_f1=full,
                share=f1 / full,
                n_sources=len(transfers),
                n_seeds=n_seeds,
            )
        )
    return answers


def _answer_few_shot(curves: Sequence[Curve], chance: SamplingNoise | None) -> list[FewShot]:
    groups: dict[tuple[tuple[str, str, str, str], float], list[Budget]] = defaultdict(list)
    for fraction in FRACTIONS:
        for row in compute_curve_budgets([c for c in curves if c.full_f1], fraction=fraction, noise=chance):
            if row.has_answer:
                groups[_build_case(row), fraction].append(row)
    answers = (_select_best(*key, rows) for key, rows in groups.items())
    return [answer for answer in answers if answer]


def _select_best(case: tuple[str, str, str, str], fraction: float, rows: Sequence[Budget]) -> FewShot | None:
    none = next((row for row in rows if row.source == NONE), None)
    if none is None:
        return None
    sources = [row for row in rows if row.source != NONE]
    reached = [row for row in sources if row.n_plan is not None]
    best = min(reached, key=lambda row: row.n_plan or 0, default=None)
    return FewShot(**_name_case(case), fraction=fraction, best=best, none=none, n_sources=len(sources))


def _build_case(item: Curve | Budget) -> tuple[str, str, str, str]:
    return item.target, item.entity, item.model, item.method


def _name_case(case: tuple[str, str, str, str]) -> dict[str, str]:
    return dict(zip(("target", "entity", "model", "method"), case, strict=True))


def _describe_task(answer: ZeroShot | FewShot) -> str:
    return f"{describe_entity(answer.entity)} in {answer.target}"


def _count_tried(n_sources: int) -> str:
    return f" (best of {n_sources})" if n_sources > 1 else ""


def _describe_need(budget: Budget) -> str:
    if budget.n_plan is None:
        return "not reached"
    clauses = [format_interval(budget)]
    if budget.share_of_train is not None:
        clauses.append(f"{format_percent(budget.share_of_train)} % of the training part")
    bracket = "; ".join(filter(None, clauses))
    return f"{format_count(budget.n_plan)} sentences{f' ({bracket})' if bracket else ''}"
