"""The controls of the Upload page: the pool, the share of full F1 to reach, the number to stop at."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from bioner_core.answers.corpus_estimate import EstimateRequest, build_request, estimate_corpus
from bioner_core.answers.pool import MAX_POOL, estimate_pool
from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.sentences import Corpus
from bioner_core.study.annotation_file import AnnotationStatus
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.address import bind_to_address, is_chosen
from bioner_core.ui.shared.goal import bind_stop, choose_fraction, draw_stop, parse_count
from bioner_core.ui.shared.rates import load_user_rates

GOAL_KEYS = ("pool", "reach", "stop")  # of the controls, in the session and in the address


def choose_goal(corpus: Corpus, status: AnnotationStatus, run: Run | None = None) -> EstimateRequest:
    """Draw the controls for a corpus; what its files show is the pool's default.

    :param run: of the corpus, where one is trained.
    """

    def find_lead() -> float:
        with st.spinner("Looking at similar corpora …"):
            return estimate_corpus(_build_request(corpus, status, None), RunStore(), run).best.lead

    default = estimate_pool(corpus, n_unannotated=status.n_unannotated)
    draw_goal(default.n_train, n_pool=default.n_all, find_lead=find_lead)
    return build_chosen_request(corpus, status)


def draw_goal(n_train: int, *, n_pool: int, find_lead: Callable[[], float]) -> None:
    """Draw the controls for the pool, the share of full F1, and the number to stop at.

    :param n_train: annotated training sentences; no pool is smaller.
    :param n_pool: the pool's default.
    :param find_lead: returns the share that leads the answer for the chosen pool: the goal's default.
    """
    parse = partial(parse_count, max(1, n_train), MAX_POOL)
    largest = bind_to_address("pool", parse, default=n_pool, what="number of sentences")
    bind_stop(largest)  # finding the lead needs it
    with st.container(horizontal=True, gap="medium"):
        st.number_input(
            "How many sentences could you annotate at most?",
            min_value=max(1, n_train),
            max_value=MAX_POOL,
            step=100,
            key="pool",
            width=360,
            help=f"Training sentences, the {format_count(n_train)} annotated ones included. The goal "
            "is a share of the F1 that all of them would reach.",
        )
        choose_fraction(
            help_text="Full F1 is what all these sentences would reach, if they were annotated.",
            default=round(100 * find_lead(), 1),
        )
        draw_stop(
            largest,
            help_text="Training sentences, also fewer than are annotated. The page then says what F1 to "
            "expect, and what it costs.",
        )


def build_chosen_request(corpus: Corpus, status: AnnotationStatus) -> EstimateRequest:
    """Return the request that the controls stand for."""
    return _build_request(corpus, status, find_chosen_fraction())


def _build_request(corpus: Corpus, status: AnnotationStatus, fraction: float | None) -> EstimateRequest:
    return build_request(
        corpus,
        status,
        load_user_rates(),
        n_pool=find_chosen_pool(),
        fraction=fraction,
        stop_at=st.session_state["stop"],
    )


def find_chosen_pool() -> int | None:
    """Return the pool that the user chose; None for the default."""
    return st.session_state["pool"] if is_chosen("pool") else None


def find_chosen_fraction() -> float | None:
    """Return the share of full F1 that the user chose; None for the default."""
    return st.session_state["reach"] / 100 if is_chosen("reach") else None
