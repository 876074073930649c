"""The steps of a round that page and command share: choose texts, fetch annotations, plan the probe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from bioner_core.analysis.estimate_basis import freeze_references
from bioner_core.answers.probe_study import PRESET, open_or_create_run, plan_probe
from bioner_core.answers.project_rounds import ProjectAnswer, answer_project
from bioner_core.connections.tool import Connection
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.costs.rates import Rates, derive_timed_rates
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time
from bioner_core.rounds.batch import Batch, Chooser, choose_batch, find_rest, share_out
from bioner_core.rounds.exchange import fetch_annotations
from bioner_core.rounds.merging import Merged
from bioner_core.rounds.outbox import Outbox
from bioner_core.rounds.pool_texts import PoolText
from bioner_core.rounds.project import Project, Round
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.rounds.velocity import count_days
from bioner_core.study.annotation_file import AnnotationStatus, save_annotation_status
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.users.audit import record_action

FIRST_TEXTS = 100  # of the first batch, where nothing is annotated


@dataclass(frozen=True, kw_only=True)
class FetchedRound:
    """What was fetched, and the round that it is."""

    step: Round
    merged: Merged
    is_new: bool  # something has changed since the round before


def choose_next_batch(
    project: Project,
    store: ProjectStore,
    *,
    n: int | None = None,
    n_test: int | None = None,
    seed: int = 0,
    choose: Chooser | None = None,
    chosen_by: str = "random",
) -> Batch:
    """Choose the next texts of a project.

    :param n: texts to train on; None: as many as the last estimate advises.
    :param n_test: texts to test on, in addition; None: 30 % of ``n`` where there is no test part yet, else
        as the estimate advises.
    :param choose: chooses those to train on; None: at random.
    :param chosen_by: its name, kept with each text.
    :raises BionerError: there are not as many, or none is advised.
    """
    if Outbox(store, project.name).load():
        raise BionerError(f"project {project.name}: the last push broke off. Finish it first.")
    start, sent = store.load_start(project.name), store.load_sent(project.name)
    rest = find_rest(store.load_pool(project.name), sent, start)
    if not rest.texts:
        raise BionerError(f"project {project.name}: annotators have got all texts.")
    n_train, n_test = resolve_numbers(project, store, n=n, n_test=n_test)
    return choose_batch(
        rest,
        n_train=n_train,
        n_test=n_test,
        seed=seed,
        choose=choose,
        chosen_by=chosen_by,
    )


def resolve_numbers(
    project: Project, store: ProjectStore, *, n: int | None, n_test: int | None
) -> tuple[int, int]:
    """Return the texts to train on and to test on of the next batch, as :func:`choose_next_batch` has them.

    :raises BionerError: none are wanted, or none are advised.
    """
    sent = store.load_sent(project.name)
    has_test_part = store.load_start(project.name) is not None or any(task.part == "test" for task in sent)
    n_train, n_missing = (n, 0) if n is not None or n_test else advise_texts(project.name)
    n_train = n_train or 0
    if n_test is None:
        n_test = n_missing if has_test_part else share_out(n_train)
        n_train -= 0 if has_test_part else n_test
    if n_train < 0 or n_test < 0 or n_train + n_test == 0:
        raise BionerError(f"{n_train:,} texts to train on and {n_test:,} to test on: ask for at least one.")
    return n_train, n_test


def advise_texts(name: str) -> tuple[int, int]:
    """Return the texts to train on and to test on that the last estimate advises for the next round.

    :raises BionerError: it advises none.
    """
    answer = answer_project(name, has_notes=False)
    rest, estimate = answer.rest, answer.estimate
    if estimate is None:
        n_first = min(FIRST_TEXTS, len(rest.trainable))
        return _subtract_waiting(n_first, 0, answer)
    n_missing = max(0, estimate.n_test - estimate.best.pool.n_test) if estimate.advice == "test" else 0
    if not estimate.next_round and not n_missing:
        raise BionerError(
            f"{estimate.verdict} So no number of texts is advised: name one, to train on or to test on."
        )
    per_text = max(1.0, sum(text.n_sentences for text in rest.texts) / max(1, len(rest.texts)))
    n_train, n_test = (ceil(n / per_text) for n in (estimate.next_round, n_missing))
    return _subtract_waiting(min(n_train, len(rest.trainable)), min(n_test, len(rest.testable)), answer)


def _subtract_waiting(n_train: int, n_test: int, answer: ProjectAnswer) -> tuple[int, int]:
    """Return what is advised if little of it is with the annotators already."""
    if answer.n_waiting < n_train + n_test:
        return max(0, n_train - answer.n_waiting), n_test
    raise BionerError(
        f"{answer.n_waiting:,} texts are with the annotators, and {n_train + n_test:,} are advised for this "
        "round. Fetch what they have done first, or name a number."
    )


def fetch_round(project: Project, connection: Connection, store: ProjectStore) -> FetchedRound:
    """Fetch all that is annotated; where it has changed, keep it as a round.

    :raises BionerError: nothing is annotated, or it cannot be read.
    """
    merged, export = fetch_annotations(project, connection, store)
    rounds = store.load_rounds(project.name)
    last = rounds[-1] if rounds else None
    if last and last.digest == merged.corpus.digest:
        return FetchedRound(step=last, merged=merged, is_new=False)
    sent, start = store.load_sent(project.name), store.load_start(project.name)
    done = [task for task in sent if task.part == "test" or task.key in merged.keys]
    rest = find_rest(store.load_pool(project.name), done, start)
    timed = derive_timed_rates(merged.reading, merged.n_sentences, Rates())
    step = replace(
        _build_round(merged.corpus, number=last.number + 1 if last else 1, n_rest=rest.n_sentences),
        n_texts=len(merged.keys),
        n_strange=merged.n_strange,
        n_sentences=merged.n_sentences,
        days=count_days(export.times),
        agreement_f1=merged.corpus.agreement_f1,
        seconds_per_sentence=timed.seconds_low if timed else None,
        seconds_source=timed.source if timed else "",
    )
    store.save_corpus(project.name, merged.corpus)
    store.save_round(project.name, step)
    return FetchedRound(step=step, merged=merged, is_new=True)


def begin_project(
    project: Project, texts: Sequence[PoolText], corpus: Corpus | None, store: ProjectStore
) -> Round | None:
    """Make a project; return round 0, which is the corpus that it begins with; None without one."""
    store.create(project, texts, corpus)
    if corpus is None:
        return None
    step = _build_round(corpus, number=0, n_rest=find_rest(texts, (), corpus).n_sentences)
    store.save_corpus(project.name, corpus)
    store.save_round(project.name, step)
    return step


def change_project(name: str, store: ProjectStore, *, fraction: float | None, rates: Rates | None) -> Project:
    """Give a project another goal and other rates; rounds, runs and texts stay as they are.

    :param fraction: of what all texts would give, in (0, 1]; None: as an estimate has it.
    :param rates: None: those of Settings.
    :raises BionerError: they are out of range, or there is no such project.
    """
    project = replace(store.load(name), fraction=fraction, rates=rates)
    store.save(project)
    record_action("change project", name)
    return project


def open_round_run(name: str, step: Round, corpus: Corpus, store: ProjectStore) -> Run:
    """Return the probe's run of a round, made where there is none, and keep its name with the round."""
    runs = RunStore()
    run = open_or_create_run(plan_probe(corpus, choose_model(None, PRESET)), corpus, runs)
    timing = AnnotationStatus(
        seconds_per_sentence=step.seconds_per_sentence, seconds_source=step.seconds_source
    )
    save_annotation_status(run, timing)
    freeze_references(run, runs)  # what is forecast rests on what was known then
    if step.run != run.name:
        store.save_round(name, replace(step, run=run.name))
    return run


def _build_round(corpus: Corpus, *, number: int, n_rest: int) -> Round:
    split = split_corpus(corpus)
    return Round(
        number=number,
        at=format_current_time(),
        digest=corpus.digest,
        run="",
        n_train=len(split.train),
        n_test=len(split.test),
        n_pool=len(split.train) + n_rest,
    )
