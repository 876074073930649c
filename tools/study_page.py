"""Make the tables of docs/study.md and its charts from the shipped runs: ``python tools/study_page.py``.

What lies between the marks of a table is replaced; the words around them are kept.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bioner_core.analysis.additions import Gain, additions  # noqa: E402
from bioner_core.analysis.reference_curves import Known, known_curves  # noqa: E402
from bioner_core.analysis.resampling import chance  # noqa: E402
from bioner_core.answers.probe_ratio import orders, pairs  # noqa: E402
from bioner_core.charts.curve_chart import chart_image, curve_chart, name_of  # noqa: E402
from bioner_core.curves.budget import Budget, budgets  # noqa: E402
from bioner_core.curves.curve import Curve, curves  # noqa: E402
from bioner_core.curves.points import AVERAGES, NONE  # noqa: E402
from bioner_core.scoring.correlation import spearman  # noqa: E402
from bioner_core.study.run import Run  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402

PROBE, FINETUNED = "four-corpora-probe", "rumedner-finetuned"
PAGE = ROOT / "docs/study.md"
SIZES = (0, 50, 100, 200, 400, 800, 1600)
FRACTIONS = (0.90, 0.95, 0.99)


def main() -> None:
    """Replace the tables, draw the charts."""
    runs = {name: RunStore().open(name) for name in (PROBE, FINETUNED)}
    PAGE.write_text(renewed(PAGE.read_text(), runs))
    for entity in ("Drug", "Disease"):
        for name, run in runs.items():
            of = [c for c in _curves(run) if c.target == "rumedner_ru" and c.entity == entity]
            rows = budgets(run.points(), planned=run.planned())
            rows = [row for row in rows if row.target == "rumedner_ru" and row.entity == entity]
            picture = chart_image(curve_chart(of, rows, chosen=NONE), "png")
            (ROOT / f"docs/pictures/study-{name}-{entity.lower()}.png").write_bytes(picture)


def renewed(page: str, runs: Mapping[str, Run]) -> str:
    """Return the page with its tables made anew."""
    for name, run in runs.items():
        found = _curves(run)
        page = _replaced(page, f"{name} F1", f1_table(found))
        page = _replaced(page, f"{name} sentences", sentences_table(run))
    page = _replaced(page, "sources", sources_lines(runs[PROBE]))
    page = _replaced(page, "both", both_table(*map(_curves, runs.values())))
    known = [one for one in known_curves(runs.values()) if one.curve.entity not in AVERAGES]
    return _replaced(page, "calibration", calibration_lines(known))


def _curves(run: Run) -> list[Curve]:
    return [c for c in curves(run.points(), run.planned()) if c.entity not in AVERAGES]


def _replaced(page: str, mark: str, lines: Iterator[str]) -> str:
    """Return the page with the table of a mark made anew."""
    begin, end = f"<!-- {mark} -->", "<!-- end -->"
    pattern = re.compile(re.escape(begin) + r"\n.*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"{PAGE.name}: has no {begin} … {end}.")
    return pattern.sub(lambda _: "\n".join((begin, "", *lines, "", end)), page)


def f1_table(found: Sequence[Curve]) -> Iterator[str]:
    """Yield F1 in percent by sentences, the mean over seeds; full data last."""
    yield f"| target | entity | pretrained on | {' | '.join(map(str, SIZES))} | full | seeds |"
    yield "|" + " --- |" * (len(SIZES) + 5)
    for curve in found:
        at = {size.n: f"{100 * size.f1:.1f}" for size in curve.sizes}
        full = curve.full if curve.source == NONE else None
        cells = [at.get(n, "–") for n in SIZES] + [f"{100 * full.f1:.1f} ({full.n:,})" if full else "–"]
        seeds = max(size.n_seeds for size in curve.sizes)
        yield f"| {curve.target} | {curve.entity} | {name_of(curve.source)} | {' | '.join(cells)} | {seeds} |"


def sentences_table(run: Run) -> Iterator[str]:
    """Yield the sentences to plan on for shares of full F1, with 90 % intervals."""
    yield "| target | entity | pretrained on | 90 % | 95 % | 99 % |"
    yield "| --- | --- | --- | --- | --- | --- |"
    known = chance(run, RunStore())
    by_share = [budgets(run.points(), fraction=f, planned=run.planned(), chance=known) for f in FRACTIONS]
    for rows in zip(*by_share, strict=True):
        first = rows[0]
        if first.entity not in AVERAGES:
            told = " | ".join(map(_told, rows))
            yield f"| {first.target} | {first.entity} | {name_of(first.source)} | {told} |"


def _told(row: Budget) -> str:
    if row.n_plan is None:
        return f"not by {row.n_max:,}" if row.n_max else "–"
    high = f"{row.n_high:,}" if row.n_high is not None else "beyond"
    low = f"{row.n_low:,}" if row.n_low is not None else "beyond"
    return f"{row.n_plan:,} ({low} to {high})" if row.interval_of else f"{row.n_plan:,}"


def sources_lines(run: Run) -> Iterator[str]:
    """Yield what each source brings on average over the sizes, and what a second one adds to it."""
    found = [one for one in additions(_curves(run), chance=chance(run, RunStore())) if one.mean]
    alone = {(one.target, one.entity, one.added): one for one in found if one.to == NONE}
    corpora = sorted({added for _, _, added in alone})
    yield f"| target | entity | {' | '.join(corpora)} | beside another source |"
    yield "|" + " --- |" * (len(corpora) + 3)
    for target, entity in dict.fromkeys((one.target, one.entity) for one in found):
        own = [alone.get((target, entity, corpus)) for corpus in corpora]
        cells = [_gained(one.mean) if one and one.mean else "–" for one in own]
        beside = [one.mean.verdict for one in found if (one.target, one.entity) == (target, entity)
                  and one.mean and one.to != NONE]  # fmt: skip
        told = ", ".join(f"{word} {n}" for word, n in sorted(Counter(beside).items()))
        yield f"| {target} | {entity} | {' | '.join(cells)} | {told} |"


def _gained(gain: Gain) -> str:
    if gain.difference is None:
        return "–"
    told = f"{100 * gain.difference:+.1f}"
    if gain.low is None or gain.high is None:
        return told
    strong = "**" if gain.verdict in ("helps", "harms") else ""
    return f"{strong}{told}{strong} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})"


def both_table(probe: Sequence[Curve], finetuned: Sequence[Curve]) -> Iterator[str]:
    """Yield F1 of both methods at the sizes that both have."""
    other = {(c.target, c.entity, c.source): c for c in probe}
    yield "| target | entity | pretrained on | sentences | probe | fine-tuned | difference |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for curve in finetuned:
        same = other.get((curve.target, curve.entity, curve.source))
        at = {s.n: s.f1 for s in (*same.sizes, *([same.full] if same.full else []))} if same else {}
        for size in (*curve.sizes, *([curve.full] if curve.full and curve.source == NONE else [])):
            if size.n in at:
                both = f"{100 * at[size.n]:.1f} | {100 * size.f1:.1f} | {100 * (size.f1 - at[size.n]):+.1f}"
                yield f"| {curve.target} | {curve.entity} | {name_of(curve.source)} | {size.n:,} | {both} |"


def calibration_lines(known: Sequence[Known]) -> Iterator[str]:
    """Yield the sentences that both methods plan on, their rank correlation, and the order of sources."""
    yield "| target | entity | pretrained on | share of full F1 | probe | fine-tuned | ratio |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    correlations = []
    for fraction in FRACTIONS:
        found = pairs(known, fraction=fraction)
        for pair in found:
            cells = (f"{100 * fraction:g} %", _sentences(pair.probe), _sentences(pair.trained))
            ratio = f"{pair.ratio:.2f}" if pair.ratio else "–"
            told = " | ".join((pair.target, pair.entity, name_of(pair.source), *cells, ratio))
            yield f"| {told} |"
        both = [(pair.probe, pair.trained) for pair in found if pair.probe and pair.trained]
        correlations.append(f"N{100 * fraction:g} {_correlated(*zip(*both, strict=True)) if both else _FEW}")
    yield ""
    yield f"Rank correlation of both methods' sentences: {', '.join(correlations)}."
    yield ""
    yield "Sources by mean F1 over the sizes that all have, best first:"
    yield ""
    yield "| target | entity | probe | fine-tuned | same best | rank correlation |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for order in orders(known):
        by = [
            sorted(zip(f1, order.sources, strict=True), reverse=True) for f1 in (order.probe, order.trained)
        ]
        ranked = [", ".join(f"{name_of(source)} {100 * f1:.1f}" for f1, source in one) for one in by]
        same = "yes" if order.has_same_best else "no"
        correlated = _correlated(order.probe, order.trained)
        yield f"| {order.target} | {order.entity} | {' | '.join(ranked)} | {same} | {correlated} |"


_FEW = "too few to say"


def _sentences(n: int | None) -> str:
    return "not reached" if n is None else f"{n:,}"


def _correlated(one: Sequence[float], other: Sequence[float]) -> str:
    found = spearman(one, other)
    return f"ρ {found.rho:.2f} (p {found.p:.2f}, {found.n})" if found else _FEW


if __name__ == "__main__":
    main()
