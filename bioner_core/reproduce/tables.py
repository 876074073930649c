"""The paper's tables and figure, cell by cell: published, replicated, difference."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.corpus.statistics import CorpusStatistics, EntityStatistics
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import NONE
from bioner_core.reproduce.protocol import MODELS, MULTI
from bioner_core.reproduce.replication import Replication, load_published
from bioner_core.reproduce.table5 import compute_table5
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
    """A published number and the replicated one; None where that is missing."""

    row: Mapping[str, str]  # its row in the table: corpus, model, entity …
    measure: str
    unit: Unit
    published: float
    replicated: float | None
    recomputed_published: float | None = None  # Table 5: from the published curves, by the same rule
    note: str = ""

    @property
    def difference(self) -> float | None:
        """Return replicated minus published, in the cell's unit."""
        return None if self.replicated is None else round(self.replicated - self.published, 4)

    @property
    def deviation(self) -> float | None:
        """Return the absolute deviation: points of a percentage, else percent of the published number."""
        if self.difference is None:
            return None
        size = abs(self.difference)
        return size if self.unit == "percent" or not self.published else 100 * size / abs(self.published)


def compare_tables(replication: Replication) -> dict[str, list[Cell]]:
    """Return the cells of all tables and of the figure, by the names of ``TITLES``."""
    run, published = load_published()
    return {
        "table1": list(build_corpora_cells(run, replication.statistics, replication.n_read)),
        "table2": list(build_in_corpus_cells(published, replication)),
        "table3": list(build_zero_shot_cells(published, replication)),
        "table4": list(build_overlap_cells(run, replication)),
        "table5": list(build_budget_cells(run, published, replication)),
        "figure1": list(build_curve_cells(published, replication)),
    }


def build_corpora_cells(
    run: Run, statistics: Mapping[str, CorpusStatistics], n_read: Mapping[str, Mapping[str, int]]
) -> Iterator[Cell]:
    """Yield Table 1; mentions are those that could be placed as flat spans."""
    for line in load_published_table(run, "table1"):
        name = line["corpus"]
        values, in_files = _collect_table1_values(statistics.get(name)), n_read.get(name, {})
        for measure, unit in _TABLE1.items():
            kind = {"drug_entities": DRUG, "disease_entities": DISEASE}.get(measure, "")
            value, n = values.get(measure), in_files.get(kind)
            yield Cell(
                row={"corpus": name},
                measure=measure,
                unit=unit,
                published=float(line[measure]),
                replicated=value,
                note=f"{n:,} before they were made flat" if n not in (None, value) else "",
            )


def _collect_table1_values(statistics: CorpusStatistics | None) -> dict[str, float | None]:
    if statistics is None:
        return {}
    none = EntityStatistics(count=0, avg_length=None)
    drug, disease = (statistics.entities.get(kind, none) for kind in (DRUG, DISEASE))
    return {
        "documents": statistics.documents,
        "sentences": statistics.sentences,
        "drug_entities": drug.count,
        "disease_entities": disease.count,
        "avg_document_length_sentences": statistics.avg_document_length,
        "avg_sentence_length_tokens": statistics.avg_sentence_length,
        "avg_drug_length_tokens": drug.avg_length,
        "avg_disease_length_tokens": disease.avg_length,
    }


def build_in_corpus_cells(published: Iterable[Curve], replication: Replication) -> Iterator[Cell]:
    """Yield Table 2: full data, without pretraining."""
    full = {curve.key: curve.full for curve in _select_comparable(replication.curves)}
    for curve in _select_comparable(published):
        if curve.full and curve.source == NONE:
            row = {"corpus": curve.target, "model": curve.model, "entity": curve.entity}
            yield from _build_score_cells(row, curve.full, full.get(curve.key))


def build_zero_shot_cells(published: Iterable[Curve], replication: Replication) -> Iterator[Cell]:
    """Yield Table 3: trained on one corpus, tested on another."""
    replicated = _index_sizes(replication.curves)
    for curve in _select_comparable(published):
        if curve.source != NONE and curve.zero_shot:
            row = {"train": curve.source, "test": curve.target, "entity": curve.entity}
            yield from _build_score_cells(row, curve.zero_shot, replicated.get((curve.key, 0)))


def build_curve_cells(published: Iterable[Curve], replication: Replication) -> Iterator[Cell]:
    """Yield the points of Figure 1 above 0 sentences."""
    replicated = _index_sizes(replication.curves)
    for curve in _select_comparable(published):
        for size in curve.sizes:
            point = replicated.get((curve.key, size.n))
            if size.n:
                yield Cell(
                    row={"target": curve.target, "source": curve.source, "entity": curve.entity},
                    measure=str(size.n),
                    unit="percent",
                    published=round(100 * size.f1, 2),
                    replicated=None if point is None else round(100 * point.f1, 2),
                    note="published: on the line between its neighbours" if size.is_interpolated else "",
                )


def build_overlap_cells(run: Run, replication: Replication) -> Iterator[Cell]:
    """Yield Table 4."""
    overlaps = {(row.corpus_1, row.corpus_2, row.entity): row for row in replication.overlaps}
    for line in load_published_table(run, "table4"):
        row = {name: line[name] for name in ("corpus_1", "corpus_2", "entity")}
        overlap = overlaps.get((line["corpus_1"], line["corpus_2"], line["entity"]))
        counts = {"unique_bpe_1": "unique_1", "unique_bpe_2": "unique_2", "shared": "shared"}
        for measure, name in counts.items():
            n = getattr(overlap, name) if overlap else None
            yield Cell(row=row, measure=measure, unit="count", published=float(line[measure]), replicated=n)
        for side in ("1", "2"):
            measure = f"share_of_{side}_percent"
            share = getattr(overlap, f"share_of_{side}") if overlap else None
            percent = None if share is None else round(100 * share, 1)
            published = float(line[measure])
            yield Cell(row=row, measure=measure, unit="percent", published=published, replicated=percent)


def build_budget_cells(run: Run, published: Iterable[Curve], replication: Replication) -> Iterator[Cell]:
    """Yield Table 5 by the paper's rule, the first size that reaches 99 %, over the available sources."""
    printed = load_published_table(run, "table5")
    curves = [curve for curve in _select_comparable(replication.curves) if curve.model == MODELS[MULTI].title]
    published_cells, replicated_cells = (
        compute_table5(compute_curve_budgets(side, fraction=FRACTION), printed)
        for side in (_select_comparable(published), curves)
    )
    for cell, replicated in zip(published_cells, replicated_cells, strict=True):
        recomputed = "not reached" if cell.n_first is None else f"{cell.n_first:,}"
        notes = [] if cell.is_equal else [f"the published curve gives {recomputed}"]
        if replicated.sources and cell.pretrain != NONE:
            notes.append(f"ours from {', '.join(replicated.sources)}")
        yield Cell(
            row={"pretrain": cell.pretrain, "entity": cell.entity},
            measure=cell.target,
            unit="sentences",
            published=cell.printed,
            replicated=replicated.n_first,
            recomputed_published=cell.n_first,
            note="; ".join(notes),
        )


def _build_score_cells(
    row: Mapping[str, str], published: SizePoint, replicated: SizePoint | None
) -> Iterator[Cell]:
    for measure in SCORES:
        value = getattr(published, measure)
        replicated_value = getattr(replicated, measure) if replicated else None
        if value is not None:
            yield Cell(
                row=row,
                measure=measure,
                unit="percent",
                published=round(100 * value, 2),
                replicated=None if replicated_value is None else round(100 * replicated_value, 2),
            )


def _select_comparable(curves: Iterable[Curve]) -> list[Curve]:
    """Return the curves of Drug and Disease, with keys that do not depend on the training method."""
    return [replace(curve, method="finetune") for curve in curves if curve.entity in (DRUG, DISEASE)]


def _index_sizes(curves: Iterable[Curve]) -> dict[tuple[tuple[str, ...], int], SizePoint]:
    return {(curve.key, size.n): size for curve in _select_comparable(curves) for size in curve.sizes}
