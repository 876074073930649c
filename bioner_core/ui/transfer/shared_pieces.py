"""Table 4: word pieces that entities of two corpora share, and their correlation with transfer."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.overlap import TEXT, Overlap, compute_shares
from bioner_core.analysis.overlap_relation import (
    CorpusPair,
    OverlapCorrelation,
    build_corpus_pairs,
    correlate_overlap,
)
from bioner_core.analysis.shared_pieces import can_compare_pieces, has_stored_overlaps, load_run_overlaps
from bioner_core.analysis.transfer import list_transfers
from bioner_core.answers.wording.names import describe_entity
from bioner_core.answers.wording.numbers import format_count
from bioner_core.charts.heatmap import build_overlap_heatmap
from bioner_core.charts.scatter import build_overlap_scatter
from bioner_core.scoring.correlation import MIN_PAIRS
from bioner_core.scoring.significance import LEVEL
from bioner_core.study.run import Run
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import offer_csv, show_table
from bioner_core.ui.shared.widgets import is_dark
from bioner_core.ui.transfer.matrix import TransferView, select_matrix_curves

CAUTION = (
    "Pairs of the same corpora are not independent of each other, and pairs of one language share more "
    "pieces and transfer better, so a small p means less than it seems and shows no cause. "
)
PRINTED = "The paper prints shared pieces within a language only, for 8 of its 24 zero-shot scores."


def show_overlap(run: Run, view: TransferView, published: Run | None) -> None:
    """Show the matrix of shared pieces and its correlation with zero-shot F1, once its frame is opened.

    :param published: a run whose pairs are drawn as well; None if it is the run itself.
    """
    if not can_compare_pieces(run):
        st.caption(
            "Word pieces that the corpora share are not known: the run came without its corpora. "
            "`bioner corpus overlap A B …` counts them."
        )
        return
    label = "Word pieces that entities share, and zero-shot F1"
    with st.expander(
        label, key="overlap of run", on_change="rerun", expanded=has_stored_overlaps(run)
    ) as opened:
        if not opened.open:
            return
        with st.spinner("Counting word pieces"):
            model, rows = load_run_overlaps(run)
        left, right = st.columns(2, gap="medium")
        with left:
            _show_matrix(rows, view.entity, model)
        with right:
            _show_relation(run, rows, published, view)
        with st.container(key="shared pieces table"):
            show_table(pd.DataFrame([_build_row(row) for row in rows]), key="shared pieces")
            offer_csv(
                "Shared pieces as CSV",
                [{**row.record(), "model": model} for row in rows],
                name=f"{run.name} overlap",
                key="download overlap",
            )


def _show_matrix(rows: Sequence[Overlap], entity: str, model: str) -> None:
    kind = entity if compute_shares(rows, entity) else TEXT
    if not compute_shares(rows, kind):
        st.caption(f"No two corpora here share word pieces of {escape_markdown(describe_entity(entity))}.")
        return
    st.vega_lite_chart(build_overlap_heatmap(rows, entity=kind, dark=is_dark()), key="overlap map")
    text_kind = "all text" if kind == TEXT else f"mentions of {escape_markdown(kind)}"
    st.caption(
        f"Of the unique word pieces in {text_kind} of the corpus above, the share that the corpus at left "
        "has, too. Each piece counts once, as in the paper's Table 4. Tokenizer: "
        f"{escape_markdown(model)}."
    )


def _show_relation(run: Run, rows: Sequence[Overlap], published: Run | None, view: TransferView) -> None:
    """Show the pairs of the chosen model and of the published run, with their correlations."""
    cells = [
        c
        for c in list_transfers(select_matrix_curves(run))
        if (c.model, c.method) == (view.model, view.method)
    ]
    run_pairs, published_pairs, titles = build_corpus_pairs(run.name, rows, cells), [], {run.name: run.title}
    if published is not None:
        titles[published.name] = published.title
        published_pairs = build_corpus_pairs(
            published.name, load_run_overlaps(published)[1], list_transfers(select_matrix_curves(published))
        )
    all_pairs: list[CorpusPair] = [*run_pairs, *published_pairs]
    if not all_pairs:
        st.caption("No pair of corpora has both: shared word pieces and a zero-shot score.")
        return
    hollow_run = published.name if published and run_pairs else ""
    st.vega_lite_chart(build_overlap_scatter(all_pairs, hollow=hollow_run, dark=is_dark()), key="relation")
    if hollow_run:
        st.caption("Filled: this run. Hollow: the published pairs.")
    overall = {
        relation.run: relation for relation in reversed(correlate_overlap(all_pairs))
    }  # the first of a run covers all its pairs
    for name in reversed(overall):
        st.markdown(escape_markdown(describe_relation(overall[name], titles[name])))
    st.caption(f"A pair: trained on one corpus, tested on another, one entity type. {CAUTION}{PRINTED}")
    offer_csv(
        "Pairs as CSV",
        [pair.record() for pair in all_pairs],
        name="overlap and zero-shot",
        key="download pairs",
    )


def describe_relation(relation: OverlapCorrelation, title: str) -> str:
    """Describe a correlation, with its uncertainty.

    :param title: of the run.
    """
    pairs_text = f"{relation.n} pair{'s' * (relation.n != 1)}"
    if relation.correlation is None:
        return (
            f"{title}: {pairs_text}, too few for a correlation (at least {MIN_PAIRS} that differ are needed)."
        )
    correlation = relation.correlation
    rho, low, high = map(_format_signed, (correlation.rho, correlation.low, correlation.high))
    p = "p < 0.001" if correlation.p < 0.001 else f"p = {correlation.p:.2f}"
    verdict = (
        f"more shared pieces go with {'higher' if correlation.rho > 0 else 'lower'} zero-shot F1"
        if correlation.p <= LEVEL
        else "shared pieces do not predict zero-shot F1"
    )
    return (
        f"{title}: {verdict}. Spearman's ρ = {rho}, {p}, n = {correlation.n} (in 95 of 100 random orders ρ "
        f"lies between {low} and {high})."
    )


def _format_signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _build_row(overlap: Overlap) -> dict[str, str]:
    """Return a table row with shares in percent."""

    def format_share(value: float | None, n: int) -> str:
        return "–" if value is None else f"{100 * value:.0f} % of {format_count(n)}"

    def format_coverage(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.0f} %"

    return {
        "Corpora": f"{overlap.corpus_1} and {overlap.corpus_2}",
        "Pieces of": "all text" if overlap.entity == TEXT else overlap.entity,
        "Shared": format_count(overlap.shared),
        "of the first corpus": format_share(overlap.share_of_1, overlap.unique_1),
        "of the second corpus": format_share(overlap.share_of_2, overlap.unique_2),
        "the first known to the second": format_coverage(overlap.coverage_1),
        "the second known to the first": format_coverage(overlap.coverage_2),
    }
