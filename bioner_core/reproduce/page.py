"""The comparison as one self-contained page: what was run, how near it came, every table, every curve."""

from collections.abc import Iterator, Mapping, Sequence

from bioner_core import __version__
from bioner_core.answers.wording.numbers import format_count, format_time
from bioner_core.answers.report.report import drop_svg_size, load_template
from bioner_core.charts.curve_chart import name_source
from bioner_core.charts.overlay import render_overlay
from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.reproduce.agreement import WITHIN, Agreement, agreements
from bioner_core.reproduce.protocol import CORPORA, MODELS, MULTI
from bioner_core.reproduce.replication import Ours, published
from bioner_core.reproduce.tables import TITLES, Cell
from bioner_core.reproduce.wording import DIFFERENCES, MEASURES, difference, number
from bioner_core.study.provenance import format_current_time

OURS, PUBLISHED = "ours", "published"
_PIXELS, _HEIGHT = 330, 190  # of a small plot


def page(tables: Mapping[str, Sequence[Cell]], ours: Ours) -> str:
    """Return the page: nothing is fetched, no script runs, names are escaped, no text of a corpus."""
    near = {found.table: found for found in agreements(tables)}
    told: str = load_template("reproduce.html").render(
        title="ECIR 2020, published and reproduced",
        made=f"{format_time(format_current_time())}, BioNER Budget {__version__}",
        lead=lead(near, tables["table5"]),
        boxes=boxes(near),
        compared=dict(_compared(ours)),
        notes=ours.notes,
        near=[near_row(found) for found in near.values()],
        tables=[_table(name, cells) for name, cells in tables.items() if name != "figure1"],
        figures=list(_figures(ours)),
        differences=DIFFERENCES,
        references=(published()[0].record["citation"] + f" doi:{published()[0].record['doi']}",),
    )
    return told


def lead(near: Mapping[str, Agreement], table5: Sequence[Cell]) -> str:
    """Return the answer in one sentence."""
    curve, budgets = near["figure1"], near["table5"]
    if curve.n_known:
        first = (
            f"{format_count(curve.within[-1])} of {format_count(curve.n_known)} points of the curves lie "
            f"within {WITHIN[-1]} points of F1 of the published ones"
        )
    else:
        first = "No curve of ours has a published size"
    if not budgets.n_known:
        return f"{first}; none of the numbers of sentences can be compared yet."
    n_again = sum(cell.ours is not None and cell.ours == cell.recomputed for cell in table5)
    return (
        f"{first}; of {budgets.n_known} numbers of sentences {budgets.n_equal} are as printed, {n_again} as "
        "the published curves give by the same rule."
    )


def boxes(near: Mapping[str, Agreement]) -> list[tuple[str, str, str]]:
    """Return what stands in large letters: label, number, what it is."""
    found = []
    for name in ("table2", "table3", "figure1"):
        if n := near[name].n_known:
            share = f"{format_count(near[name].within[-1])} of {format_count(n)}"
            found.append((TITLES[name].split(":")[0], share, f"within {WITHIN[-1]} points"))
    if n := near["table5"].n_known:
        found.append(("Table 5", f"{near['table5'].n_equal} of {n}", "the same as printed"))
    return found


def near_row(found: Agreement) -> dict[str, str]:
    """Return the row of one table: how many cells are near."""
    within = {f"within {n}": format_count(k) for n, k in zip(WITHIN, found.within, strict=True)}
    counts = {"cells": found.n_cells, "compared": found.n_known, "same": found.n_equal}
    return {
        "": TITLES[found.table].split(":")[0],
        **{name: format_count(n) for name, n in counts.items()},
        **within,
        "unit": found.unit,
    }


def _compared(ours: Ours) -> Iterator[tuple[str, str]]:
    """Yield what stands on our side, by name."""
    yield "Runs", ", ".join(run.name for run in ours.runs)
    for title, (model, method) in ours.encoders.items():
        is_it = title == MODELS[MULTI].title and model not in (MODELS[MULTI].name, title)
        how = "" if method == "finetune" else ", frozen with a small head"
        yield title, f"{model}{how}{' (stands in)' if is_it else ''}"
    for name, own in ours.names.items():
        about = f"{own} " if own != name else ""
        yield name, f"{about}for {CORPORA[name].title}" if about else CORPORA[name].title
    seeds = {size.n_seeds for curve in ours.curves for size in (*curve.sizes, *filter(None, [curve.full]))}
    yield "Models a size", " to ".join(map(str, sorted({min(seeds), max(seeds)})))
    settings = [run.study.settings for run in ours.runs if run.study.settings]
    for found in dict.fromkeys(settings):
        steps = f", at least {format_count(found.min_steps)} steps" if found.min_steps else ""
        yield (
            "Training",
            f"{found.epochs} epochs of batches of {found.batch_size}{steps}, peak learning rate "
            f"{found.learning_rate:g}, {found.dtype}",
        )


def _table(name: str, cells: Sequence[Cell]) -> dict[str, object]:
    """Return a table as the paper has it: a line for each row with a number of ours, a cell a measure."""
    rows: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for cell in cells:
        line = rows.setdefault(tuple(cell.row.values()), {})
        line[cell.measure] = {
            "ours": number(cell.ours, cell.unit),
            "published": number(cell.published, cell.unit),
            "difference": difference(cell),
            "note": cell.note,
        }
    known = [
        (key, list(line.values()))
        for key, line in rows.items()
        if any(cell["difference"] for cell in line.values())
    ]
    return {
        "title": TITLES[name],
        "labels": [label.replace("_", " ") for label in cells[0].row],
        "measures": [MEASURES.get(m, m) for m in dict.fromkeys(cell.measure for cell in cells)],
        "rows": known,
        "n_left_out": len(rows) - len(known),
    }


def _figures(ours: Ours) -> Iterator[dict[str, object]]:
    """Yield a figure for each target and entity: a small plot a source, our curve over the published one."""
    theirs = {_where(curve): curve for curve in published()[1] if curve.model == MODELS[MULTI].title}
    mine = {_where(curve): curve for curve in ours.curves if curve.model == MODELS[MULTI].title}
    for target in CORPORA:
        for entity in (DRUG, DISEASE):
            shared = [key for key in theirs if key in mine and key[:2] == (target, entity)]
            plots = [_plot(mine[key], theirs[key], key[2]) for key in shared if mine[key].has_enough_sizes]
            if plots:
                yield {"title": f"{entity} in {target}", "plots": plots}


def _where(curve: Curve) -> tuple[str, str, str]:
    return curve.target, curve.entity, curve.source


def _plot(own: Curve, other: Curve, source: str) -> dict[str, object]:
    from markupsafe import Markup

    svg = drop_svg_size(render_overlay(own, other, names=(OURS, PUBLISHED), width=_PIXELS, height=_HEIGHT))
    caption = f"after {source}" if source != NONE else name_source(source)
    told = f"F1 by training sentences, {caption}: ours and published. The numbers are in figure1.csv."
    return {"svg": Markup(svg), "caption": caption, "told": told}  # noqa: S704  # Vega has escaped names


def summary(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield which cells of Table 5 agree, a line each."""
    for cell in cells:
        if cell.ours is not None:
            printed = number(cell.published, cell.unit)
            word = "agrees" if cell.difference == 0 else f"{difference(cell)} against {printed} printed"
            what = f"{cell.measure}, {cell.row['entity']}, {cell.row['pretrain']}"
            yield f"{what}: {number(cell.ours, cell.unit)}, {word}{f' ({cell.note})' if cell.note else ''}"
