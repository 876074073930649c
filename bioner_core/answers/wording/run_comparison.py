"""Several runs against each other: rows of a table, and the verdict."""

from collections.abc import Sequence

from bioner_core.analysis.break_even import ExternalScore, compare_score
from bioner_core.analysis.comparison import ModelComparison
from bioner_core.answers.run_comparison import ComparedRun
from bioner_core.answers.wording.break_even import format_better_from
from bioner_core.answers.wording.budgets import format_plan_or_best
from bioner_core.answers.wording.certainty import format_interval
from bioner_core.answers.wording.numbers import format_count, format_p_value, format_percent
from bioner_core.curves.budget import Budget
from bioner_core.scoring.significance import LEVEL


def build_comparison_row(compared: ComparedRun) -> dict[str, str]:
    """Return the row of a run."""
    budget = compared.budget
    return {
        "Run": compared.run.name,
        "Plan": format_plan_or_best(budget),
        "Likely": format_interval(budget) or "–",
        "First": "–" if budget.n_first is None else format_count(budget.n_first),
        "Full F1": format_percent(budget.full_f1),
        "Against the first run": _describe_test(compared),
    }


def build_system_comparison_row(score: ExternalScore, first: ComparedRun) -> dict[str, str]:
    """Return the row of a system that needs no training, compared with the first run."""
    better = compare_score(score, first.curve, first.curves, first.noise)
    return {
        "Run": f"{score.point.model}, needs no training",
        "Plan": "–",
        "Likely": "–",
        "First": "–",
        "Full F1": format_percent(score.point.f1),
        "Against the first run": f"the first is better from {format_better_from(better)}" if better else "–",
    }


def describe_comparison(compared: Sequence[ComparedRun]) -> str:
    """Return the verdict: which run needs fewest sentences, if that may be chance, and F1 at full data."""
    sentences = [_describe_plans(compared), _describe_full(compared)]
    if len(compared) > 2:
        sentences.append("Each run is tested against the first; p-values are not corrected for their number.")
    return " ".join(filter(None, sentences))


def _describe_plans(compared: Sequence[ComparedRun]) -> str:
    with_plan = [item for item in compared if item.budget.n_plan is not None]
    planned = sorted(with_plan, key=lambda item: item.budget.n_plan or 0)
    if not planned:
        return "No run has a number to plan on."
    best, others = planned[0], planned[1:]
    n = best.budget.n_plan or 0
    missing = [item.run.name for item in compared if item.budget.n_plan is None]
    lacking = f" Without a number: {', '.join(missing)}." if missing else ""
    if not others:
        return f"Only {best.run.name} has a number to plan on: {format_count(n)} sentences.{lacking}"
    second = others[0]
    fewer = (second.budget.n_plan or 0) - n
    if not fewer:
        names = " and ".join(item.run.name for item in planned if item.budget.n_plan == n)
        return f"{names} need the same number of sentences, {format_count(n)}.{lacking}"
    doubt = (
        "The 90 % intervals do not overlap, so chance alone is an unlikely reason."
        if _is_apart(best.budget, second.budget)
        else "The 90 % intervals overlap or are not known, so this may be chance."
    )
    return (
        f"{best.run.name} needs fewest sentences: {format_count(n)}, {format_count(fewer)} fewer than "
        f"{second.run.name}. {doubt}{lacking}"
    )


def _is_apart(budget: Budget, other: Budget) -> bool:
    """Say whether the interval of a plan ends before another one begins."""
    if budget.n_high is None or budget.n_high_beyond or other.n_low is None:
        return False
    return budget.n_high < other.n_low


def _describe_full(compared: Sequence[ComparedRun]) -> str:
    """Say which runs differ from the first at full data; "" where none has a model there."""
    first, *others = compared
    if not any(item.against_first for item in others):
        return ""
    clauses = [f"{item.run.name} {_describe_verdict(item.against_first)}" for item in others]
    score = format_percent(first.budget.full_f1)
    return f"At full data, F1 of {first.run.name} is {score}; compared with it, {'; '.join(clauses)}."


def _describe_verdict(comparison: ModelComparison | None) -> str:
    if comparison is None:
        return "has no model on full data to compare"
    p_values = [p for p in (comparison.p_runs, comparison.p_test) if p is not None]
    f1 = format_percent(comparison.f1)
    if not p_values or comparison.f1 is None or comparison.other_f1 is None:
        return f"({f1}) cannot be tested: other test sentences, one seed, or no counts"
    if min(p_values) > LEVEL:
        return f"({f1}) shows no difference"
    if max(p_values) > LEVEL:
        return f"({f1}) differs by one test, but not by the other"
    return f"({f1}) is {'better' if comparison.f1 > comparison.other_f1 else 'worse'}"


def _describe_test(compared: ComparedRun) -> str:
    comparison = compared.against_first
    if comparison is None:
        return "–"
    p_values = {"over seeds": comparison.p_runs, "over the test part": comparison.p_test}
    tests = [f"{name}: {format_p_value(p)}" for name, p in p_values.items() if p is not None]
    return "; ".join(tests) or "not tested"
