"""Table 4: word pieces that entities of two corpora share, and whether they tell which corpus helps."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.overlap import TEXT, Overlap, shares
from bioner_core.analysis.overlap_relation import CorpusPair, Relation, pairs, relations
from bioner_core.analysis.shared_pieces import has_pieces, is_at_hand, overlaps_of
from bioner_core.analysis.transfer import transfers
from bioner_core.answers.wording import entity as entity_in_words
from bioner_core.charts.heatmap import overlap_heatmap
from bioner_core.charts.scatter import relation_chart
from bioner_core.scoring.correlation import FEWEST
from bioner_core.scoring.significance import LEVEL
from bioner_core.study.run import Run
from bioner_core.ui.shared.markup import count
from bioner_core.ui.shared.shell import md
from bioner_core.ui.shared.tables import csv_button
from bioner_core.ui.shared.widgets import is_dark
from bioner_core.ui.transfer.matrix import Asked, has_cell

CAUTION = (
    "Pairs of the same corpora are not independent of each other, and same-language pairs share both more "
    "pieces and more language, so a small p says less than it seems and shows no cause. "
)
PRINTED = "The paper prints shared pieces within a language only, for 8 of its 24 zero-shot scores."


def show_overlap(run: Run, asked: Asked, published: Run | None) -> None:
    """Show the matrix of shared pieces and its relation to zero-shot F1; what is closed is not counted.

    :param published: the run whose pairs are drawn beside; None where it is the run itself.
    """
    if not has_pieces(run):
        st.caption(
            "Word pieces that the corpora share are not known: the run came without its corpora. "
            "`bioner corpus overlap A B …` counts them."
        )
        return
    label = "Word pieces that entities share, and zero-shot F1"
    with st.expander(label, key="overlap of run", on_change="rerun", expanded=is_at_hand(run)) as opened:
        if not opened.open:
            return
        with st.spinner("Counting word pieces"):
            model, rows = overlaps_of(run)
        left, right = st.columns(2, gap="medium")
        with left:
            _matrix(rows, asked.entity, model)
        with right:
            _relation(run, rows, published, asked)
        with st.container(key="shared pieces table"):
            st.dataframe(pd.DataFrame([_row(row) for row in rows]), hide_index=True, key="shared pieces")
            csv_button(
                "Shared pieces as CSV",
                [{**row.record(), "model": model} for row in rows],
                name=f"{run.name} overlap",
                key="download overlap",
            )


def _matrix(rows: Sequence[Overlap], entity: str, model: str) -> None:
    kind = entity if shares(rows, entity) else TEXT
    if not shares(rows, kind):
        st.caption(f"No two corpora here have word pieces of {md(entity_in_words(entity))} in common use.")
        return
    st.vega_lite_chart(overlap_heatmap(rows, entity=kind, dark=is_dark()), key="overlap map")
    what = "all text" if kind == TEXT else f"mentions of {md(kind)}"
    st.caption(
        f"Of the unique word pieces in {what} of the corpus above, the share that the corpus at left has, "
        f"too. Each piece counts once, as in the paper's Table 4. Cut by the tokenizer of {md(model)}."
    )


def _relation(run: Run, rows: Sequence[Overlap], published: Run | None, asked: Asked) -> None:
    """Draw the pairs of the model in view, and those of the published run, with what they come to."""
    tried = [c for c in transfers(has_cell(run)) if (c.model, c.method) == (asked.model, asked.method)]
    own, printed, titles = pairs(run.name, rows, tried), [], {run.name: run.title}
    if published is not None:
        titles[published.name] = published.title
        printed = pairs(published.name, overlaps_of(published)[1], transfers(has_cell(published)))
    both: list[CorpusPair] = [*own, *printed]
    if not both:
        st.caption("No pair of corpora has both: shared word pieces and a zero-shot score.")
        return
    hollow = published.name if published and own else ""
    st.vega_lite_chart(relation_chart(both, hollow=hollow, dark=is_dark()), key="relation")
    if hollow:
        st.caption("Filled: this run. Hollow: the published pairs.")
    whole = {each.run: each for each in reversed(relations(both))}  # the first of a run is over all its pairs
    for name in reversed(whole):
        st.markdown(md(told(whole[name], titles[name])))
    st.caption(f"A pair: trained on one corpus, tested on another, one entity type. {CAUTION}{PRINTED}")
    csv_button(
        "Pairs as CSV", [pair.record() for pair in both], name="overlap and zero-shot", key="download pairs"
    )


def told(relation: Relation, title: str) -> str:
    """Return a correlation in an honest sentence.

    :param title: of the run.
    """
    pairs_of = f"{relation.n} pair{'s' * (relation.n != 1)}"
    if relation.found is None:
        return f"{title}: {pairs_of}, too few to say anything (at least {FEWEST} that differ are needed)."
    found = relation.found
    p = "p < 0.001" if found.p < 0.001 else f"p = {found.p:.2f}"
    verdict = (
        f"more shared pieces go with {'higher' if found.rho > 0 else 'lower'} zero-shot F1"
        if found.p <= LEVEL
        else "shared pieces do not tell zero-shot F1"
    )
    return (
        f"{title}: {verdict}. Spearman's ρ = {_signed(found.rho)}, {p}, n = {found.n} (in 95 of 100 random "
        f"orders ρ lies between {_signed(found.low)} and {_signed(found.high)})."
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _row(found: Overlap) -> dict[str, str]:
    """Return a row for people: shares in percent."""

    def share(value: float | None, n: int) -> str:
        return "–" if value is None else f"{100 * value:.0f} % of {count(n)}"

    def known(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.0f} %"

    return {
        "Corpora": f"{found.corpus_1} and {found.corpus_2}",
        "Pieces of": "all text" if found.entity == TEXT else found.entity,
        "Shared": count(found.shared),
        "of the first's": share(found.share_of_1, found.unique_1),
        "of the second's": share(found.share_of_2, found.unique_2),
        "the first known to the second": known(found.known_1),
        "the second known to the first": known(found.known_2),
    }
