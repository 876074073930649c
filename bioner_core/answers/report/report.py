"""The report of one answer: a self-contained page that prints well, and the same as CSV."""

import csv
import io
import re
from functools import lru_cache
from pathlib import Path

from bioner_core import __version__
from bioner_core.answers import wording as words
from bioner_core.answers.report import facts, paragraphs
from bioner_core.answers.report.context import Subject
from bioner_core.charts.curve_chart import chart_image, curve_chart, name_of
from bioner_core.charts.fan import fan
from bioner_core.costs.cost import NO_COST, budget_cost, money_told, work_told
from bioner_core.curves.budget import UNTOLD
from bioner_core.curves.points import NONE
from bioner_core.forecast.forecast import Forecast

_PIXELS = 640  # the plot's width: its letters are then as large on A4 as the text


def report(subject: Subject) -> str:
    """Return the report as one HTML page: nothing is fetched, no script runs, all names are escaped."""
    from markupsafe import Markup

    chosen = subject.rows.index(subject.row)
    page: str = template("report.html").render(
        title=f"{words.entity(subject.row.entity)} in {subject.row.target}: sentences to annotate",
        made=f"{words.moment(subject.at)}, BioNER Budget {__version__}",
        lead=words.answer(subject.row),
        boxes=boxes(subject),
        question=facts.question(subject),
        chart=Markup(_chart(subject)),  # noqa: S704  # Vega has escaped the names in it
        caption=_caption(subject),
        answer=facts.answer(subject),
        sources=facts.sources(subject),
        chosen=chosen,
        types=facts.types(subject),
        forecast=forecast_facts(subject.forecast),
        costs=facts.costs(subject.cost, subject.rates),
        proposal=paragraphs.proposal(subject),
        methods=paragraphs.methods(subject),
        limits=paragraphs.limits(subject),
        data=facts.data(subject),
        done=facts.done(subject),
        references=paragraphs.references(subject),
    )
    return page


def report_csv(subject: Subject) -> str:
    """Return the report as CSV: section, item, field, value; sources as ``bioner budget`` has them."""
    lines: list[tuple[str, object, str, object]] = []
    for section, found in (
        ("question", facts.question(subject)),
        ("answer", facts.answer(subject)),
        ("forecast", forecast_facts(subject.forecast)),
        ("cost", facts.costs(subject.cost, subject.rates)),
        ("done", facts.done(subject)),
    ):
        lines += [(section, "", name, value) for name, value in found.items()]
    for section, rows in (("source", subject.rows), ("type", subject.types)):
        for row in rows:
            record = row.record()
            if subject.rates:
                cost = budget_cost(row, subject.rates, n_test=subject.cost.n_test if subject.cost else 0)
                record |= cost.record() if cost else NO_COST
            item = row.source if section == "source" else row.entity
            lines += [(section, item, name, value) for name, value in record.items()]
    for curve in subject.curves:
        for size in (*curve.sizes, *([curve.full] if curve.full else [])):
            for name in ("f1", "low", "high", "n_seeds"):
                lines.append(("curve", f"{curve.source} at {size.n}", name, getattr(size, name)))
    for corpus in facts.data(subject):
        lines += [
            ("data", corpus["Corpus"], name, value) for name, value in corpus.items() if name != "Corpus"
        ]
    lines += [("limit", i, "text", text) for i, text in enumerate(paragraphs.limits(subject), 1)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("section", "item", "field", "value"))
    writer.writerows((a, b, c, "" if value is None else value) for a, b, c, value in lines)
    return text.getvalue()


def boxes(subject: Subject) -> list[tuple[str, str, str]]:
    """Return what stands in large letters: label, number, what it is."""
    row, cost = subject.row, subject.cost
    if row.status in UNTOLD:
        found = [("Plan on", "not known", f"{words.of_untold(row)}: {words.untold(row)}")]
    elif row.n_plan is None:
        found = [("Plan on", words.plan(row), f"no size tried safely reaches {words.goal(row)}")]
    else:
        n = f"{words.count(row.n_plan)} sentences"
        found = [("Plan on", n, f"an even chance to reach {words.goal(row)}")]
    if row.n_plan is not None and words.sure(row):
        found.append(("To be 95 % sure", words.sure(row), f"90 % interval: {words.interval(row)}"))
    if row.source != NONE and row.saved_plan is not None and row.saved_plan > 0:
        found.append(("Saves", f"{words.saving(row)} sentences", "against no pretraining"))
    if cost:
        found.append(("Takes", work_told(cost), money_told(cost) or "of work, all persons together"))
    return found


def forecast_facts(found: Forecast | None) -> facts.Facts:
    """Return a forecast in words; nothing without one."""
    if found is None:
        return {}
    told = {
        "Rests on": f"sizes up to {words.count(found.n_observed)}; {found.method_used}",
        f"F1 of all {words.count(found.pool)}": f"{words.percent(found.full.f1)} "
        f"({words.percent(found.full.low)} to {words.percent(found.full.high)})",
    }
    for need in found.needs:
        goal = f"{100 * need.fraction:g} % of it" if need.fraction else f"F1 {words.percent(need.goal_f1)}"
        high = f"more than {words.count(found.pool)}" if need.is_beyond else words.count(need.high or 0)
        n = "not reached" if need.n is None else words.count(need.n)
        told[f"Sentences for {goal}"] = f"{n} ({words.count(need.low or 0)} to {high})"
    return told


def _chart(subject: Subject) -> str:
    """Return the curves as SVG, as wide as the page."""
    spec = curve_chart(
        subject.curves,
        subject.rows,
        chosen=subject.row.source,
        sources=sorted({point.source for point in subject.run.points()}),  # so that colours are the page's
        beyond=fan(subject.curve, subject.forecast) if subject.forecast else None,
        height=290,
    )
    return elastic(chart_image(spec, "svg", width=_PIXELS).decode())


def elastic(svg: str) -> str:
    """Return an SVG without a size of its own, so that it is as wide as its place."""
    head, sign, rest = svg[svg.index("<svg") :].partition(">")
    return re.sub(r'\s(width|height)="[^"]*"', "", head) + sign + rest


def _caption(subject: Subject) -> str:
    row = subject.row
    which = f"{row.decided_by}, the type that decides" if row.decided_by else words.entity(row.entity)
    spread = "; bands: lowest to highest seed" if (row.n_seeds or 0) > 1 else ""
    fan = "; dashed: its forecast with its 90 % interval" if subject.forecast else ""
    return f"F1 by training sentences for {which} in {row.target}; thick: {name_of(row.source)}{spread}{fan}."


@lru_cache(maxsize=4)
def template(name: str):  # type: ignore[no-untyped-def]  # of a library that is imported at use
    """Return a page's template from this folder; what it is given is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template(name)
