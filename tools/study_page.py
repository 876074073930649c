"""Write the tables and charts of docs/study.md from the shipped runs: ``python tools/study_page.py``.

The text between the marks of a table is replaced; all other text is kept.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bioner_core.analysis.additions import Gain, measure_additions  # noqa: E402
from bioner_core.analysis.reference_curves import ReferenceCurve, load_reference_curves  # noqa: E402
from bioner_core.analysis.resampling import estimate_sampling_noise  # noqa: E402
from bioner_core.answers.probe_ratio import order_sources, pair_plans  # noqa: E402
from bioner_core.answers.wording.certainty import format_interval  # noqa: E402
from bioner_core.charts.curve_chart import build_curve_chart, name_source, render_chart  # noqa: E402
from bioner_core.curves.budget import Budget  # noqa: E402
from bioner_core.curves.budget_table import compute_budgets  # noqa: E402
from bioner_core.curves.curve import Curve, build_curves  # noqa: E402
from bioner_core.curves.points import AVERAGES, NONE  # noqa: E402
from bioner_core.scoring.correlation import compute_spearman  # noqa: E402
from bioner_core.study.run import Run  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402

PROBE, FINETUNED = "four-corpora-probe", "rumedner-finetuned"
PAGE = ROOT / "docs/study.md"
SIZES = (0, 50, 100, 200, 400, 800, 1600)
FRACTIONS = (0.90, 0.95, 0.99)


def update_study_page() -> None:
    """Replace the tables and draw the charts."""
    runs = {name: RunStore().open(name) for name in (PROBE, FINETUNED)}
    PAGE.write_text(update_tables(PAGE.read_text(), runs))
    for entity in ("Drug", "Disease"):
        for name, run in runs.items():
            selected_curves = [
                c for c in _select_curves(run) if c.target == "rumedner_ru" and c.entity == entity
            ]
            rows = compute_budgets(run.points(), planned=run.planned_seeds())
            rows = [row for row in rows if row.target == "rumedner_ru" and row.entity == entity]
            chart = render_chart(build_curve_chart(selected_curves, rows, chosen=NONE), "png")
            (ROOT / f"docs/pictures/study-{name}-{entity.lower()}.png").write_bytes(chart)


def update_tables(page: str, runs: Mapping[str, Run]) -> str:
    """Return the page with new tables."""
    for name, run in runs.items():
        curves_of_run = _select_curves(run)
        page = _replace_table(page, f"{name} F1", render_f1_table(curves_of_run))
        page = _replace_table(page, f"{name} sentences", render_sentences_table(run))
    page = _replace_table(page, "sources", render_sources_table(runs[PROBE]))
    page = _replace_table(page, "both", render_method_table(*map(_select_curves, runs.values())))
    references = [
        curve for curve in load_reference_curves(runs.values()) if curve.curve.entity not in AVERAGES
    ]
    return _replace_table(page, "calibration", render_calibration(references))


def _select_curves(run: Run) -> list[Curve]:
    return [c for c in build_curves(run.points(), run.planned_seeds()) if c.entity not in AVERAGES]


def _replace_table(page: str, mark: str, lines: Iterator[str]) -> str:
    """Return the page with the table between the marks replaced."""
    begin, end = f"<!-- {mark} -->", "<!-- end -->"
    pattern = re.compile(re.escape(begin) + r"\n.*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"{PAGE.name}: has no {begin} … {end}.")
    return pattern.sub(lambda _: "\n".join((begin, "", *lines, "", end)), page)


def render_f1_table(curves_of_run: Sequence[Curve]) -> Iterator[str]:
    """Yield mean F1 over seeds, in percent, by number of sentences; full data last."""
    yield f"| target | entity | pretrained on | {' | '.join(map(str, SIZES))} | full | seeds |"
    yield "|" + " --- |" * (len(SIZES) + 5)
    for curve in curves_of_run:
        at = {size.n: f"{100 * size.f1:.1f}" for size in curve.sizes}
        full = curve.full if curve.source == NONE else None
        cells = [at.get(n, "–") for n in SIZES] + [f"{100 * full.f1:.1f} ({full.n:,})" if full else "–"]
        n_seeds = sorted({size.n_seeds for size in curve.sizes if size.n in (0, *SIZES)})
        seeds = " to ".join(map(str, dict.fromkeys([n_seeds[0], n_seeds[-1]])))
        source = name_source(curve.source)
        yield f"| {curve.target} | {curve.entity} | {source} | {' | '.join(cells)} | {seeds} |"


def render_sentences_table(run: Run) -> Iterator[str]:
    """Yield the sentences to plan for shares of full F1, with 90 % intervals."""
    yield "| target | entity | pretrained on | 90 % | 95 % | 99 % |"
    yield "| --- | --- | --- | --- | --- | --- |"
    noise = estimate_sampling_noise(run, RunStore())
    by_share = [
        compute_budgets(run.points(), fraction=f, planned=run.planned_seeds(), noise=noise) for f in FRACTIONS
    ]
    for rows in zip(*by_share, strict=True):
        first = rows[0]
        if first.entity not in AVERAGES:
            cells = " | ".join(map(_format_budget, rows))
            yield f"| {first.target} | {first.entity} | {name_source(first.source)} | {cells} |"


def _format_budget(row: Budget) -> str:
    if row.n_plan is None:
        return f"not by {row.n_max:,}" if row.n_max else "–"
    interval = format_interval(row).replace("to all", "to beyond").replace("more than", "beyond")
    return f"{row.n_plan:,} ({interval})" if interval else f"{row.n_plan:,}"


def render_sources_table(run: Run) -> Iterator[str]:
    """Yield the mean gain of each source over all sizes, and the gain of a second source."""
    gains = [
        gain
        for gain in measure_additions(_select_curves(run), noise=estimate_sampling_noise(run, RunStore()))
        if gain.mean
    ]
    alone = {(gain.target, gain.entity, gain.added): gain for gain in gains if gain.to == NONE}
    corpora = sorted({added for _, _, added in alone})
    yield f"| target | entity | {' | '.join(corpora)} | beside another source |"
    yield "|" + " --- |" * (len(corpora) + 3)
    for target, entity in dict.fromkeys((gain.target, gain.entity) for gain in gains):
        target_gains = [alone.get((target, entity, corpus)) for corpus in corpora]
        cells = [_format_gain(gain.mean) if gain and gain.mean else "–" for gain in target_gains]
        beside = [gain.mean.verdict for gain in gains if (gain.target, gain.entity) == (target, entity)
                  and gain.mean and gain.to != NONE]  # fmt: skip
        verdicts = ", ".join(f"{verdict} {n}" for verdict, n in sorted(Counter(beside).items()))
        yield f"| {target} | {entity} | {' | '.join(cells)} | {verdicts} |"


def _format_gain(gain: Gain) -> str:
    if gain.difference is None:
        return "–"
    text = f"{100 * gain.difference:+.1f}"
    if gain.low is None or gain.high is None:
        return text
    strong = "**" if gain.verdict in ("helps", "harms") else ""
    return f"{strong}{text}{strong} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})"


def render_method_table(probe: Sequence[Curve], finetuned: Sequence[Curve]) -> Iterator[str]:
    """Yield F1 of both methods at the sizes that both measured."""
    other = {(c.target, c.entity, c.source): c for c in probe}
    yield "| target | entity | pretrained on | sentences | probe | fine-tuned | difference |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for curve in finetuned:
        same = other.get((curve.target, curve.entity, curve.source))
        at = {s.n: s.f1 for s in (*same.sizes, *([same.full] if same.full else []))} if same else {}
        for size in (*curve.sizes, *([curve.full] if curve.full and curve.source == NONE else [])):
            if size.n in at:
                both = f"{100 * at[size.n]:.1f} | {100 * size.f1:.1f} | {100 * (size.f1 - at[size.n]):+.1f}"
                source = name_source(curve.source)
                yield f"| {curve.target} | {curve.entity} | {source} | {size.n:,} | {both} |"


def render_calibration(references: Sequence[ReferenceCurve]) -> Iterator[str]:
    """Yield the sentences that both methods plan, their rank correlation, and the ranking of sources."""
    yield "| target | entity | pretrained on | share of full F1 | probe | fine-tuned | ratio |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    correlations = []
    for fraction in FRACTIONS:
        matches = pair_plans(references, fraction=fraction)
        for pair in matches:
            cells = (f"{100 * fraction:g} %", _format_sentences(pair.probe), _format_sentences(pair.trained))
            ratio = f"{pair.ratio:.2f}" if pair.ratio else "–"
            cells_text = " | ".join((pair.target, pair.entity, name_source(pair.source), *cells, ratio))
            yield f"| {cells_text} |"
        both = [(pair.probe, pair.trained) for pair in matches if pair.probe and pair.trained]
        correlations.append(
            f"N{100 * fraction:g} {_format_correlation(*zip(*both, strict=True)) if both else _TOO_FEW}"
        )
    yield ""
    yield f"Rank correlation of plans: {', '.join(correlations)}."
    yield ""
    yield "Sources by mean F1 over the sizes that all of them have, the best first:"
    yield ""
    yield "| target | entity | probe | fine-tuned | same best | rank correlation |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for order in order_sources(references):
        rankings = [
            sorted(zip(f1, order.sources, strict=True), reverse=True) for f1 in (order.probe, order.trained)
        ]
        lists = [
            ", ".join(f"{name_source(source)} {100 * f1:.1f}" for f1, source in ranking)
            for ranking in rankings
        ]
        same = "yes" if order.has_same_best else "no"
        correlation = _format_correlation(order.probe, order.trained)
        yield f"| {order.target} | {order.entity} | {' | '.join(lists)} | {same} | {correlation} |"


_TOO_FEW = "too few to say"


def _format_sentences(n: int | None) -> str:
    return "not reached" if n is None else f"{n:,}"


def _format_correlation(values: Sequence[float], other_values: Sequence[float]) -> str:
    correlation = compute_spearman(values, other_values)
    return f"ρ {correlation.rho:.2f} (p {correlation.p:.2f}, {correlation.n})" if correlation else _TOO_FEW


if __name__ == "__main__":
    update_study_page()
