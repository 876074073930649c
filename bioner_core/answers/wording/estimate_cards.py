"""The cards of an estimate: F1 now, F1 at the pool and the next gain; then what each method says."""

from bioner_core.answers.estimate import Estimate
from bioner_core.answers.finetuning_cost import FinetuningPlan
from bioner_core.answers.wording.budget_cards import MAX_TYPES, Card
from bioner_core.answers.wording.certainty import describe_upper_end
from bioner_core.answers.wording.estimates import format_gain, format_share
from bioner_core.answers.wording.numbers import format_bound, format_count, format_percent, shorten_bound
from bioner_core.answers.wording.progress import describe_estimate_state
from bioner_core.curves.budget import EVERY
from bioner_core.forecast.forecast import ForecastPoint
from bioner_core.study.duration import format_duration
from bioner_core.study.run_state import RunState


def build_figure_cards(estimate: Estimate) -> list[Card]:
    """Return what a team decides on: F1 now, F1 with the whole pool, and what the next sentences bring.

    They are of the type that decides; gains are of the type that gains most.
    """
    pool, entity = estimate.pool, f"{estimate.decided_by}: " if estimate.decided_by else ""
    cards = []
    if estimate.now:
        cards.append(_build_f1_card(f"F1 now, with {format_count(pool.n_train)}", estimate.now, entity))
    if pool.n_all > pool.n_train or not cards:
        cards.append(_build_f1_card(f"F1 with all {format_count(pool.n_all)}", estimate.full, entity))
    if estimate.next and estimate.rest:
        n, n_rest = estimate.next.n - pool.n_train, pool.n_all - pool.n_train
        cards.append(
            Card(
                label=f"The next {format_count(n)} bring",
                number=f"{max(0.0, 100 * estimate.next.f1):.1f}",
                unit="points of F1",
                text=f"With the 90 % interval: {format_gain(estimate.next)}. All {format_count(n_rest)} that "
                f"are left bring {format_gain(estimate.rest)}.",
            )
        )
    return cards


def _build_f1_card(label: str, point: ForecastPoint, entity: str) -> Card:
    low, high = format_percent(point.low), format_percent(point.high)
    text = f"{entity}90 % interval {low} to {high}."
    return Card(label=label, number=format_percent(point.f1), unit="%", text=text)


def build_similar_card(estimate: Estimate, lead: float) -> Card:
    """Return the card of what curves of similar corpora say.

    :param lead: the share that leads the answer.
    """
    pool, need = estimate.pool.n_all, estimate.find_need(lead)
    return Card(
        label=f"For {format_share(need)}, from similar curves",
        number=f"{format_count(need.low or pool)}–{format_bound(need.high, pool)}",
        unit="sentences",
        text=f"From {estimate.rests_on}: 9 in 10 fall in this range{_name_decider(estimate)}. Nothing of "
        "yours is trained in it, so the range is wide.",
    )


def build_probe_card(estimate: Estimate | None, state: RunState) -> Card:
    """Return the card of the probe's number, or how far it is."""
    live = describe_estimate_state(state, has_number=estimate is not None)
    if estimate is None:
        return Card(label="Probe", number="in training" if state.is_live else "no number", text=live.card)
    pool, need = estimate.pool.n_all, estimate.find_need(estimate.lead)
    types = [
        f"{of.entity} {shorten_bound(format_bound(of.find_need(estimate.lead).n, pool))}"
        for of in estimate.by_type[:MAX_TYPES]
    ]
    clauses = [
        live.card,
        describe_upper_end(format_bound(need.high, pool)) + _name_decider(estimate),
        *types,
    ]
    method = {"probe": "the probe", "partial": "upper layers alone"}.get(estimate.basis, "your models")
    caveat = "" if estimate.basis == "trained" else " This is a quick test; full training may differ."
    return Card(
        label=f"For {format_share(need)}, from {method}",
        number=format_bound(need.n, pool),
        unit="sentences",
        text=f"{'; '.join(filter(None, clauses))}.{caveat}",
    )


def build_finetuning_card(plan: FinetuningPlan, model: str) -> Card:
    """Return the card of what fine-tuning would take here and on a GPU."""
    gpu = format_duration(plan.p40_seconds)
    here = "" if plan.here_seconds is None else format_duration(plan.here_seconds)
    pace = "on one Tesla P40 at the pace of the paper's Multi-BERT; newer GPUs are faster"
    return Card(
        label="Fine-tuned, on this machine" if here else "Fine-tuned, on a GPU",
        number=here or gpu,
        text=f"{plan.n_models} models of {model}: the most reliable numbers. "
        + (f"{gpu} {pace}." if here else f"That is {pace}. Nothing was fine-tuned on this machine yet."),
    )


def _name_decider(estimate: Estimate) -> str:
    return f"; {estimate.decided_by} decides" if estimate.entity == EVERY else ""
