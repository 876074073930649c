"""The context of a report: one answer of one run, and all that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bioner_core.analysis.break_even import (
    BreakEven,
    ExternalScore,
    compare_score,
    find_break_even,
    list_external_scores,
    select_run_scores,
)
from bioner_core.analysis.pre_annotation import PreAnnotation, find_pre_annotation
from bioner_core.answers.goal_plans import map_goal_plans
from bioner_core.answers.pretraining_gain import SourceGain, find_gain
from bioner_core.answers.sort_order import sort_sources
from bioner_core.corpus.description import CorpusDescription
from bioner_core.costs.hours_and_money import Cost
from bioner_core.costs.rates import Rates
from bioner_core.curves.best_source import BEST, add_chances
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.budget_table import combine_types
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.curves.sources import list_source_corpora
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time
from bioner_core.forecast.forecast import Forecast
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora


@dataclass(frozen=True, kw_only=True)
class ReportContext:
    """One answer: the chosen row, those of the other sources, their curves, the run they come from."""

    run: Run
    row: Budget  # the answer
    rows: tuple[Budget, ...]  # of all sources for the same target, entity, model and method
    plans: Mapping[tuple[str, str], tuple[Budget, ...]] = field(default_factory=dict)
    """Type and source → the rows at other shares of full F1."""
    types: tuple[Budget, ...] = ()  # where the answer is for every type: the row of each, same source
    curves: tuple[Curve, ...]  # drawn together: of the row's entity, or of the type that decides
    cost: Cost | None = None
    rates: Rates | None = None  # of the cost
    forecast: Forecast | None = None
    noise: SamplingNoise = field(default_factory=SamplingNoise)  # that the intervals rest on
    basis: str = ""  # which runs the forecast learned from, and when, in a sentence
    verdict: str = ""  # of an estimate, whose pool makes it another question than the row's
    boxes: tuple[tuple[str, str, str], ...] = ()  # its figures: label, number, explanation
    at: str = field(default_factory=format_current_time)  # UTC, ISO 8601

    def __post_init__(self) -> None:
        """Refuse an answer that is not among the rows or has no curve."""
        if self.row not in self.rows or not any(c.source == self.row.source for c in self.curves):
            raise BionerError("a report needs its answer among the rows, and the curve of this answer.")

    @property
    def curve(self) -> Curve:
        """Return the curve of the answer; for every type that of the type that decides."""
        return next(curve for curve in self.curves if curve.source == self.row.source)

    @property
    def goal_curve(self) -> Curve | None:
        """Return the curve without pretraining, which sets the goal."""
        return next((curve for curve in self.curves if curve.source == NONE), None)

    @property
    def others(self) -> tuple[Budget, ...]:
        """Return the answer's source at other shares of full F1."""
        return self.list_others(self.row)

    def list_others(self, row: Budget) -> tuple[Budget, ...]:
        """Return a row's source at other shares of full F1."""
        return self.plans.get((row.entity, row.source), ())

    @cached_property
    def gain(self) -> SourceGain | None:
        """Return what the row's source adds at a first annotation; without one, the most helpful source."""
        return find_gain(self.row, self.rows, self.curves, self.noise)

    @cached_property
    def break_even(self) -> BreakEven | None:
        """Return from where the answer's curve is better than a system that is not trained here."""
        return self.compare_row(self.row)

    def compare_row(self, row: Budget) -> BreakEven | None:
        """Return from where a row's curve, or that of the type that decides, is better than a system."""
        curve = self._find_curve(row.source, row.decided_by or row.entity)
        scores = list_external_scores(self.run)
        return find_break_even(scores, curve, self._run_curves, self.noise) if curve and scores else None

    @cached_property
    def systems(self) -> tuple[ExternalScore, ...]:
        """Return the systems that the chart shows, the best first."""
        return select_run_scores(self.run, self.curve)

    @cached_property
    def compared_systems(self) -> tuple[tuple[ExternalScore, BreakEven | None], ...]:
        """Return each system for each type of the answer, and from where the answer's source is better."""
        entities = [self.row.entity] if self.row.entity != EVERY else [row.entity for row in self.types]
        curves = filter(None, (self._find_curve(self.row.source, entity) for entity in entities))
        return tuple(
            (score, compare_score(score, curve, self._run_curves, self.noise))
            for curve in curves
            for score in select_run_scores(self.run, curve)
        )

    @cached_property
    def pre_annotation(self) -> PreAnnotation | None:
        """Return the system whose annotations are best to correct."""
        return find_pre_annotation(self.run, self.row.target, self._run_curves)

    @cached_property
    def _run_curves(self) -> Sequence[Curve]:
        return self.run.curves(macro=True)

    def _find_curve(self, source: str, entity: str) -> Curve | None:
        key = (self.row.target, source, self.row.model, self.row.method, entity)
        return next((curve for curve in self._run_curves if curve.key == key), None)

    @cached_property
    def descriptions(self) -> Mapping[str, CorpusDescription]:
        """Return the descriptions of the run's corpora, by name."""
        return describe_run_corpora(self.run)

    @property
    def corpora(self) -> tuple[str, ...]:
        """Return the names of the corpora that the answer used: the target, then its sources."""
        names = [self.row.target]
        for source in (row.source for row in self.rows):
            names += [source] if source in self.descriptions else list_source_corpora(source)
        return tuple(dict.fromkeys(names))


def choose_answer(
    curves: Sequence[Curve],
    rows: Sequence[Budget],
    *,
    run: Run,
    target: str | None = None,
    entity: str | None = None,
    source: str | None = None,
    model: str | None = None,
    noise: SamplingNoise | None = None,
) -> ReportContext:
    """Return the answer with these properties; a property that all answers share need not be given.

    Without a type the answer is for every type, or for the only one; without a source, or with "best", it is
    from the source that most likely needs least.

    :param curves: all curves of the run.
    :param rows: their budgets, one for each type.
    :param noise: that they were computed with.
    :raises BionerError: there is no such answer, or several.
    """
    if not rows:
        raise BionerError(
            f"run {run.name}: no curve of two or more sizes yet, so there is nothing to report."
        )
    target = _choose_value("target", target, [row.target for row in rows], run=run)
    rows = [row for row in rows if row.target == target]
    model = _choose_value("model", model, [f"{row.model}, {row.method}" for row in rows], run=run)
    rows = [row for row in rows if f"{row.model}, {row.method}" == model]
    entities = {row.entity for row in rows}
    types = sorted(entities - set(AVERAGES))
    default = None if not types else types[0] if len(types) == 1 else EVERY
    entity = _choose_value("entity", entity or default, [*entities, *([EVERY] if types else [])], run=run)
    is_every = entity == EVERY
    of_entity = combine_types(rows) if is_every else [row for row in rows if row.entity == entity]
    selected = sort_sources(add_chances(of_entity))
    source = selected[0].source if source in (None, BEST) else source
    source = _choose_value("source", source, [r.source for r in selected], run=run)
    answer = next(row for row in selected if row.source == source)
    curve_entity = answer.decided_by or answer.entity
    keys = {(row.target, row.model, row.method, curve_entity, row.source) for row in selected}
    type_rows = [row for row in rows if row.source == source and row.entity not in AVERAGES]
    model_curves = [curve for curve in curves if (curve.model, curve.method) == (answer.model, answer.method)]
    return ReportContext(
        run=run,
        row=answer,
        rows=tuple(selected),
        plans=map_goal_plans([*selected, *(type_rows if is_every else [])], model_curves, noise),
        noise=noise or SamplingNoise(),
        types=tuple(type_rows) if is_every else (),
        curves=tuple(c for c in curves if (c.target, c.model, c.method, c.entity, c.source) in keys),
    )


def _choose_value(field_name: str, wanted: str | None, values: Sequence[str], *, run: Run) -> str:
    """Return the wanted value, or the only one there is."""
    choices = sorted(set(values))
    if wanted is None and len(choices) == 1:
        return choices[0]
    if wanted is not None and field_name == "model":  # with or without its method
        matches = [choice for choice in choices if wanted in (choice, choice.rsplit(", ", 1)[0])]
        wanted = matches[0] if len(matches) == 1 else wanted
    if wanted in choices:
        return str(wanted)
    problem = "a report is about one answer" if wanted is None else f"no {field_name} {wanted!r}"
    raise BionerError(
        f"run {run.name}: {problem}; choose one with --{field_name}. Available: {'; '.join(choices)}."
    )
