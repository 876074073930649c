"""The cells of the tables of sources."""

from bioner_core.answers.wording import plan as plan_in_words
from bioner_core.answers.wording import saving as saving
from bioner_core.charts.curve_chart import name_of
from bioner_core.curves.budget import UNTOLD, Budget
from bioner_core.ui.shared.markup import count, percent

COLUMNS = {
    "": "The marker of the curve.",
    "Source": "The corpus that the model was pretrained on.",
    "Decides": "The entity type that needs most sentences.",
    "Plan": "Sentences to plan on: where the smoothed curve reaches the goal, an even chance.",
    "95 % sure": "Sentences with which the goal is reached in 95 of 100 draws of seeds and test documents.",
    "First": "The smallest size whose mean F1 reaches the goal.",
    "Stays": "The size from which the mean never falls below the goal again.",
    "Saves": "Sentences fewer than without pretraining, by the plan.",
}


def table_row(row: Budget, glyph: str) -> dict[str, str]:
    """Return a row of the source table, the marker of its curve first."""
    stays = {"Stays": "–" if row.n_stable is None else count(row.n_stable)}
    return {
        "": glyph,
        "Source": name_of(row.source),
        **({"Decides": row.decided_by if row.target_f1 else "–"} if row.decided_by else {}),
        "Plan": short_plan(row),
        **({} if row.n_high_beyond is None else {"95 % sure": short_sure(row)}),
        "First": "–" if row.n_first is None else count(row.n_first),
        **(stays if row.n_high_beyond is None else {}),
        "Saves": saving(row),
    }


def by_need(row: Budget) -> tuple[bool, bool, float, str]:
    """Order types: not reached, then by the number to plan on, then those that no number can be told of."""
    size = -row.n_plan if row.n_plan is not None else (row.best_f1 or 0) / (row.target_f1 or 1)
    return row.status in UNTOLD, row.n_plan is not None, size, row.entity


def short_plan(row: Budget) -> str:
    """Return the plan as a table's cell."""
    told = plan_in_words(row)
    return f"{told} (best {percent(row.best_f1)})" if told == "not reached" else told


def short_sure(row: Budget) -> str:
    """Return the upper end as a table's cell."""
    return count(row.n_high) if row.n_high is not None else f"> {count(row.n_max or 0)}"
