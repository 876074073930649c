"""The Upload page's answer: its figures, the estimates side by side, the verdict, notes."""

import html

import pandas as pd
import streamlit as st

from bioner_core.analysis.estimate_basis import freeze_references
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.corpus_estimate import CorpusEstimate, estimate_corpus
from bioner_core.answers.finetuning_cost import plan_finetuning
from bioner_core.answers.free_system import compare_estimate, describe_estimate_system
from bioner_core.answers.wording.budget_cards import Card
from bioner_core.answers.wording.budgets import describe_answer
from bioner_core.answers.wording.caveats import describe_synthetic_runs
from bioner_core.answers.wording.estimate_cards import (
    build_figure_cards,
    build_finetuning_card,
    build_probe_card,
    build_similar_card,
)
from bioner_core.answers.wording.pools import build_pool_table
from bioner_core.answers.wording.progress import describe_estimate_state, describe_progress
from bioner_core.answers.wording.stopping import describe_stop_point
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import AnnotationStatus, load_annotation_status
from bioner_core.study.encoder_choice import choose_model, is_available_offline
from bioner_core.study.presets import MULTI_BERT, PACKAGED
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import show_card
from bioner_core.ui.upload.files import load_run_copy
from bioner_core.ui.upload.goal import build_chosen_request, choose_goal


def choose_run_goal(run: Run) -> None:
    """Draw the controls for a run's corpus, where its text is here."""
    if run.study.targets and (corpus := load_run_copy(run, run.study.targets[0])):
        freeze_references(run, RunStore())
        choose_goal(corpus, load_annotation_status(run), run)


def estimate_run(run: Run) -> CorpusEstimate | None:
    """Return the estimate of a run's corpus as far as it has come; None where its text did not travel.

    What the first one learned from is kept with the run, so that a shared link goes on to show its numbers.
    """
    corpus = load_run_copy(run, run.study.targets[0]) if run.study.targets else None
    if corpus is None:
        return None
    store = RunStore()
    freeze_references(run, store)
    return estimate_corpus(build_chosen_request(corpus, load_annotation_status(run)), store, run)


def show_similar(corpus: Corpus, status: AnnotationStatus) -> None:
    """Show the controls and what similar curves tell, before anything is trained."""
    answer = estimate_corpus(choose_goal(corpus, status), RunStore())
    show_card(build_similar_card(answer.similar, answer.best.lead), key="now")
    show_figures(answer, None)


def show_figures(answer: CorpusEstimate, run: Run | None) -> None:
    """Show what a team decides on: F1 now and at the pool, the next gain, and the sentences for each goal."""
    cards = build_figure_cards(answer.best) if answer.measured else []
    for number, (column, card) in enumerate(zip(st.columns(len(cards) or 1), cards, strict=False)):
        with column:
            show_card(card, key=f"figure {number}")
    if answer.stop:
        st.html(f'<p class="note">{html.escape(describe_stop_point(answer.stop))}</p>')
    table = pd.DataFrame(build_pool_table(answer.pools, answer.best))
    st.table(table.set_index(table.columns[0]))
    if run and answer.questions:
        st.html(f'<p class="note">{html.escape(answer.questions)}</p>')
        reach = f"{100 * answer.request.fraction:.1f}"
        st.page_link(
            "pages/budget.py",
            label="The first question in Budget",
            icon=":material/flag:",
            query_params={"run": run.name, "reach": reach},
        )
    if run and answer.measured:
        _show_system(answer, run)


def _show_system(answer: CorpusEstimate, run: Run) -> None:
    """Show what the best system that needs no training gives, and where others are scored."""
    system = compare_estimate(answer, run, RunStore())
    texts = "".join(f'<p class="note">{html.escape(text)}</p>' for text in describe_estimate_system(system))
    if texts:
        st.html(texts)
    st.page_link(
        "pages/budget.py",
        label="Must we annotate at all? Score a system that needs no training",
        icon=":material/compare_arrows:",
        query_params={"run": run.name},
    )


def show_newer_answer(answer: CorpusEstimate, run: Run) -> None:
    """Say that more studies give another number, and offer to take it."""
    if not answer.newer:
        return
    st.info(escape_markdown(answer.newer), icon=":material/update:")
    if st.button("Show the newer answer from now on", key="newer", icon=":material/update:"):
        freeze_references(run, RunStore(), is_renewed=True)
        st.rerun()


def show_cards(state: RunState, answer: CorpusEstimate) -> None:
    """Show the three estimates: from similar curves, by the probe, and what fine-tuning would take."""
    corpus = answer.request.corpus
    cards = {
        "now": build_similar_card(answer.similar, answer.best.lead),
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
    text = describe_estimate_state(state, has_number=answer.measured is not None)
    return f"{text.basis} {answer.verdict}".lstrip()


def _format_budget(run: Run, state: RunState) -> str:
    """Return what the curves of a run without text say, up to its full data."""
    rows = compute_curve_budgets(run.curves(), noise=estimate_sampling_noise(run, RunStore()))
    has_one_type = len({row.entity for row in rows}) == 1
    rows = rows if has_one_type else combine_types(rows) or rows
    return str(describe_answer(rows[0], n_pending=state.n_pending)) if rows else describe_progress(state)


def show_notes(answer: CorpusEstimate) -> None:
    """Say what the next sentences bring and cost, how dense the corpus is, and how earlier rounds did."""
    st.html("".join(f'<p class="note">{html.escape(note)}</p>' for note in answer.notes))
