"""The paper's tables and figure, cell by cell: published, ours, difference."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.corpus.statistics import EntityStatistics, CorpusStatistics
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import NONE
from bioner_core.reproduce.protocol import MODELS, MULTI
from bioner_core.reproduce.replication import Ours, published
from bioner_core.reproduce.table5 import table5
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import load_published_table

Unit = Literal["count", "mean", "percent", "sentences"]
SCORES = ("precision", "recall", "f1")
FRACTION = 0.99  # of full F1, as Table 5 has it
TITLES = {
    "table1": "Table 1: the corpora",
    "table2": "Table 2: trained and tested on the same corpus",
    "table3": "Table 3: zero-shot",
    "table4": "Table 4: word pieces that entities share",
    "table5": "Table 5: sentences that reach 99 % of full data",
    "figure1": "Figure 1: F1 by training sentences",
}
_TABLE1: Mapping[str, Unit] = {
    "documents": "count",
    "sentences": "count",
    "drug_entities": "count",
    "disease_entities": "count",
    "avg_document_length_sentences": "mean",
    "avg_sentence_length_tokens": "mean",
    "avg_drug_length_tokens": "mean",
    "avg_disease_length_tokens": "mean",
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One number of the paper beside ours; None where ours is not known."""

    row: Mapping[str, str]  # what it is of: corpus, model, entity …
    measure: str
    unit: Unit
    published: float
    ours: float | None
    recomputed: float | None = None  # Table 5: what the published curves give by the same rule
    note: str = ""

    @property
    def difference(self) -> float | None:
        """Return ours minus published, in the cell's own unit."""
        return None if self.ours is None else round(self.ours - self.published, 4)

    @property
    def off(self) -> float | None:
        """Return how far ours is away: points of a percentage, else percent of the published number."""
        if self.difference is None:
            return None
        size = abs(self.difference)
        return size if self.unit == "percent" or not self.published else 100 * size / abs(self.published)


def compared(ours: Ours) -> dict[str, list[Cell]]:
    """Return the cells of all tables and of the figure, by the names of ``TITLES``."""
    run, theirs = published()
    return {
        "table1": list(corpora_cells(run, ours.statistics, ours.n_read)),
        "table2": list(in_corpus_cells(theirs, ours)),
        "table3": list(zero_shot_cells(theirs, ours)),
        "table4": list(overlap_cells(run, ours)),
        "table5": list(budget_cells(run, theirs, ours)),
        "figure1": list(curve_cells(theirs, ours)),
    }


def corpora_cells(
    run: Run, known: Mapping[str, CorpusStatistics], n_read: Mapping[str, Mapping[str, int]]
) -> Iterator[Cell]:
    """Yield Table 1; mentions are those that could be placed as flat spans."""
    for line in load_published_table(run, "table1"):
        name = line["corpus"]
        found, in_files = _table1(known.get(name)), n_read.get(name, {})
        for measure, unit in _TABLE1.items():
            kind = {"drug_entities": DRUG, "disease_entities": DISEASE}.get(measure, "")
            own, n = found.get(measure), in_files.get(kind)
            yield Cell(
                row={"corpus": name},
                measure=measure,
                unit=unit,
                published=float(line[measure]),
                ours=own,
                note=f"{n:,} before they were made flat" if n not in (None, own) else "",
            )


def _table1(found: CorpusStatistics | None) -> dict[str, float | None]:
    if found is None:
        return {}
    none = EntityStatistics(count=0, avg_length=None)
    drug, disease = (found.entities.get(kind, none) for kind in (DRUG, DISEASE))
    return {
        "documents": found.documents,
        "sentences": found.sentences,
        "drug_entities": drug.count,
        "disease_entities": disease.count,
        "avg_document_length_sentences": found.avg_document_length,
        "avg_sentence_length_tokens": found.avg_sentence_length,
        "avg_drug_length_tokens": drug.avg_length,
        "avg_disease_length_tokens": disease.avg_length,
    }


def in_corpus_cells(theirs: Iterable[Curve], ours: Ours) -> Iterator[Cell]:
    """Yield Table 2: full data, without pretraining."""
    full = {curve.key: curve.full for curve in _comparable(ours.curves)}
    for curve in _comparable(theirs):
        if curve.full and curve.source == NONE:
            row = {"corpus": curve.target, "model": curve.model, "entity": curve.entity}
            yield from _score_cells(row, curve.full, full.get(curve.key))


def zero_shot_cells(theirs: Iterable[Curve], ours: Ours) -> Iterator[Cell]:
    """Yield Table 3: trained on one corpus, tested on another."""
    mine = _sizes(ours.curves)
    for curve in _comparable(theirs):
        if curve.source != NONE and curve.sizes and curve.sizes[0].n == 0:
            row = {"train": curve.source, "test": curve.target, "entity": curve.entity}
            yield from _score_cells(row, curve.sizes[0], mine.get((curve.key, 0)))


def curve_cells(theirs: Iterable[Curve], ours: Ours) -> Iterator[Cell]:
    """Yield the points of Figure 1 above 0 sentences."""
    mine = _sizes(ours.curves)
    for curve in _comparable(theirs):
        for size in curve.sizes:
            own = mine.get((curve.key, size.n))
            if size.n:
                yield Cell(
                    row={"target": curve.target, "source": curve.source, "entity": curve.entity},
                    measure=str(size.n),
                    unit="percent",
                    published=round(100 * size.f1, 2),
                    ours=None if own is None else round(100 * own.f1, 2),
                    note="published: on the line between its neighbours" if size.is_interpolated else "",
                )


def overlap_cells(run: Run, ours: Ours) -> Iterator[Cell]:
    """Yield Table 4."""
    found = {(row.corpus_1, row.corpus_2, row.entity): row for row in ours.overlaps}
    for line in load_published_table(run, "table4"):
        row = {name: line[name] for name in ("corpus_1", "corpus_2", "entity")}
        own = found.get((line["corpus_1"], line["corpus_2"], line["entity"]))
        counts = {"unique_bpe_1": "unique_1", "unique_bpe_2": "unique_2", "shared": "shared"}
        for measure, name in counts.items():
            n = getattr(own, name) if own else None
            yield Cell(row=row, measure=measure, unit="count", published=float(line[measure]), ours=n)
        for side in ("1", "2"):
            measure = f"share_of_{side}_percent"
            share = getattr(own, f"share_of_{side}") if own else None
            percent = None if share is None else round(100 * share, 1)
            yield Cell(row=row, measure=measure, unit="percent", published=float(line[measure]), ours=percent)


def budget_cells(run: Run, theirs: Iterable[Curve], ours: Ours) -> Iterator[Cell]:
    """Yield Table 5 by the paper's rule, the first size that reaches 99 %, for whatever sources we have."""
    printed = load_published_table(run, "table5")
    there = table5(compute_curve_budgets(_comparable(theirs), fraction=FRACTION), printed)
    curves = [curve for curve in _comparable(ours.curves) if curve.model == MODELS[MULTI].title]
    mine = table5(compute_curve_budgets(curves, fraction=FRACTION), printed)
    for cell, own in zip(there, mine, strict=True):
        again = "not reached" if cell.n_first is None else f"{cell.n_first:,}"
        told = [] if cell.is_equal else [f"the published curve gives {again}"]
        told += [f"ours from {', '.join(own.sources)}"] if own.sources and cell.pretrain != NONE else []
        yield Cell(
            row={"pretrain": cell.pretrain, "entity": cell.entity},
            measure=cell.target,
            unit="sentences",
            published=cell.printed,
            ours=own.n_first,
            recomputed=cell.n_first,
            note="; ".join(told),
        )


def _score_cells(row: Mapping[str, str], there: SizePoint, own: SizePoint | None) -> Iterator[Cell]:
    for measure in SCORES:
        value, mine = getattr(there, measure), getattr(own, measure) if own else None
        if value is not None:
            yield Cell(
                row=row,
                measure=measure,
                unit="percent",
                published=round(100 * value, 2),
                ours=None if mine is None else round(100 * mine, 2),
            )


def _comparable(found: Iterable[Curve]) -> list[Curve]:
    """Return the curves of Drug and Disease with keys that do not depend on how models were trained."""
    return [replace(curve, method="finetune") for curve in found if curve.entity in (DRUG, DISEASE)]


def _sizes(found: Iterable[Curve]) -> dict[tuple[tuple[str, ...], int], SizePoint]:
    return {(curve.key, size.n): size for curve in _comparable(found) for size in curve.sizes}
