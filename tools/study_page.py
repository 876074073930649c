"""Make the tables of docs/study.md and its charts from the shipped runs: ``python tools/study_page.py``.

What lies between the marks of a table is replaced; the words around them are kept.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bioner_core.curves.budget import Budget, budgets  # noqa: E402
from bioner_core.curves.charts import chart_image, curve_chart, name_of  # noqa: E402
from bioner_core.curves.curve import Curve, curves  # noqa: E402
from bioner_core.curves.points import AVERAGES, NONE  # noqa: E402
from bioner_core.study.evidence import chance  # noqa: E402
from bioner_core.study.run import Run  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402

PROBE, FINETUNED = "four-corpora-probe", "rumedner-finetuned"
PAGE = ROOT / "docs/study.md"
SIZES = (0, 50, 100, 200, 400, 800, 1600)
FRACTIONS = (0.90, 0.95, 0.99)


def main() -> None:
    """Replace the tables, draw the charts."""
    page = PAGE.read_text()
    runs = {name: RunStore().open(name) for name in (PROBE, FINETUNED)}
    for name, run in runs.items():
        found = _curves(run)
        page = _replaced(page, f"{name} F1", f1_table(found))
        page = _replaced(page, f"{name} sentences", sentences_table(run))
    page = _replaced(page, "both", both_table(*map(_curves, runs.values())))
    PAGE.write_text(page)
    for entity in ("Drug", "Disease"):
        for name, run in runs.items():
            of = [c for c in _curves(run) if c.target == "rumedner_ru" and c.entity == entity]
            rows = budgets(run.points(), planned=run.planned())
            rows = [row for row in rows if row.target == "rumedner_ru" and row.entity == entity]
            picture = chart_image(curve_chart(of, rows, chosen=NONE), "png")
            (ROOT / f"docs/pictures/study-{name}-{entity.lower()}.png").write_bytes(picture)


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


if __name__ == "__main__":
    main()
