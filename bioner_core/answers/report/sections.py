"""The sections of a report as named values: the answer, its sources, hours, the training, the corpora.

Nothing here is text of a corpus, and neither host nor command line, which may name people and places.
"""

from bioner_core import __version__
from bioner_core.answers.report.context import ReportContext
from bioner_core.answers.wording.budgets import (
    BASIS_LABELS,
    build_source_row,
    describe_goal,
    describe_share,
    format_plan,
    format_saving,
)
from bioner_core.answers.wording.certainty import describe_coverage, format_interval, format_upper_end
from bioner_core.answers.wording.costs import describe_calendar, format_cost_sentences, format_seconds
from bioner_core.answers.wording.forecasts import format_need
from bioner_core.answers.wording.names import (
    describe_entity,
    describe_pretraining,
    describe_settings,
    describe_training,
    format_corpus,
)
from bioner_core.answers.wording.numbers import (
    format_count,
    format_f1_interval,
    format_percent,
    format_rounded,
    format_time,
    join_names,
    shorten_bound,
)
from bioner_core.answers.wording.sessions import format_packages
from bioner_core.answers.wording.sources import format_saved_interval
from bioner_core.costs.hours_and_money import Cost, format_cost_hours, format_money
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.study.duration import format_duration

Fields = dict[str, str]
_MAX_SIZES = 12  # that are listed one by one


def build_question(context: ReportContext) -> Fields:
    """Return the corpus, the entity type, the goal and the model."""
    row = context.row
    return {
        "Corpus": format_corpus(row.target, context.descriptions.get(row.target)),
        "Entity": describe_entity(row.entity) + (f" ({row.decided_by} decides)" if row.decided_by else ""),
        "Goal": describe_goal(row),
        "Model": f"{row.model}, {describe_training(row.model, row.method).label}, "
        f"{describe_pretraining(row.source)}",
    }


def build_numbers(context: ReportContext) -> Fields:
    """Return the numbers of the answer; unknown ones are left out."""
    row, description = context.row, context.descriptions.get(context.row.target)
    per_document = description.sentences_per_document if description else None
    f1_first = next((size.f1 for size in context.curve.sizes if size.n == row.n_first), None)
    first_f1 = f" (F1 {format_percent(f1_first)})" if f1_first is not None and not row.decided_by else ""
    upper_end = format_upper_end(row)
    sizes, full = context.curve.settled_sizes, context.curve.full_reference
    seeds = f"{row.n_seeds} or more" if (row.n_seeds or 0) > 1 else "one" if row.n_seeds else None
    best = None if row.best_n is None else f"F1 {format_percent(row.best_f1)} at {format_count(row.best_n)}"
    fields = {
        "Plan on, a 50 % chance": format_plan(row) + (" sentences" if row.n_plan is not None else ""),
        **{
            f"Plan for {describe_share(other)}": format_plan(other) + _format_brackets(other)
            for other in reversed(context.others)
        },
        "The number lies": BASIS_LABELS[row.basis] if row.basis else None,
        "To be 95 % sure": upper_end and f"{upper_end} sentences",
        "90 % interval": format_interval(row),
        "The interval covers": row.interval_of
        and describe_coverage(row.interval_of).removeprefix("the interval covers "),
        "Test shows the goal is reached from": None if row.n_sure is None else format_count(row.n_sure),
        "First reaches the goal at": None if row.n_first is None else format_count(row.n_first) + first_f1,
        "Stays above the goal from": None if row.n_stable is None else format_count(row.n_stable),
        "Saves, compared with no pretraining": None if row.saved_plan is None else _describe_saved(row),
        "Chance to need fewest sentences of all sources": None
        if row.chance_best is None or len(context.rows) < 2
        else f"{100 * row.chance_best:.0f} %",
        "Documents": f"about {format_rounded(row.n_plan / per_document)}"
        if row.n_plan and per_document
        else None,
        "Share of the training part": None
        if row.share_of_train is None
        else f"{100 * row.share_of_train:.0f} %",
        "Best size below full data": best,
        "Largest size below full data": None if not sizes else format_count(sizes[-1].n),
        "Full data": None if full is None else format_count(full.n),
        "Models per size": seeds,
        "Test mentions": None if context.curve.support is None else format_count(context.curve.support),
    }
    return {name: value for name, value in fields.items() if value}


def _format_brackets(row: Budget) -> str:
    """Return the 90 % interval of a plan in brackets; "" where none is known."""
    interval = format_interval(row)
    return f" ({interval})" if interval and row.n_plan is not None else ""


def _describe_saved(row: Budget) -> str:
    interval = format_saved_interval(row)
    return format_saving(row) + (f" ({interval})" if interval and (row.saved_plan or 0) >= 0 else "")


def build_sources(context: ReportContext) -> list[Fields]:
    """Return a row for each source, the best first."""
    return [build_source_row(row) for row in context.rows]


def build_types(context: ReportContext) -> list[Fields]:
    """Return a row for each type, where the answer is for every type."""
    return [
        {
            "Entity": row.entity,
            "Plan": format_plan(row),
            "95 % sure": shorten_bound(format_upper_end(row)),
            "Goal F1": format_percent(row.plan_goal_f1),
            "Full F1": format_percent(row.full_f1 if row.plan_full_f1 is None else row.plan_full_f1),
        }
        for row in context.types
    ]


def build_forecast(context: ReportContext) -> Fields:
    """Return the F1 and the needs of a forecast, and what it rests on; nothing without one."""
    forecast = context.forecast
    if forecast is None:
        return {}
    fields = {
        "Based on": f"sizes up to {format_count(forecast.n_observed)}; {forecast.method_used}",
        **({"Rests on": context.basis} if context.basis else {}),
        f"F1 with all {format_count(forecast.pool)} sentences": format_f1_interval(forecast.full),
    }
    for need in forecast.needs:
        goal = f"{100 * need.fraction:g} % of it" if need.fraction else f"F1 {format_percent(need.goal_f1)}"
        fields[f"Sentences for {goal}"] = format_need(need, forecast.pool)
    return fields


def build_costs(cost: Cost | None, rates: Rates | None) -> Fields:
    """Return hours, money and weeks, and the rates behind them; nothing without a plan."""
    if cost is None or rates is None:
        return {}
    n_test = f", {format_count(cost.n_test)} of them for testing" if cost.n_test else ""
    annotated_by = "one person per sentence"
    if rates.double:
        annotated_by = (
            f"{100 * rates.double:g} % by two; resolving disagreements takes {100 * rates.adjudication:g} % "
            "of the time of one annotation"
        )
    fields = {
        "Sentences": format_cost_sentences(cost) + n_test,
        "Hours of work": format_cost_hours(cost),
        "Cost": format_money(cost),
        "Calendar": describe_calendar(cost, rates),
        "Seconds per sentence": f"{format_seconds(rates)} ({rates.source})",
        "Annotated by": annotated_by,
        "Preparation": f"{rates.setup_hours:g} h" if rates.setup_hours else "not counted",
    }
    return {name: value for name, value in fields.items() if value}


def build_training(context: ReportContext) -> Fields:
    """Return how the models were trained, with which software, and when."""
    study, record = context.run.study, context.run.record
    sizes = [size.n for size in context.curve.sizes if size.n]
    seconds = {row.job: row.point.seconds for row in context.run.rows() if row.job and row.point.seconds}
    revisions = sorted({job.model_revision for job in study.jobs})
    jobs = study.jobs[:1]
    fields = {
        "Run": context.run.title,
        "Published as": str(record.get("citation", "")),
        "Preset": study.preset,
        "Encoder": context.row.model + (f", revision {', '.join(revisions)}" if revisions else ""),
        "Sizes": _format_sizes(sizes),
        "Seeds": ", ".join(map(str, study.seeds)),
        "Sample": "".join(f"random {job.sample}, split by seed {job.split_seed}" for job in jobs),
        "Training": describe_settings(study.settings) if study.settings else "",
        "Models trained": format_count(len(seconds)) if seconds else "",
        "Time of training": format_duration(sum(seconds.values())) if seconds else "",
        "Left out": " ".join(study.notes) if study.jobs else "",
        **_build_sessions(context),
    }
    return {name: value for name, value in fields.items() if value}


def _format_sizes(sizes: list[int]) -> str:
    """List the sizes, or say how many there are."""
    if len(sizes) > _MAX_SIZES:
        return f"{len(sizes)} sizes from {format_count(sizes[0])} to {format_count(sizes[-1])}"
    return join_names([format_count(n) for n in sizes]) if sizes else ""


def _build_sessions(context: ReportContext) -> Fields:
    """Return when and with which versions the run was trained, and what wrote the report."""
    sessions = context.run.study.sessions
    report = {"Report written": f"{format_time(context.at)}, BioNER Budget {__version__}"}
    if not sessions:
        return report
    last = sessions[-1]
    devices = dict.fromkeys(str(session["device"]) for session in sessions if session.get("device"))
    program = f"BioNER Budget {last.get('program', '')}"
    return {
        "Planned": format_time(str(sessions[0].get("at", ""))),
        "Last worked on": format_time(str(last.get("at", ""))),
        "Program": program + (f", commit {last['commit']}" if last.get("commit") else ""),
        "Versions": ", ".join(filter(None, [f"Python {last.get('python', '')}", format_packages(last)])),
        "Trained on": ", ".join(devices),
        **report,
    }


def build_corpora(context: ReportContext) -> list[Fields]:
    """Return a row for each corpus: counts and digests, no text."""
    study = context.run.study
    train_sizes = {context.row.target: context.curve.train_size, **study.train_sizes}
    rows = []
    for name in context.corpora:
        description = context.descriptions.get(name)
        counts = {
            "Documents": description.documents if description else None,
            "Sentences": description.sentences if description else None,
            "Training part": train_sizes.get(name),
        }
        rows.append(
            {
                "Corpus": format_corpus(name, description),
                "Role": "target" if name == context.row.target else "source",
                **{label: "–" if count is None else format_count(count) for label, count in counts.items()},
                "Digest": study.corpora.get(name) or "–",
            }
        )
    return rows
