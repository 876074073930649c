"""The Upload page's answer: what its user wants to reach, the estimates side by side, the verdict, notes."""

import html
from functools import partial

import streamlit as st

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.corpus_estimate import (
    CorpusEstimate,
    EstimateRequest,
    build_request,
    estimate_corpus,
)
from bioner_core.answers.estimate import MAX_POOL, estimate_pool
from bioner_core.answers.finetuning_cost import plan_finetuning
from bioner_core.answers.wording.budget_cards import Card
from bioner_core.answers.wording.budgets import describe_answer
from bioner_core.answers.wording.caveats import describe_synthetic_runs
from bioner_core.answers.wording.estimates import build_finetuning_card, build_probe_card, build_similar_card
from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import AnnotationStatus, load_annotation_status
from bioner_core.study.encoder_choice import choose_model, is_available_offline
from bioner_core.study.presets import MULTI_BERT, PACKAGED
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.address import bind_to_address
from bioner_core.ui.shared.goal import choose_fraction
from bioner_core.ui.shared.live_run import describe_progress
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.widgets import show_card
from bioner_core.ui.upload.files import load_run_copy

GOAL_KEYS = ("pool", "reach")  # of the controls, in the session and in the address


def _parse_pool(n_train: int, text: str) -> int:
    value = int(text)
    if not n_train <= value <= MAX_POOL:
        raise ValueError(text)
    return value


def choose_goal(corpus: Corpus, status: AnnotationStatus) -> EstimateRequest:
    """Draw the controls for the pool and the share of full F1; what the files show is the pool's default."""
    default = estimate_pool(corpus, n_unannotated=status.n_unannotated)
    parse = partial(_parse_pool, default.n_train)
    bind_to_address("pool", parse, default=default.n_all, what="number of sentences")
    with st.container(horizontal=True, gap="medium"):
        st.number_input(
            "How many sentences could you annotate at most?",
            min_value=default.n_train,
            max_value=MAX_POOL,
            step=100,
            key="pool",
            width=360,
            help=f"Training sentences, the {format_count(default.n_train)} annotated ones included. The goal "
            "is a share of the F1 that all of them would reach.",
        )
        choose_fraction(help_text="Full F1 is what all these sentences would reach, if they were annotated.")
    return _build_request(corpus, status)


def choose_run_goal(run: Run) -> None:
    """Draw the controls for a run's corpus, where its text is here."""
    if run.study.targets and (corpus := load_run_copy(run, run.study.targets[0])):
        choose_goal(corpus, load_annotation_status(run))


def _build_request(corpus: Corpus, status: AnnotationStatus) -> EstimateRequest:
    """Return the request that the controls stand for."""
    n_pool, percent = (st.session_state[key] for key in GOAL_KEYS)
    return build_request(corpus, status, load_user_rates(), n_pool=n_pool, fraction=percent / 100)


def estimate_run(run: Run) -> CorpusEstimate | None:
    """Return the estimate of a run's corpus as far as it has come; None where its text did not travel."""
    corpus = load_run_copy(run, run.study.targets[0]) if run.study.targets else None
    if corpus is None:
        return None
    return estimate_corpus(_build_request(corpus, load_annotation_status(run)), RunStore(), run)


def show_similar(corpus: Corpus, status: AnnotationStatus) -> None:
    """Show the controls and what similar curves tell, before anything is trained."""
    request = choose_goal(corpus, status)
    with st.spinner("Looking at similar corpora …"):
        answer = estimate_corpus(request, RunStore())
    show_card(build_similar_card(answer.similar), key="now")


def show_cards(state: RunState, answer: CorpusEstimate) -> None:
    """Show the three estimates: from similar curves, by the probe, and what fine-tuning would take."""
    corpus = answer.request.corpus
    cards = {
        "now": build_similar_card(answer.similar),
        "plan": build_probe_card(answer.measured, state),
        "trained": _plan_finetuning(corpus),
    }
    for column, (key, card) in zip(st.columns(3), cards.items(), strict=True):
        with column, show_card(card, key=key):
            if key == "trained":
                st.page_link(
                    "pages/train.py",
                    label="Plan it",
                    icon=":material/model_training:",
                    query_params={"targets": corpus.name},
                )


def _plan_finetuning(corpus: Corpus) -> Card:
    """Return the card of what fine-tuning would take, or why it cannot be planned here."""
    model = MULTI_BERT if is_available_offline(MULTI_BERT) else PACKAGED
    try:
        return build_finetuning_card(plan_finetuning(corpus, choose_model(model), RunStore()), model)
    except BionerError as error:
        return Card(label="Fine-tuned", number="not possible here", text=str(error))


def render_verdict(run: Run, answer: CorpusEstimate | None, state: RunState) -> str:
    """Return the answer in a sentence, with a warning where the corpus is synthetic (HTML)."""
    text = _format_verdict(answer, state) if answer else _format_budget(run, state)
    return html.escape(f"{text} {describe_synthetic_runs([run])}".rstrip())


def _format_verdict(answer: CorpusEstimate, state: RunState) -> str:
    if answer.measured is None:
        return f"From similar corpora only, until the probe is trained: {answer.verdict}"
    if state.n_pending:
        return f"So far, with {state.n_done} of {state.n_jobs} models: {answer.verdict}"
    return answer.verdict


def _format_budget(run: Run, state: RunState) -> str:
    """Return what the curves of a run without text say, up to its full data."""
    rows = compute_curve_budgets(run.curves(), noise=estimate_sampling_noise(run, RunStore()))
    has_one_type = len({row.entity for row in rows}) == 1
    rows = rows if has_one_type else combine_types(rows) or rows
    return str(describe_answer(rows[0], n_pending=state.n_pending)) if rows else describe_progress(state)


def show_notes(answer: CorpusEstimate) -> None:
    """Say what the next sentences bring and cost, how dense the corpus is, and how earlier rounds did."""
    st.html("".join(f'<p class="note">{html.escape(note)}</p>' for note in answer.notes))
