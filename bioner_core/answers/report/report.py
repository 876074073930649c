"""The report of one answer: a self-contained page that prints well, and the same as CSV."""

import re
from functools import lru_cache
from pathlib import Path

from bioner_core import __version__
from bioner_core.answers.goal_plans import build_goal_record
from bioner_core.answers.pool_needs import build_pool_row
from bioner_core.answers.report import limits, paragraphs, sections
from bioner_core.answers.report.context import ReportContext
from bioner_core.answers.report.system_section import build_systems
from bioner_core.answers.wording.break_even import describe_break_even, format_lower_goal
from bioner_core.answers.wording.budgets import (
    describe_answer,
    describe_goal,
    describe_unanswered,
    explain_no_answer,
    format_plan,
    format_saving,
)
from bioner_core.answers.wording.certainty import (
    format_all,
    format_doubt,
    format_interval,
    format_upper_end,
)
from bioner_core.answers.wording.names import describe_entity
from bioner_core.answers.wording.numbers import format_count, format_time
from bioner_core.answers.wording.pre_annotation import build_correction_record, describe_pre_annotation
from bioner_core.answers.wording.sources import describe_gain, describe_subject
from bioner_core.charts.axes import AxisView, choose_scale
from bioner_core.charts.curve_chart import build_curve_chart, name_source, render_chart
from bioner_core.charts.fan import build_fan
from bioner_core.charts.smooth_curves import build_smooth_curves
from bioner_core.costs.hours_and_money import NO_COST, compute_budget_cost, format_cost_hours, format_money
from bioner_core.costs.rates import Rates
from bioner_core.csv_text import format_csv
from bioner_core.curves.budget import Budget
from bioner_core.curves.exclusion import UNANSWERABLE
from bioner_core.curves.points import NONE

_PIXELS = 640  # the plot's width: its letters are then as large on A4 as the text


def render_report(context: ReportContext) -> str:
    """Return the report as one HTML page: nothing is fetched, no script runs, all names are escaped."""
    from markupsafe import Markup

    chosen = context.rows.index(context.row)
    page: str = load_template("report.html").render(
        title=f"{describe_entity(context.row.entity)} in {context.row.target}: sentences to annotate",
        made=f"{format_time(context.at)}, BioNER Budget {__version__}",
        lead=context.verdict or str(describe_answer(context.row, context.others)),
        subject=describe_subject(context.row, context.rows),
        gain=_describe_alternatives(context),
        boxes=context.boxes or build_boxes(context),
        question=sections.build_question(context),
        chart=Markup(_render_chart(context)),  # noqa: S704  # Vega has escaped the names in it
        caption=_describe_chart(context),
        answer=sections.build_numbers(context),
        sources=sections.build_sources(context),
        chosen=chosen,
        types=sections.build_types(context),
        systems=build_systems(context),
        forecast=sections.build_forecast(context),
        costs=sections.build_costs(context.cost, context.rates),
        proposal=paragraphs.write_proposal(context),
        methods=paragraphs.write_methods(context),
        limits=limits.list_limits(context),
        data=sections.build_corpora(context),
        done=sections.build_training(context),
        references=limits.list_references(context),
    )
    return page


def render_report_csv(context: ReportContext) -> str:
    """Return the report as CSV: section, item, field, value; sources as ``bioner budget`` has them."""
    lines: list[tuple[str, object, str, object]] = []
    for section, section_fields in (
        ("question", sections.build_question(context)),
        ("answer", sections.build_numbers(context)),
        ("forecast", sections.build_forecast(context)),
        ("cost", sections.build_costs(context.cost, context.rates)),
        ("done", sections.build_training(context)),
    ):
        lines += [(section, "", name, value) for name, value in section_fields.items()]
    for section, rows in (("source", context.rows), ("type", context.types)):
        for row in rows:
            item = row.source if section == "source" else row.entity
            lines += [(section, item, name, value) for name, value in _build_record(row, context).items()]
    for score, break_even in context.compared_systems:
        item = f"{score.point.model}, {score.point.entity}"
        record = (break_even or score).record()
        lines += [("system", item, name, value) for name, value in record.items()]
    for curve in context.curves:
        for size in (*curve.sizes, *([curve.full] if curve.full else [])):
            for name in ("f1", "low", "high", "n_seeds"):
                lines.append(("curve", f"{curve.source} at {size.n}", name, getattr(size, name)))
    for corpus in sections.build_corpora(context):
        name = corpus.pop("Corpus")
        lines += [("data", name, label, value) for label, value in corpus.items()]
    lines += [("limit", i, "text", text) for i, text in enumerate(limits.list_limits(context), 1)]
    return format_csv(("section", "item", "field", "value"), lines)


def render_plan_csv(context: ReportContext) -> str:
    """Return the plan of each source, and of each type, as CSV with the columns of ``bioner budget``."""
    records = [_build_record(row, context) for row in (*context.rows, *context.types)]
    columns = list(dict.fromkeys(name for record in records for name in record))
    return format_csv(columns, ([record.get(name) for name in columns] for record in records))


def _build_record(budget: Budget, context: ReportContext) -> dict[str, object]:
    """Return the row of ``bioner budget --format json``, with its cost where there are rates."""
    break_even = context.compare_row(budget)
    record = {
        **budget.record(),
        **build_goal_record(budget, context.list_others(budget)),
        **(break_even.record() if break_even else {}),
        **build_correction_record(context.pre_annotation, budget.n_plan, context.rates),
    }
    if not context.rates:
        return record
    n_test = context.cost.n_test if context.cost else 0
    cost = compute_budget_cost(budget, context.rates, n_test=n_test)
    return record | (cost.record() if cost else NO_COST)


def build_boxes(context: ReportContext) -> list[tuple[str, str, str]]:
    """Return the numbers in large letters: label, number, explanation."""
    row, cost, upper_end = context.row, context.cost, format_upper_end(context.row)
    if row.status in UNANSWERABLE:
        boxes = [("Plan on", "not known", f"{describe_unanswered(row)}: {explain_no_answer(row)}")]
    elif row.n_plan is None:
        why = f"{format_all(row)} sentences are not expected to reach {describe_goal(row)}"
        boxes = [("Plan on", format_plan(row), why)]
    else:
        n = f"{format_count(row.n_plan)} sentences"
        boxes = [("Plan on", n, f"a 50 % chance to reach {describe_goal(row)}")]
    if row.n_plan is not None and upper_end:
        doubt = format_doubt(row)
        label, number = ("To be 95 % sure", f"{upper_end} sentences")
        if doubt:
            label, number = f"Even {format_all(row)} do not suffice", f"with a chance of {doubt}"
        boxes.append((label, number, f"90 % interval: {format_interval(row)}"))
    if row.source != NONE and row.saved_plan is not None and row.saved_plan > 0:
        boxes.append(("Saves", f"{format_saving(row)} sentences", "compared with no pretraining"))
    if cost:
        boxes.append(("Work", format_cost_hours(cost), format_money(cost) or "of all annotators together"))
    return boxes


def _render_chart(context: ReportContext) -> str:
    """Return the curves as SVG as wide as the page."""
    pooled = context.forecast if context.verdict else None  # its pool sets the goal
    fraction = context.row.fraction or 0.99
    spec = build_curve_chart(
        context.curves,
        [build_pool_row(context.curve, pooled, fraction)] if pooled else context.rows,
        chosen=context.row.source,
        sources=sorted({point.source for point in context.run.points()}),  # so that colours are the page's
        view=AxisView(scale=choose_scale(context.curve)),
        smooth=build_smooth_curves(context.curves, context.noise, chosen=context.row.source),
        fan=build_fan(context.curve, context.forecast) if context.forecast else None,
        systems=context.systems,
        full_name=f"all {format_count(pooled.pool)}" if pooled else "full data",
        height=290,
    )
    return drop_svg_size(render_chart(spec, "svg", width=_PIXELS).decode())


def drop_svg_size(svg: str) -> str:
    """Return an SVG without width and height, so that it fills its container."""
    head, sign, rest = svg[svg.index("<svg") :].partition(">")
    return re.sub(r'\s(width|height)="[^"]*"', "", head) + sign + rest


def _describe_alternatives(context: ReportContext) -> str:
    """Say what pretraining brings, and what a system brings that is not trained here."""
    gain = describe_gain(context.gain.gain, context.gain.budget) if context.gain else ""
    entity = context.row.decided_by or ""
    system = describe_break_even(
        context.break_even,
        entity=entity,
        rates=context.rates,
        lower_goal=format_lower_goal(context.others),
    )
    correction = describe_pre_annotation(context.pre_annotation, context.row.n_plan, context.rates or Rates())
    return " ".join(filter(None, (gain, system, correction)))


def _describe_chart(context: ReportContext) -> str:
    row = context.row
    entity = f"{row.decided_by}, the type that decides" if row.decided_by else describe_entity(row.entity)
    spread = "; band and bar: 90 % intervals; points: single models" if row.interval else ""
    fan = "; dashed: forecast with 90 % interval" if context.forecast else ""
    system, *others = [score.point.model for score in context.systems] or [""]
    dotted = f"; dotted: {system}{' and other systems' if others else ''}" if system else ""
    thick = f"thick line: {name_source(row.source)}, smoothed"
    return f"F1 by training sentences for {entity} in {row.target}; {thick}{spread}{fan}{dotted}."


@lru_cache(maxsize=4)
def load_template(name: str):  # type: ignore[no-untyped-def]  # of a library that is imported at use
    """Return a template of this folder; all values are escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template(name)
