"""What each entity type needs, the one that needs most first: the table under the answer for every type."""

from functools import partial

import pandas as pd
import streamlit as st

from bioner_core.curves.budget import EVERY, UNTOLD, Budget
from bioner_core.curves.curve import Curve
from bioner_core.ui.budget import source_table as cells
from bioner_core.ui.budget.answer import Answer
from bioner_core.ui.shared.caveats import mention_is_worth
from bioner_core.ui.shared.markup import percent
from bioner_core.ui.shared.tables import take_row

FEWEST = 3  # types from which the table is shown; the plan's card tells of two
HEIGHT = 460  # pixels; of more types the table scrolls
HELP = {
    "Type": "Click a row to see its curve.",
    "Test mentions": "Mentions in the test part, on which F1 rests.",
    "Training mentions": "Mentions in the whole training part.",
    "Full F1": "In percent, of the whole training part without pretraining.",
    "Plan": "Sentences to plan on: an even chance.",
    "95 % sure": "Sentences with which the goal is reached in 95 of 100 draws of seeds and test documents.",
    "Mind": "What makes the number weak.",
}


def table(result: Answer, chosen: Budget) -> None:
    """Show a row a type, where every type is asked for and there are several."""
    types = [row for row in result.by_type if row.source == chosen.source]
    if chosen.entity != EVERY or len(types) < FEWEST:
        return
    ranked = sorted(types, key=cells.by_need)
    of = {curve.entity: curve for curve in result.curves if curve.source == chosen.source}
    st.subheader("By type", anchor=False)
    st.dataframe(
        pd.DataFrame([_row(row, of[row.entity]) for row in ranked]).fillna("–"),
        key="by type",
        hide_index=True,
        height=min(HEIGHT, 38 * (len(ranked) + 1)),
        on_select=partial(take_row, "by type", [row.entity for row in ranked], "entity"),
        selection_mode="single-row",
        column_config={name: st.column_config.Column(help=text) for name, text in HELP.items()},
        alt="Entity types, how many mentions they have, and the sentences to plan on for each",
    )


def _row(row: Budget, curve: Curve) -> dict[str, object]:
    full = curve.yardstick
    is_told = row.status not in UNTOLD
    return {
        "Type": row.entity,
        "Test mentions": row.support,
        "Training mentions": None if full is None or full.n_mentions is None else round(full.n_mentions),
        "Full F1": percent(row.full_f1) if is_told else "–",
        "Plan": cells.short_plan(row),
        **({"95 % sure": cells.short_sure(row)} if row.n_high_beyond is not None else {}),
        "Mind": mention_is_worth(curve) if is_told else "left out of every type",
    }
