"""What the Upload page advises: three estimates side by side, the last word, rounds, what stops paying."""

import html
from dataclasses import dataclass
from functools import partial

import streamlit as st

from bioner_core.analysis.forecast_check import Round, came, earlier
from bioner_core.analysis.reference_curves import Known, known_curves, runs_to_learn_from
from bioner_core.analysis.resampling import chance
from bioner_core.answers import probe_ratio as calibration
from bioner_core.answers import verdict
from bioner_core.answers.effort import effort, effort_told
from bioner_core.answers.estimate import (
    MOST_POOL,
    Estimate,
    Pool,
    from_curves,
    from_similar,
    pool_of,
    test_sentences,
)
from bioner_core.answers.sampling import sampled
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.budget import curve_budgets, every_type
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.ui.budget import wording as words
from bioner_core.ui.shared import caveats as weak
from bioner_core.ui.shared.address import addressed
from bioner_core.ui.shared.live_run import told
from bioner_core.ui.shared.markup import count
from bioner_core.ui.shared.rates import known_rates
from bioner_core.ui.shared.widgets import card
from bioner_core.ui.upload.cards import now_card, probe_card, trained_card
from bioner_core.ui.upload.files import copy_of


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The estimates of a corpus, and what they are of."""

    corpus: Corpus
    pool: Pool
    similar: Estimate
    probe: Estimate | None = None

    @property
    def best(self) -> Estimate:
        """Return the estimate that rests on most."""
        return self.probe or self.similar

    @property
    def n_test(self) -> int:
        """Return the sentences to test on that a plan needs."""
        return test_sentences(self.corpus, self.pool)


def _whole(low: int, text: str) -> int:
    value = int(text)
    if not low <= value <= MOST_POOL:
        raise ValueError(text)
    return value


def ask_pool(corpus: Corpus, *, n_unannotated: int = 0) -> Pool:
    """Draw the question how much could be annotated; what the files show is its default."""
    usual = pool_of(corpus, n_unannotated=n_unannotated)
    told = addressed("pool", partial(_whole, usual.n_train), default=usual.n_all, what="number of sentences")
    st.number_input(
        "How many sentences could you annotate at most?",
        min_value=usual.n_train,
        max_value=MOST_POOL,
        step=100,
        key="pool",
        width=360,
        help=f"To train on, the {count(usual.n_train)} included that are annotated. The goal is 99 % of what "
        "all of them would reach.",
    )
    return usual if told == usual.n_all else pool_of(corpus, told=told)


def ask_pool_of(run: Run) -> None:
    """Draw the question for a run's corpus, where its text is here."""
    if run.study.targets and (corpus := copy_of(run, run.study.targets[0])):
        ask_pool(corpus)


def advised(run: Run) -> Advice | None:
    """Return the estimates of a run's corpus as far as it has come; None where the text did not travel."""
    corpus = copy_of(run, run.study.targets[0]) if run.study.targets else None
    if corpus is None:
        return None
    told = st.session_state.get("pool")
    pool = pool_of(corpus, told=told) if told else pool_of(corpus)
    others = _key(without=run.name)
    similar = _similar(corpus.digest, pool, others, corpus, run.name)
    probe = _probe(run.name, run.changed, pool, others, run, corpus.digest)
    return Advice(corpus=corpus, pool=pool, similar=similar, probe=probe)


def at_once(corpus: Corpus, *, n_unannotated: int) -> Pool:
    """Show what similar corpora tell, before anything is trained; return what could be annotated."""
    pool = ask_pool(corpus, n_unannotated=n_unannotated)
    with st.spinner("Looking at similar corpora …"):
        found = _similar(corpus.digest, pool, _key(), corpus, "")
    with card(now_card(found), key="now"):
        pass
    return pool


def cards(run: Run, state: RunState, found: Advice | None) -> None:
    """Show the three estimates: now, probe, trained."""
    if found is None:
        return
    shown = {
        "now": now_card(found.similar),
        "plan": probe_card(found.probe, state),
        "trained": trained_card(found.corpus),
    }
    for column, (key, one) in zip(st.columns(3), shown.items(), strict=True):
        with column, card(one, key=key):
            if key == "trained":
                st.page_link(
                    "pages/train.py",
                    label="Plan it",
                    icon=":material/model_training:",
                    query_params={"targets": found.corpus.name},
                )


def last_word(run: Run, found: Advice | None, state: RunState) -> str:
    """Return the sentence that the page comes to, and that it is no evidence of a synthetic corpus (HTML)."""
    return f"{_word(run, found, state)} {html.escape(weak.synthetic([run]))}".rstrip()


def _word(run: Run, found: Advice | None, state: RunState) -> str:
    """Return the sentence that the page comes to, as far as it is known (HTML)."""
    if found:
        word = html.escape(verdict.sentence(found.best, n_test=found.n_test))
        if found.probe is None:
            return f"By similar corpora alone, until the probe says more: {word}"
        return f"So far, with {state.n_done} of {state.n_jobs} models: {word}" if state.n_pending else word
    rows = curve_budgets(run.curves(), chance=chance(run, RunStore()))
    has_one_type = len({row.entity for row in rows}) == 1
    rows = rows if has_one_type else every_type(rows) or rows
    return words.lead(rows[0], n_pending=state.n_pending) if rows else html.escape(told(state))


def more(run: Run, found: Advice) -> None:
    """Say what the next sentences bring, what F1 to expect, and how earlier rounds did."""
    rates = known_rates()
    told = [
        verdict.reach(found.best),
        effort_told(effort(found.best, rates, n_test=found.n_test), rates),
        verdict.stop_advice(found.best, rates),
        verdict.density(found.corpus),
        sampled("sentences"),
        *_rounds(run, found),
        calibration.told(_known(), fraction=found.best.fraction),
    ]
    st.html("".join(f'<p class="note">{html.escape(text)}</p>' for text in told if text))


def _rounds(run: Run, found: Advice) -> list[str]:
    others = _key(without=run.name)
    last = _last_round(found.corpus.digest, others, found.corpus)
    if last is None:
        return []
    return verdict.last_round(last, came(last, run.curves(), _known(without=run.name)))


def _key(*, without: str = "") -> tuple[tuple[str, object], ...]:
    """Return what changes when other runs do."""
    return tuple((run.name, run.changed) for run in runs_to_learn_from(RunStore(), without=without))


def _known(*, without: str = "") -> tuple[Known, ...]:
    return known_curves(runs_to_learn_from(RunStore(), without=without))


@st.cache_resource(max_entries=4, show_spinner=False)
def _last_round(digest: str, others: tuple[tuple[str, object], ...], _corpus: Corpus) -> Round | None:
    """Return the largest earlier version of a corpus among the runs that are named; copies are read once."""
    store = RunStore()
    runs = (store.open(name) for name, _ in others)
    return next(iter(earlier(_corpus, [run for run in runs if not run.is_shipped])), None)


@st.cache_resource(max_entries=16, show_spinner=False)
def _similar(digest: str, pool: Pool, others: tuple[object, ...], _corpus: Corpus, _without: str) -> Estimate:
    return from_similar(_corpus, _known(without=_without), pool)


@st.cache_resource(max_entries=16, show_spinner=False)
def _probe(
    run: str, changed: object, pool: Pool, others: tuple[object, ...], _run: Run, _digest: str
) -> Estimate | None:
    target = _run.study.targets[0]
    found = [c for c in _run.curves() if c.target == target]
    return from_curves(found, _known(without=run), pool, digest=_digest)
