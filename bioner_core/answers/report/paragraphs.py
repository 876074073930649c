"""Paragraphs for a proposal or a paper: what is planned, how it was found, its limits, what to cite."""

from bioner_core import __version__
from bioner_core.answers.combined_estimate import convert_plan
from bioner_core.answers.report.context import ReportContext
from bioner_core.answers.wording.budgets import describe_answer, describe_goal, format_share
from bioner_core.answers.wording.certainty import (
    format_all,
    format_doubt,
    format_interval,
    format_upper_end,
)
from bioner_core.answers.wording.costs import describe_calendar, format_seconds
from bioner_core.answers.wording.names import (
    describe_mentions,
    describe_pretraining,
    describe_training,
    format_corpus,
)
from bioner_core.answers.wording.numbers import format_count, format_f1_interval, join_names
from bioner_core.answers.wording.pools import format_pooled, format_questions
from bioner_core.costs.hours_and_money import format_cost_hours, format_money
from bioner_core.costs.rates import USER_SOURCE
from bioner_core.curves.budget import Budget, PlanMethod
from bioner_core.curves.draws import N_DRAWS
from bioner_core.curves.exclusion import UNANSWERABLE
from bioner_core.curves.points import NONE
from bioner_core.study.jobs import LSTM_CRF, TrainJob

_SMOOTHING: dict[PlanMethod | None, str] = {
    "averaged": "by the average of four families of learning curves, each weighted by its fit",
    "isotonic": "by isotonic regression (pool adjacent violators), weighted by seeds",
    None: "so that it never falls",
}
_REDRAWN = {  # by what models are drawn anew where their seeds cannot be resampled
    "borrowed seeds": "the spread over seeds of other curves of this model",
    "models": "the scatter of single models about the smoothed curve",
}
_BORROWED_END = "It has no model on full data, so it ends at the full F1 without pretraining."


def write_proposal(context: ReportContext) -> str:
    """Return the paragraph for a grant proposal."""
    row = context.row
    if context.verdict:
        return " ".join(filter(None, [context.verdict, _describe_forecast(context), _describe_work(context)]))
    if row.status in UNANSWERABLE:
        sentences = [str(describe_answer(row))]
    elif row.n_plan is None:
        more = "more sentences, " if context.curve.full_reference is None else ""
        sentences = [
            f"{describe_answer(row, context.others)} We will try {more}another source or a lower goal."
        ]
    else:
        corpus = format_corpus(row.target, context.descriptions.get(row.target))
        sentences = [
            f"We plan to annotate {format_count(row.n_plan)} sentences of {corpus} to train the recognition "
            f"of {describe_mentions(row.entity)}.",
            _explain_number(context),
        ]
        if doubt := format_doubt(row):
            sentences.append(
                f"The chance to reach the goal is then 50 %; even {format_all(row)} sentences do not suffice "
                f"with a chance of {doubt}."
            )
        elif upper_end := format_upper_end(row):
            sentences.append(
                f"The chance to reach the goal is then 50 %; to be 95 % sure, we need {upper_end} sentences."
            )
        if lower := _list_other_goals(context):
            sentences.append(lower)
    sentences += [_describe_saving(context), _describe_forecast(context), _describe_work(context)]
    return " ".join(filter(None, sentences))


def _list_other_goals(context: ReportContext) -> str:
    """Say what other shares of full F1 need; "" beside an F1."""
    reached = [other for other in context.others if other.n_plan is not None]
    plans = [f"{format_count(other.n_plan or 0)} reach {format_share(other)}" for other in reached]
    return f"For other shares of full F1: {join_names(plans)}." if plans else ""


def _explain_number(context: ReportContext) -> str:
    """Say what the number rests on."""
    row = context.row
    curves = "published learning curves" if context.run.study.is_published else "learning curves"
    model = describe_training(row.model, row.method).model
    return (
        f"The number was read from {curves}: with this many training sentences, {model} ({row.model}, "
        f"{describe_pretraining(row.source)}) is expected to reach {describe_goal(row)}."
    )


def _describe_saving(context: ReportContext) -> str:
    """Say what pretraining saves; "" where it saves nothing."""
    row = context.row
    if row.source == NONE or row.saved_plan is None or row.saved_plan <= 0 or row.n_plan is None:
        return ""
    bound = "more than " if row.saved_plan_is_bound else ""
    return (
        f"Pretraining on {row.source} saves {bound}{format_count(row.saved_plan)} sentences of annotation "
        "compared with no pretraining."
    )


def _describe_forecast(context: ReportContext) -> str:
    """Say what the forecast is; "" without one."""
    forecast, fraction = context.forecast, context.row.fraction or 0.99
    if forecast is None:
        return ""
    row, need = context.row, forecast.compute_need(fraction=fraction)
    full = context.curve.full_reference
    question = format_pooled(need, forecast.pool)
    if full and row.has_answer and row.fraction is not None and forecast.pool > full.n:
        question = format_questions(convert_plan(row), full.n, need, forecast.pool)
    entity = f" for {row.decided_by}" if row.decided_by else ""
    return (
        f"If all {format_count(forecast.pool)} sentences were annotated, the forecast{entity} is an F1 of "
        f"{format_f1_interval(forecast.full)}. {question}"
    )


def _describe_work(context: ReportContext) -> str:
    """Say what the annotation takes; "" without a plan."""
    cost, rates = context.cost, context.rates
    if cost is None or rates is None:
        return ""
    price = f" and costs {format_money(cost)}" if cost.cost_low is not None else ""
    test = f", {format_count(cost.n_test)} sentences for testing included," if cost.n_test else ""
    source = "our own rate" if rates.source == USER_SOURCE else rates.source
    double = (
        f"; {100 * rates.double:g} % of the sentences are annotated by two, who resolve disagreements"
        * bool(rates.double)
    )
    return (
        f"At {format_seconds(rates)} seconds per sentence ({source}), the annotation{test} takes "
        f"{format_cost_hours(cost)} of work{price}: {describe_calendar(cost, rates)}{double}."
    )


def write_methods(context: ReportContext) -> str:
    """Return the paragraph for a methods section."""
    sentences = [
        f"The number of training sentences was determined with BioNER Budget {__version__}.",
        _describe_curves(context),
        "F1 is entity-level with exact span and type, micro-averaged over the test part, as the CoNLL "
        "script counts.",
        _describe_rule(context),
    ]
    if format_interval(context.row):
        sentences.append(_describe_interval(context.row))
    if context.forecast:
        method = context.forecast.method_used
        sentences.append(f"Beyond the sizes trained the curve is a forecast ({method}).")
    return " ".join(sentences)


def _describe_interval(row: Budget) -> str:
    """Say what the interval was computed from."""
    parts = (row.interval_of or "seeds").split(" and ")
    resampled = [part for part in parts if part not in _REDRAWN]
    ways = [f"a bootstrap of {join_names(resampled)}"] if resampled else []
    ways += [_REDRAWN[part] for part in parts if part in _REDRAWN]
    family = ", each with one of the families" if row.plan_method == "averaged" else ""
    return (
        f"The 90 % interval, {format_interval(row)} sentences, comes from {N_DRAWS} draws of curve and goal "
        f"by {join_names(ways)}{family}; its upper end is the number to be 95 % sure."
    )


def _describe_curves(context: ReportContext) -> str:
    """Say how the curves were trained."""
    row, study = context.row, context.run.study
    pretraining = describe_pretraining(row.source)
    sizes = [size.n for size in context.curve.sizes if size.n]
    span = f"{len(sizes)} sizes from {format_count(sizes[0])} to {format_count(sizes[-1])} sentences"
    full = context.goal_curve and context.goal_curve.full_reference
    if full:
        how = "without" if row.source == NONE or not context.curve.settled_full else "with and without"
        span += f" and on the whole training part ({format_count(full.n)} sentences) {how} pretraining"
    if study.is_published or not study.jobs:
        kind = "the published" if study.is_published else "imported"
        return f"It comes from {kind} curves of {row.model}, {pretraining}: {span}."
    job, settings = study.jobs[0], study.jobs[0].settings
    seeds = f"{len(study.seeds)} seeds" if len(study.seeds) > 1 else "one seed"
    return (
        f"{row.target} (digest {study.corpora[row.target]}) was split once into a training and a test part. "
        f"We {describe_training(row.model, row.method).past_tense} {row.model} (revision "
        f"{job.model_revision}), {pretraining}, on {span}, with {seeds}, each a random order of "
        f"{job.sample}, an initialisation and an order of batches (batch size {settings.batch_size}, "
        f"learning rate {settings.learning_rate:g}, {settings.epochs} epochs, at least {settings.min_steps} "
        f"steps, {_describe_input(job)})."
    )


def _describe_input(job: TrainJob) -> str:
    """Return what a model reads of a sentence."""
    if job.model != LSTM_CRF:
        return f"{job.settings.max_pieces} word pieces"
    if job.trains_word_vectors:
        return "word vectors trained on the text of the training parts"
    return f"word vectors of digest {job.model_revision}"


def _describe_rule(context: ReportContext) -> str:
    """Say how the curve was smoothed and the number was read off it."""
    row, goal = context.row, describe_goal(context.row)
    if not row.has_answer:
        return str(describe_answer(row))
    if row.fraction is not None:
        curve = "that curve" if row.source == NONE else "the smoothed curve without pretraining"
        goal = f"{goal}, a share of the full F1 on {curve}"
    if row.n_plan is None:
        read = f"Up to {format_count(row.n_max or 0)} sentences it is not expected to reach {goal}"
        if row.chance_reached is not None:
            read += f": {100 * row.chance_reached:.0f} % of {N_DRAWS} draws did"
        return f"{_describe_smoothing(context)} {read}."
    first = ""
    if row.n_first is not None:
        first = f"; the first single size to reach the goal was {format_count(row.n_first)}"
    return (
        f"{_describe_smoothing(context)} The number, {format_count(row.n_plan)}, is where it reaches "
        f"{goal}{first}."
    )


def _describe_smoothing(context: ReportContext) -> str:
    """Say how the curve was smoothed, and where it ends."""
    full, smoothing = context.curve.full_reference, _SMOOTHING[context.row.plan_method]
    if full is None:
        return f"The curve was smoothed {smoothing}."
    smoothed = f"The curve was smoothed up to full data ({format_count(full.n)} sentences) {smoothing}."
    return smoothed if context.curve.settled_full else f"{smoothed} {_BORROWED_END}"
