"""The comparison as one self-contained page: the runs, the agreement, every table, every curve."""

from collections.abc import Iterator, Mapping, Sequence

from bioner_core import __version__
from bioner_core.answers.report.report import drop_svg_size, load_template
from bioner_core.answers.wording.numbers import format_count, format_time
from bioner_core.charts.curve_chart import name_source
from bioner_core.charts.overlay import render_overlay
from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.files import format_current_time
from bioner_core.reproduce.agreement import LIMITS, Agreement, measure_agreements
from bioner_core.reproduce.protocol import CORPORA, MODELS, MULTI
from bioner_core.reproduce.replication import Replication, load_published
from bioner_core.reproduce.tables import TITLES, Cell
from bioner_core.reproduce.wording import DIFFERENCES, MEASURES, format_cell_difference, format_number

REPLICATED_NAME, PUBLISHED_NAME = "ours", "published"
_WIDTH, _HEIGHT = 330, 190  # of a small plot


def render_page(tables: Mapping[str, Sequence[Cell]], replication: Replication) -> str:
    """Render the page as HTML: no script, no external file, escaped names, no corpus text."""
    agreements = {agreement.table: agreement for agreement in measure_agreements(tables)}
    text: str = load_template("reproduce.html").render(
        title="ECIR 2020, published and reproduced",
        made=f"{format_time(format_current_time())}, BioNER Budget {__version__}",
        lead=format_lead(agreements, tables["table5"]),
        boxes=build_boxes(agreements),
        compared=dict(_describe_inputs(replication)),
        notes=replication.notes,
        near=[build_agreement_row(agreement) for agreement in agreements.values()],
        tables=[_build_table(name, cells) for name, cells in tables.items() if name != "figure1"],
        figures=list(_build_figures(replication)),
        differences=DIFFERENCES,
        references=(load_published()[0].record["citation"] + f" doi:{load_published()[0].record['doi']}",),
    )
    return text


def format_lead(agreements: Mapping[str, Agreement], table5: Sequence[Cell]) -> str:
    """Format the overall agreement as one sentence."""
    curve, budgets = agreements["figure1"], agreements["table5"]
    if curve.n_compared:
        first = (
            f"{format_count(curve.within[-1])} of {format_count(curve.n_compared)} points of the curves lie "
            f"within {LIMITS[-1]} points of F1 of the published ones"
        )
    else:
        first = "No curve of ours has a published size"
    if not budgets.n_compared:
        return f"{first}; none of the numbers of sentences can be compared yet."
    n_recomputed = sum(
        cell.replicated is not None and cell.replicated == cell.recomputed_published for cell in table5
    )
    return (
        f"{first}; of {budgets.n_compared} numbers of sentences {budgets.n_equal} are as printed, "
        f"{n_recomputed} as the published curves give by the same rule."
    )


def build_boxes(agreements: Mapping[str, Agreement]) -> list[tuple[str, str, str]]:
    """Return the highlighted numbers: label, number, explanation."""
    boxes = []
    for name in ("table2", "table3", "figure1"):
        if n := agreements[name].n_compared:
            share = f"{format_count(agreements[name].within[-1])} of {format_count(n)}"
            boxes.append((TITLES[name].split(":")[0], share, f"within {LIMITS[-1]} points"))
    if n := agreements["table5"].n_compared:
        boxes.append(("Table 5", f"{agreements['table5'].n_equal} of {n}", "the same as printed"))
    return boxes


def build_agreement_row(agreement: Agreement) -> dict[str, str]:
    """Return one table's agreement as a row for people."""
    within = {f"within {n}": format_count(k) for n, k in zip(LIMITS, agreement.within, strict=True)}
    counts = {"cells": agreement.n_cells, "compared": agreement.n_compared, "same": agreement.n_equal}
    return {
        "": TITLES[agreement.table].split(":")[0],
        **{name: format_count(n) for name, n in counts.items()},
        **within,
        "unit": agreement.unit,
    }


def _describe_inputs(replication: Replication) -> Iterator[tuple[str, str]]:
    """Yield what was compared, by name: runs, models, corpora, seeds, training."""
    yield "Runs", ", ".join(run.name for run in replication.runs)
    for title, (model, method) in replication.encoders.items():
        is_stand_in = title == MODELS[MULTI].title and model not in (MODELS[MULTI].name, title)
        how = {"probe": ", frozen with a small head", "partial": ", upper layers only"}.get(method, "")
        yield title, f"{model}{how}{' (stands in)' if is_stand_in else ''}"
    for name, run_name in replication.corpus_names.items():
        title = CORPORA[name].title
        yield name, f"{run_name} for {title}" if run_name != name else title
    seeds = {
        size.n_seeds for curve in replication.curves for size in (*curve.sizes, *filter(None, [curve.full]))
    }
    yield "Models per size", " to ".join(map(str, sorted({min(seeds), max(seeds)})))
    for settings in dict.fromkeys(run.study.settings for run in replication.runs):
        if not settings:
            continue
        steps = f", at least {format_count(settings.min_steps)} steps" if settings.min_steps else ""
        yield (
            "Training",
            f"{settings.epochs} epochs of batches of {settings.batch_size}{steps}, peak learning rate "
            f"{settings.learning_rate:g}, {settings.dtype}",
        )


def _build_table(name: str, cells: Sequence[Cell]) -> dict[str, object]:
    """Return a table as the paper has it: rows with a replicated number, a cell for each measure."""
    rows: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for cell in cells:
        line = rows.setdefault(tuple(cell.row.values()), {})
        line[cell.measure] = {
            "ours": format_number(cell.replicated, cell.unit),
            "published": format_number(cell.published, cell.unit),
            "difference": format_cell_difference(cell),
            "note": cell.note,
        }
    compared_rows = [
        (key, list(line.values()))
        for key, line in rows.items()
        if any(cell["difference"] for cell in line.values())
    ]
    return {
        "title": TITLES[name],
        "labels": [label.replace("_", " ") for label in cells[0].row],
        "measures": [MEASURES.get(m, m) for m in dict.fromkeys(cell.measure for cell in cells)],
        "rows": compared_rows,
        "n_left_out": len(rows) - len(compared_rows),
    }


def _build_figures(replication: Replication) -> Iterator[dict[str, object]]:
    """Yield a figure for each target and type: for each source a plot of replicated and published curve."""
    published, replicated = (
        {_build_key(curve): curve for curve in curves if curve.model == MODELS[MULTI].title}
        for curves in (load_published()[1], replication.curves)
    )
    for target in CORPORA:
        for entity in (DRUG, DISEASE):
            shared = [key for key in published if key in replicated and key[:2] == (target, entity)]
            plots = [
                _render_plot(replicated[key], published[key], key[2])
                for key in shared
                if replicated[key].has_enough_sizes
            ]
            if plots:
                yield {"title": f"{entity} in {target}", "plots": plots}


def _build_key(curve: Curve) -> tuple[str, str, str]:
    return curve.target, curve.entity, curve.source


def _render_plot(replicated: Curve, published: Curve, source: str) -> dict[str, object]:
    from markupsafe import Markup

    chart = render_overlay(
        replicated, published, names=(REPLICATED_NAME, PUBLISHED_NAME), width=_WIDTH, height=_HEIGHT
    )
    caption = f"after {source}" if source != NONE else name_source(source)
    description = f"F1 by training sentences, {caption}: ours and published. The numbers are in figure1.csv."
    return {"svg": Markup(drop_svg_size(chart)), "caption": caption, "description": description}  # noqa: S704  # Vega has escaped names


def describe_table5(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a line for each replicated cell of Table 5: whether it agrees."""
    for cell in cells:
        if cell.replicated is not None:
            printed = format_number(cell.published, cell.unit)
            verdict = (
                "agrees"
                if cell.difference == 0
                else f"{format_cell_difference(cell)} against {printed} printed"
            )
            name = f"{cell.measure}, {cell.row['entity']}, {cell.row['pretrain']}"
            note = f" ({cell.note})" if cell.note else ""
            yield f"{name}: {format_number(cell.replicated, cell.unit)}, {verdict}{note}"
