"""Words for what strategies need: the rows of a table, and whether choosing pays."""

from collections.abc import Iterable, Sequence

from bioner_core.analysis.strategy_savings import AXES, Axis, AxisNeed, StrategyNeed, Verdict
from bioner_core.answers.wording.budgets import describe_share, format_share
from bioner_core.answers.wording.numbers import format_count
from bioner_core.costs.rates import Rates
from bioner_core.curves.points import RANDOM

VERDICTS: dict[Verdict, str] = {"pays": "yes", "costs": "no, it costs more", "open": "not shown"}
MANY = 3  # strategies from which on the best one is partly luck


def build_strategy_record(need: StrategyNeed, rates: Rates) -> dict[str, object]:
    """Return the JSON fields of a need: the plan, its interval and the saving on each axis."""
    row = need.sentences
    record: dict[str, object] = {
        "target": row.target,
        "entity": row.entity,
        "strategy": need.strategy,
        "model": row.model,
        "method": row.method,
        "fraction": row.fraction,
        "full_f1": row.full_f1,
    }
    for axis in AXES:
        measured = need.measure(axis, rates)
        for name in ("plan", "low", "high", "saved", "saved_low", "saved_high"):
            value = getattr(measured, name) if measured else None
            digits = 2 if axis == "hours" else 0
            key = axis if name == "plan" else f"{axis}_{name}"
            record[key] = None if value is None else round(value, digits) if digits else round(value)
        record[f"{axis}_high_beyond"] = measured.is_beyond if measured else None
        record[f"{axis}_saved_is_bound"] = measured.saved_is_bound if measured else None
        record[f"{axis}_verdict"] = None if measured is None or need.strategy == RANDOM else measured.verdict
    return record


def build_strategy_rows(needs: Iterable[StrategyNeed], rates: Rates) -> list[dict[str, object]]:
    """Return a row of text for each need, for people."""
    return [_build_row(need, rates) for need in needs]


def _build_row(need: StrategyNeed, rates: Rates) -> dict[str, object]:
    row = need.sentences
    cells: dict[str, object] = {
        "target": row.target,
        "entity": row.entity,
        "goal": format_share(row),
        "strategy": need.strategy,
    }
    for axis in AXES:
        measured = need.measure(axis, rates)
        cells[axis] = format_need(measured, axis)
        cells[f"saved {axis}"] = format_saving(measured, axis)
    return cells


def format_need(need: AxisNeed | None, axis: Axis) -> str | None:
    """Format a plan with its 90 % interval, such as "850 (600 to > 1,600)"; None where unknown."""
    if need is None or need.plan is None:
        return None
    text = _format_number(need.plan, axis)
    if need.high is None:
        return text
    high = f"{'> ' * need.is_beyond}{_format_number(need.high, axis)}"
    return f"{text} ({'' if need.low is None else f'{_format_number(need.low, axis)} to '}{high})"


def format_saving(need: AxisNeed | None, axis: Axis) -> str | None:
    """Format a saving with its 90 % interval, such as "320 (−40 to 700)"; None where unknown."""
    if need is None or need.saved is None:
        return None
    text = f"{'> ' * need.saved_is_bound}{_format_number(need.saved, axis)}"
    if need.saved_low is None and need.saved_high is None:
        return text
    low, high = (
        "unknown" if end is None else _format_number(end, axis) for end in (need.saved_low, need.saved_high)
    )
    return f"{text} ({low} to {high})"


def _format_number(value: float, axis: Axis) -> str:
    text = f"{value:,.1f}" if axis == "hours" else format_count(value)
    return text.replace("-", "−")


def describe_choosing(needs: Sequence[StrategyNeed], rates: Rates) -> str:
    """Say whether choosing pays, for the goal of the needs: of the strategy that saves most.

    :param needs: of one target, type and goal.
    """
    axis = _find_last_axis(needs, rates)
    chosen = [(need, measured) for need in needs if (measured := need.measure(axis, rates))]
    saving = [
        (need, measured)
        for need, measured in chosen
        if need.strategy != RANDOM and measured.saved is not None
    ]
    if not saving:
        return ""
    need, measured = max(saving, key=lambda pair: pair[1].saved or 0.0)
    goal = f"{describe_share(need.sentences)} on {need.sentences.entity} in {need.sentences.target}"
    by_sentences = need.measure("sentences", rates)
    text = f"To reach {goal}, {need.strategy} saves {format_saving(by_sentences, 'sentences')} sentences"
    if axis != "sentences":
        text += f" and {format_saving(measured, axis)} {axis}"
    verdict = {
        "pays": f"by {axis}, choosing pays here",
        "costs": f"by {axis}, choosing costs more than it saves here",
        "open": f"by {axis}, it is not shown that choosing pays here",
    }[measured.verdict]
    luck = " The best of several is partly luck." if len(saving) >= MANY else ""
    return f"{text}: {verdict}.{luck}"


def _find_last_axis(needs: Sequence[StrategyNeed], rates: Rates) -> Axis:
    """Return the axis nearest to what annotation takes: hours where words are known, else sentences."""
    return "hours" if any(need.measure("hours", rates) for need in needs) else "sentences"


def describe_hours(rates: Rates) -> str:
    """Say what hours rest on."""
    low, high = rates.seconds_low, rates.seconds_high
    seconds = f"{low:g} s" if low == high else f"{(low + high) / 2:g} s, the mean of {low:g} and {high:g}"
    share = "" if rates.marking is None else f", {100 * rates.marking:g} % of it by mentions"
    return (
        f"Hours: a sentence of average length takes {seconds} ({rates.source}); the time of others goes by "
        f"words{share}."
    )
