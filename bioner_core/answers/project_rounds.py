"""The rounds of an annotation project as one answer: what was forecast, what it is, when it will be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.analysis.forecast_check import EarlierRound, ForecastCheck, check_forecasts
from bioner_core.answers.corpus_estimate import (
    CorpusEstimate,
    build_request,
    estimate_corpus,
)
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.rates import load_rates
from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.rounds.batch import PoolRest, find_rest
from bioner_core.rounds.outbox import Outbox
from bioner_core.rounds.project import Project, Round, SentTask
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.rounds.velocity import FinishDates, Velocity, compute_finish, compute_velocity
from bioner_core.study.annotation_file import AnnotationStatus
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


@dataclass(frozen=True, kw_only=True)
class RoundOutcome:
    """A round, and what its models say."""

    round: Round
    estimate: CorpusEstimate | None  # None where its run is gone, or holds no text
    checks: tuple[ForecastCheck, ...] = ()  # of the round before
    problem: str = ""  # why there is no estimate
    has_larger_test: bool = False  # than the round before, whose forecasts are of its own test part


@dataclass(frozen=True, kw_only=True)
class ProjectAnswer:
    """Where a project stands."""

    project: Project
    outcomes: tuple[RoundOutcome, ...]  # the oldest first
    rest: PoolRest
    n_waiting: int  # texts that were sent, and are not annotated as of the last round
    n_chosen: int  # texts that were sent by a strategy or a file, not at random
    n_unfinished: int  # texts of a push that broke off, which the tool may have
    velocity: Velocity | None
    finish: FinishDates | None  # None where nothing is missing, or nobody knows how much

    @property
    def last(self) -> RoundOutcome | None:
        """Return the last round; None before the first one."""
        return self.outcomes[-1] if self.outcomes else None

    @property
    def estimate(self) -> CorpusEstimate | None:
        """Return the estimate of the last round."""
        return self.last.estimate if self.last else None


def answer_project(name: str, *, today: date | None = None, has_notes: bool = True) -> ProjectAnswer:
    """Return where a project stands, computed from its files and runs.

    :param has_notes: say beside the last estimate what it rests on; without, it is there much sooner.
    :param today: from which the work goes on; None: the current day (UTC).
    :raises BionerError: there is no such project, or it is damaged.
    """
    projects, runs = ProjectStore(), RunStore()
    project, rounds = projects.load(name), projects.load_rounds(name)
    sent = projects.load_sent(name)
    rest = find_rest(projects.load_pool(name), sent, projects.load_start(name))
    outcomes: list[RoundOutcome] = []
    for number, step in enumerate(rounds):
        is_last = number == len(rounds) - 1
        corpus = projects.load_corpus(name) if is_last and not step.run else None
        noted = has_notes and is_last
        outcomes.append(_assess_round(project, step, outcomes[-1:], runs, corpus, has_notes=noted))
    last = rounds[-1] if rounds else None
    velocity = _compute_velocity(rounds, sent)
    cost = outcomes[-1].estimate.cost if outcomes and outcomes[-1].estimate else None
    push = Outbox(projects, name).load()
    day = today or datetime.now(UTC).date()
    return ProjectAnswer(
        project=project,
        outcomes=tuple(outcomes),
        rest=rest,
        n_waiting=max(0, len(sent) - (last.n_texts - last.n_strange if last else 0)),
        n_chosen=sum(task.chosen_by != RANDOM for task in sent),
        n_unfinished=len(push.batch.texts) if push else 0,
        velocity=velocity,
        finish=compute_finish(cost, velocity, today=day) if cost else None,
    )


def _assess_round(
    project: Project,
    step: Round,
    before: Sequence[RoundOutcome],
    runs: RunStore,
    corpus: Corpus | None,
    *,
    has_notes: bool,
) -> RoundOutcome:
    """Return what the models of a round say.

    :param before: the round before, if there is one.
    :param corpus: of the last round, where nothing is trained yet.
    """
    run = None
    try:
        if step.run:
            run = runs.open(step.run)
            corpus = run.corpora()[run.study.targets[0]]
        if corpus is None:
            return RoundOutcome(round=step, estimate=None, problem="nothing was trained")
        request = build_request(
            corpus,
            AnnotationStatus(
                seconds_per_sentence=step.seconds_per_sentence, seconds_source=step.seconds_source
            ),
            project.rates or load_rates(),
            n_pool=step.n_pool,
            fraction=project.fraction,
        )
        estimate = estimate_corpus(request, runs, run, has_notes=has_notes)
    except BionerError as error:
        return RoundOutcome(round=step, estimate=None, problem=str(error))
    checks = _check_round_before(before[0].round, runs, run) if before and run else ()
    return RoundOutcome(
        round=step,
        estimate=estimate,
        checks=checks,
        has_larger_test=bool(before) and before[0].round.n_test < step.n_test,
    )


def _check_round_before(step: Round, runs: RunStore, run: Run) -> tuple[ForecastCheck, ...]:
    """Compare the forecasts of the round before with the F1 of a run."""
    if not step.run or step.run == run.name:
        return ()
    earlier = runs.open(step.run)
    target = earlier.study.targets[0]
    n_sentences = step.n_train + step.n_test
    earlier_round = EarlierRound(run=earlier, target=target, n_sentences=n_sentences, n_new=0)
    return check_forecasts(earlier_round, run.curves(), load_references(run, runs).curves)


def _compute_velocity(rounds: Sequence[Round], sent: Sequence[SentTask]) -> Velocity | None:
    """Return the speed by the tool's times, else by what each pull found since the first texts were sent."""
    last = rounds[-1] if rounds else None
    if last is None or not last.n_texts:
        return None
    days = dict(last.days)
    if not days and sent:
        days = {sent[0].at[:10]: 0}
        for before, step in zip((None, *rounds), rounds, strict=False):
            day, n_before = step.at[:10], before.n_texts if before else 0
            days[day] = days.get(day, 0) + max(0, step.n_texts - n_before)
    return compute_velocity(days, sentences_per_text=last.n_sentences / last.n_texts)
