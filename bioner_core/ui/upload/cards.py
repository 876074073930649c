"""The three estimates of the Upload page, each in a card: now, by the probe, fine-tuned."""

import html

from bioner_core.answers.estimate import Estimate
from bioner_core.answers.finetuning_cost import training
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.budget import EVERY
from bioner_core.errors import BionerError
from bioner_core.study.duration import duration
from bioner_core.study.encoder_choice import choose_model, is_here
from bioner_core.study.presets import MULTI_BERT, PACKAGED
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.wording import Card
from bioner_core.ui.shared.markup import count, named


def now_card(found: Estimate) -> Card:
    """Return what similar curves say."""
    return Card(
        label="Now, from similar curves",
        number=_range(found),
        unit="sentences",
        text=f"90 % of what {html.escape(found.rests_on)} allow{_decides(found)}. Nothing is trained yet, so "
        "this is wide.",
    )


def probe_card(found: Estimate | None, state: RunState) -> Card:
    """Return the probe's number, or how far it is."""
    if found is None:
        return Card(label="Probe", number="on its way", text="The first number comes with the first models.")
    n = f"more than {count(found.pool.n_all)}" if found.n is None else count(found.n)
    sure = f"more than {count(found.pool.n_all)}" if found.high is None else count(found.high)
    so_far = f"so far, {state.n_done} of {state.n_jobs} models; " if state.n_pending else ""
    each = "; ".join(_each(one) for one in found.by_type[:4])
    return Card(
        label="Plan on, by the probe",
        number=n,
        unit="sentences",
        text=f"{so_far}an even chance; {sure} to be 95 % sure{_decides(found)}{f'; {each}' if each else ''}. "
        "It reads a frozen encoder: see below.",
    )


def _each(one: Estimate) -> str:
    n = f"> {count(one.pool.n_all)}" if one.n is None else count(one.n)
    return f"{named(one.entity)} {html.escape(n)}"


def trained_card(corpus: Corpus) -> Card:
    """Return what fine-tuning would take here and on a GPU."""
    name = MULTI_BERT if is_here(MULTI_BERT) else PACKAGED
    try:
        found = training(corpus, choose_model(name), RunStore())
    except BionerError as error:
        return Card(label="Fine-tuned", number="not here", text=html.escape(str(error)))
    gpu = duration(found.p40_seconds)
    here = "" if found.here_seconds is None else duration(found.here_seconds)
    paper = "on one Tesla P40 at the pace of the paper's Multi-BERT; newer GPUs are faster"
    return Card(
        label="Fine-tuned, on this machine" if here else "Fine-tuned, on a GPU",
        number=here or gpu,
        text=f"{found.n_models} models of {named(name)}, the numbers to trust most. "
        + (f"{gpu} {paper}." if here else f"That is {paper}. This machine has not trained any yet."),
    )


def _decides(found: Estimate) -> str:
    return f"; {named(found.decided_by)} decides" if found.entity == EVERY else ""


def _range(found: Estimate) -> str:
    high = f"more than {count(found.pool.n_all)}" if found.high is None else count(found.high)
    return f"{count(found.low or found.pool.n_all)}–{high}"
