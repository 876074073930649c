"""The answer in words: a budget as sentences that can be pasted into a plan."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bioner_core.answers.wording import of_untold, rough, untold
from bioner_core.curves.budget import EVERY, UNTOLD, Budget
from bioner_core.curves.points import NONE
from bioner_core.ui.budget.certainty import sure
from bioner_core.ui.budget.source_table import by_need, short_plan
from bioner_core.ui.shared.markup import count, entity, named, percent, pretraining

SHOWN = 4  # types whose own plan is told

Hours = Callable[[int | None], str]  # what so many sentences take, such as "≈ 18 h at your rate"; "" for none


def no_hours(_: int | None) -> str:
    """Say nothing about hours."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One answer: what it is, the number, its unit, and a sentence (HTML, names escaped)."""

    label: str
    number: str
    unit: str = ""
    text: str


def goal(row: Budget) -> str:
    """Return what is to be reached, such as "99 % of full F1 (84.0 of 84.9)"."""
    if row.fraction is None:
        return f"an F1 of {percent(row.target_f1)}"
    share = f"{100 * row.fraction:.4g} % of full F1"
    if row.target_f1 is None or row.entity == EVERY:  # each type has its own
        return share
    return f"{share} ({percent(row.target_f1)} of {percent(row.full_f1)})"


def lead(row: Budget, *, n_pending: int = 0) -> str:
    """Return the whole answer in one sentence (HTML).

    :param n_pending: models of the target that are still to be trained: larger sizes may be among them.
    """
    what = f"{entity(row.entity)} in {named(row.target)}"
    how = pretraining(row.source)
    if row.status in UNTOLD:
        return f"<b>No answer</b> for {html.escape(of_untold(row))} in {named(row.target)}: {untold(row)}."
    if row.status == "no_full":
        return (
            f"<b>No answer yet</b> for {what}: the model on full data, which sets the goal, is still to come."
        )
    if row.status == "no_data" or row.n_max is None:
        return f"<b>No answer yet</b> for {what}, {how}: no training size is complete."
    if row.n_plan == 0:
        return (
            f"<b>Annotate nothing to train on:</b> {how}, a model has {goal(row)} for {what} from the start."
        )
    if row.n_plan is not None:
        chance = f": {sure(row).split(' (')[0]}" if row.n_high_beyond is not None else ""
        return f"<b>Plan on {count(row.n_plan)} sentences</b> to reach {goal(row)} for {what}, {how}{chance}."
    safely = " yet" if n_pending else " safely" if row.n_first is not None else ""
    return f"<b>{count(row.n_max)} sentences do not{safely} reach</b> {goal(row)} for {what}, {how}."


def plan_card(
    row: Budget,
    *,
    types: Sequence[Budget] = (),
    per_document: float | None,
    spread: str,
    hours: Hours = no_hours,
) -> Card:
    """Return the number to plan on.

    :param types: rows of the same source for each entity type, where the row is of every type.
    :param per_document: sentences a document of the target has on average, where known.
    :param spread: what is known about chance, such as "3 seeds a size".
    """
    if row.status in UNTOLD:
        which = f"{named(row.decided_by)}: " if row.decided_by else ""
        why = f"{which}{untold(row)}."
        return Card(label="Plan on", number="not known", text=f"{why[0].upper()}{why[1:]}")
    if not row.is_told or row.n_max is None:
        return Card(label="Plan on", number="not known yet", text=_waits(row))
    if row.n_plan is None:
        number = "not reached" if row.n_first is None else f"more than {count(row.n_max)}"
        unit, why = ("" if row.n_first is None else "sentences"), _short_of(row)
    else:
        number, unit = count(row.n_plan), "sentences"
        why = f"to reach {goal(row)}, {pretraining(row.source)}"
    told = [
        why,
        sure(row),
        _each(types),
        _left_out(row),
        _documents(row, per_document),
        _gap(row),
        hours(row.n_plan),
        spread,
    ]
    return Card(label="Plan on", number=number, unit=unit, text="; ".join(filter(None, told)) + ".")


def _each(types: Sequence[Budget]) -> str:
    """Return what each type needs, the one that needs most first."""
    ranked = sorted((row for row in types if row.status not in UNTOLD), key=by_need)
    told = [f"{named(row.entity)} {html.escape(short_plan(row))}" for row in ranked[:SHOWN]]
    n_short = sum(row.n_plan is None for row in ranked[SHOWN:])
    n_less = len(ranked[SHOWN:]) - n_short
    told += [f"{n_short} other types do not reach it"] if n_short else []
    told += [f"{n_less} {'' if n_short else 'other '}types need no more"] if n_less else []
    return "; ".join(told)


def _left_out(row: Budget) -> str:
    """Return how many types no number can be told of; the table by type says why."""
    n = len(row.left_out)
    if n == 1:
        return f"{named(row.left_out[0])} is left out"
    return f"{n} types are left out" if n else ""


def _waits(row: Budget) -> str:
    if row.status == "no_full":
        return (
            "The model on full data without pretraining sets the goal and is still to be trained. "
            "An F1 as goal can be answered before."
        )
    return "No size has all its seeds yet. The answer comes with the first."


def _short_of(row: Budget) -> str:
    """Return why there is no number to plan on."""
    which = f"{named(row.decided_by)} decides: " if row.decided_by else ""
    if row.best_f1 is None or row.target_f1 is None or row.best_f1 < row.target_f1:
        return f"{which}{_best(row)} of the {percent(row.target_f1)} to be reached"
    goal_f1 = percent(row.target_f1)
    return f"{which}single sizes pass {goal_f1}, the smoothed curve does not up to the largest size"


def _documents(row: Budget, per_document: float | None) -> str:
    return f"≈ {rough(row.n_plan / per_document)} documents" if row.n_plan and per_document else ""


def _gap(row: Budget) -> str:
    if not row.gap:
        return ""
    return f"read between {count(row.gap[0])} and {count(row.gap[1])}, the sizes trained"


def first_card(row: Budget, *, f1: float | None) -> Card:
    """Return where the curve first reaches the goal, and whether it stays there.

    :param f1: mean F1 at ``n_first``, in [0, 1].
    """
    if row.status in UNTOLD:
        return Card(label="First reached at", number="not known", text="There is no goal to reach.")
    if not row.is_told:
        return Card(label="First reached at", number="not known yet", text="The curve is still growing.")
    if row.n_first is None:
        return Card(label="First reached at", number="no size", text=f"{_best(row)}.")
    there = "" if f1 is None else f"{percent(f1)} there, {percent(row.target_f1)} to be reached; "
    if row.n_stable is None:
        after = f"a noisy curve, below it again at {count(row.n_max or 0)}"
    elif row.n_stable > row.n_first:
        after = f"a noisy curve, never below it again from {count(row.n_stable)}"
    else:
        after = "never below it again"
    return Card(
        label="First reached at", number=count(row.n_first), unit="sentences", text=f"{there}{after}."
    )


def saves_card(row: Budget, others: Sequence[Budget], *, hours: Hours = no_hours) -> Card:
    """Return what the source saves against no pretraining; for ``none``, what the best source would save."""
    if row.source != NONE:
        number, unit, text = _saving(row)
        return Card(label="Saves", number=number, unit=unit, text=_with_hours(text, hours(row.saved_plan)))
    if row.status in UNTOLD:
        return Card(label="Pretraining saves", number="not known", text="There is nothing to compare.")
    if not row.is_told:
        return Card(label="Pretraining saves", number="not known yet", text="It comes with the plan.")
    better = [r for r in others if r.source != NONE and r.saved_plan is not None and r.saved_plan > 0]
    if not better:
        why = (
            "No source of this run gets there sooner."
            if len(others) > 1
            else "There is no curve from another source."
        )
        return Card(label="Pretraining saves", number="nothing", text=why)
    best = max(better, key=lambda r: r.saved_plan or 0)
    number, unit, _ = _saving(best)
    text = _with_hours(f"{pretraining(best.source)} instead.", hours(best.saved_plan))
    return Card(label="Pretraining saves", number=number, unit=unit, text=text)


def _with_hours(text: str, hours: str) -> str:
    return f"{text.removesuffix('.')}; {hours}." if hours else text


def _saving(row: Budget) -> tuple[str, str, str]:
    against = "against no pretraining"
    if row.n_plan is None:
        text = f"{pretraining(row.source)}, the goal is not safely reached: nothing to compare."
        return "not known", "", text
    if row.saved_plan is None:
        return "not known", "", "What it takes without pretraining lies beyond the sizes that were trained."
    against += _saved_between(row)
    if row.saved_plan < 0:
        return f"costs {count(-row.saved_plan)} more", "sentences", f"{against}: this source does not help."
    if row.saved_plan_is_bound:
        text = f"{against}, which does not safely reach the goal at any size trained."
        more = f"more than {count(row.saved_plan)}"
        return (more, "sentences", text) if row.saved_plan else ("some", "", text)
    if row.saved_plan == 0:
        return "nothing", "", f"{against}: the same number."
    return count(row.saved_plan), "sentences", f"{against}."


def _saved_between(row: Budget) -> str:
    """Return the 90 % interval of a saving; "" where it has none."""
    low, high = (None if n is None else count(n).replace("-", "−") for n in (row.saved_low, row.saved_high))
    if low is None and high is None:
        return ""
    ends = f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
    return f" (90 % interval: {ends})"


def _best(row: Budget) -> str:
    """Return how near the curve came."""
    best = f"best {percent(row.best_f1)} at {count(row.best_n or 0)}"
    if row.target_f1 is None or row.best_f1 is None or row.best_f1 >= row.target_f1:
        return best
    return f"{best}, {100 * (row.target_f1 - row.best_f1):.1f} points short"
