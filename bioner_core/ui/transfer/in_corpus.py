"""Table 2: models on full data of each corpus, the best in bold, the others tested against it."""

import html
from collections.abc import Sequence

import streamlit as st

from bioner_core.analysis.in_corpus import InCorpusScore, compare_in_corpus
from bioner_core.answers.wording.names import append_method
from bioner_core.study.run import Run
from bioner_core.ui.shared.markup import render_entity, render_name
from bioner_core.ui.shared.tables import offer_csv, render_scroll_hint

PAPER = (
    "The paper found no significant difference between BioBERT and Multi-BERT (two-tailed t-test, p ≤ 0.05). "
    "It prints one run each, so we cannot repeat its test from the numbers."
)


def show_in_corpus(runs: Sequence[Run]) -> None:
    """Show the scores of each model of the runs, trained and tested on the same corpus."""
    rows = compare_in_corpus(runs)
    st.header("In-corpus performance, full data", anchor=False)
    if not rows:
        st.caption("No model was trained on all of a corpus without pretraining yet.")
        return
    with st.container(gap=None):
        st.html(render_table(rows))
        st.html(render_scroll_hint(2 + 3 * len({row.entity for row in rows})))
    st.caption(describe_tests(rows) + (f" {PAPER}" if any(run.study.is_published for run in runs) else ""))
    name = " ".join(run.name for run in runs)
    offer_csv("In-corpus table as CSV", [row.record() for row in rows], name=name, key="download in-corpus")


def describe_tests(rows: Sequence[InCorpusScore]) -> str:
    """Describe the columns and the significance tests of the table."""
    tests = sorted({row.test for row in rows if row.p is not None})
    reasons = sorted({row.test for row in rows if row.p is None and row.test})
    sentences = ["Precision, recall and F1 in percent; bold: the best F1 of a corpus and entity type."]
    if not _has_p(rows):
        sentences.append("To compare with other models, choose other runs on the same corpora above.")
    if tests:
        sentences.append(f"p: two-sided, against the best, by {' or '.join(tests)}; differs at p ≤ 0.05.")
    sentences += [f"Without p: {'; '.join(reasons)}."] * bool(reasons)
    return " ".join(sentences)


def render_table(rows: Sequence[InCorpusScore]) -> str:
    """Render the table as in the paper: a row for each corpus and model, P, R and F1 for each type (HTML)."""
    entities = list(dict.fromkeys(row.entity for row in rows))
    entities.sort(key=lambda name: (name == "all", name))
    with_run, titles = len({row.run for row in rows}) > 1, ("P", "R", "F1", *(("p",) if _has_p(rows) else ()))
    groups = "".join(
        f'<th colspan="{len(titles)}" scope="colgroup">{render_entity(entity)}</th>' for entity in entities
    )
    columns = "".join(f'<th scope="col">{title}</th>' for title in titles)
    head = (
        f'<tr><th rowspan="2">Corpus</th><th rowspan="2">Model</th>{groups}</tr>'
        f"<tr>{columns * len(entities)}</tr>"
    )
    corpora = dict.fromkeys(row.corpus for row in rows)
    body = "".join(
        _render_corpus([row for row in rows if row.corpus == name], entities, with_run, has_p=_has_p(rows))
        for name in corpora
    )
    return f'<div class="paper"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def _has_p(rows: Sequence[InCorpusScore]) -> bool:
    """Say whether a corpus has two models, so that there is a test."""
    return any(row.test for row in rows)


def _render_corpus(
    rows: Sequence[InCorpusScore], entities: Sequence[str], with_run: bool, *, has_p: bool
) -> str:
    models = list(dict.fromkeys((row.model, row.method, row.run) for row in rows))
    lines = []
    for at, key in enumerate(models):
        by_entity = {row.entity: row for row in rows if (row.model, row.method, row.run) == key}
        corpus = f'<th scope="rowgroup" rowspan="{len(models)}">{render_name(rows[0].corpus)}</th>'
        cells = "".join(_render_cells(by_entity.get(entity), has_p=has_p) for entity in entities)
        model = _render_model(next(iter(by_entity.values())), with_run)
        lines.append(f'<tr>{corpus if at == 0 else ""}<th scope="row">{model}</th>{cells}</tr>')
    return "".join(lines)


def _render_model(row: InCorpusScore, with_run: bool) -> str:
    """Render the model, with its run if there are several and its number of seeds above one (HTML)."""
    name = append_method(render_name(row.model), row.method)
    notes = (
        ["needs no training"] * (row.method == "external")
        + [render_name(row.run)] * with_run
        + [f"{row.n_seeds} seeds"] * (row.n_seeds > 1)
    )
    return name + (f"<small>{', '.join(notes)}</small>" if notes else "")


def _render_cells(row: InCorpusScore | None, *, has_p: bool) -> str:
    if row is None:
        return "<td>–</td>" * (3 + has_p)
    f1 = _format_score(row.f1)
    cells = [_format_score(row.precision), _format_score(row.recall), f"<b>{f1}</b>" if row.is_best else f1]
    return "".join(f"<td>{cell}</td>" for cell in (*cells, *([_render_p_value(row)] if has_p else ())))


def _format_score(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _render_p_value(row: InCorpusScore) -> str:
    """Render the p-value, marked where it is significant; without one, the reason on hover (HTML)."""
    if row.p is None:
        return f'<span title="{html.escape(row.test)}">–</span>' if row.test else ""
    text = "&lt; 0.001" if row.p < 0.001 else f"{row.p:.3f}"
    return f'<span title="{html.escape(row.test)}">{text}{" differs" if row.differs else ""}</span>'
