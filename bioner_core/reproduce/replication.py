"""Replicated results: curves of runs of this program, under the paper's names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tokenizers import Tokenizer

from bioner_core.analysis.overlap import Overlap, measure_overlap
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.statistics import CorpusStatistics, compute_statistics
from bioner_core.curves.curve import Curve, PlannedSeeds, SizeKey, build_curves
from bioner_core.curves.points import CurvePoint, PointMethod
from bioner_core.curves.sources import join_stages, list_source_corpora, parse_stages
from bioner_core.errors import BionerError
from bioner_core.reproduce.protocol import (
    CORPORA,
    LANGUAGE_PAIRS,
    MODELS,
    MULTI,
    PUBLISHED,
    match_paper_model,
)
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

TrainedEncoder = tuple[str, PointMethod]  # name in the run, and training method


@dataclass(frozen=True, kw_only=True)
class Replication:
    """Replicated curves under the paper's names, and statistics of the corpora."""

    curves: tuple[Curve, ...]
    encoders: Mapping[str, TrainedEncoder]  # the paper's model → the encoder trained for it here
    runs: tuple[Run, ...]
    corpus_names: Mapping[str, str]  # the paper's corpus → its name in the runs
    statistics: Mapping[str, CorpusStatistics] = field(default_factory=dict)  # by the paper's names
    n_read: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # mentions in the files
    overlaps: tuple[Overlap, ...] = ()
    notes: tuple[str, ...] = ()  # what is missing, and why


def load_published() -> tuple[Run, tuple[Curve, ...]]:
    """Load the published run and its curves."""
    run = RunStore().open(PUBLISHED)
    return run, tuple(build_curves(run.points()))


def load_replication(
    runs: Iterable[Run], names: Mapping[str, str], *, model: str | None = None
) -> Replication:
    """Load the results of runs on the paper's corpora.

    :param names: the paper's corpus → its name in the runs, for those that differ.
    :param model: the encoder that stands in for Multi-BERT, where the runs have several.
    :raises BionerError: the runs have no target of the paper, or several encoders for Multi-BERT.
    """
    runs = tuple(runs)
    names = {name: names.get(name, name) for name in CORPORA}
    paper_names = {run_name: name for name, run_name in names.items()}
    points = [
        renamed for run in runs for point in run.points() if (renamed := _rename_point(point, paper_names))
    ]
    if not points:
        targets = ", ".join(sorted({point.target for run in runs for point in run.points()}))
        options = ", ".join(f"--{corpus.option}" for corpus in CORPORA.values())
        raise BionerError(
            f"runs {', '.join(run.name for run in runs)}: no target is one of {', '.join(names.values())}. "
            f"Their targets: {targets or 'none yet'}. {options} say which of them stands for which."
        )
    encoders = _choose_encoders(points, model)
    kept = [
        replace(point, model=title)
        for point in points
        if encoders[title := _match_title(point.model, model)] == (point.model, point.method)
    ]
    titles: dict[tuple[str, str], str] = {encoder: title for title, encoder in encoders.items()}
    planned = dict(_iterate_planned_seeds(runs, paper_names, titles))
    used_targets = {point.target for point in kept}
    return Replication(
        curves=tuple(build_curves(kept, planned)),
        encoders=encoders,
        runs=runs,
        corpus_names={name: run_name for name, run_name in names.items() if name in used_targets},
    )


def add_corpora(
    replication: Replication,
    corpora: Mapping[str, Corpus],
    *,
    n_read: Mapping[str, Mapping[str, int]],
    tokenizer: Tokenizer | None,
) -> Replication:
    """Add statistics for Table 1, and overlaps for Table 4 where there is a tokenizer.

    :param corpora: by the paper's names.
    :param n_read: mentions in the files, by the paper's name and type.
    """
    corpora = {name: replace(corpus, name=name) for name, corpus in corpora.items()}
    overlaps: list[Overlap] = []
    for first, second in LANGUAGE_PAIRS:
        if tokenizer and first in corpora and second in corpora:
            overlaps += measure_overlap(corpora[first], corpora[second], tokenizer)
    return replace(
        replication,
        statistics={name: compute_statistics(corpus) for name, corpus in corpora.items()},
        n_read=n_read,
        overlaps=tuple(overlaps),
    )


def _match_title(model: str, stand_in: str | None) -> str:
    return MODELS[MULTI].title if model == stand_in else match_paper_model(model)


def _rename_point(point: CurvePoint, paper_names: Mapping[str, str]) -> CurvePoint | None:
    """Return a point with the paper's names of corpora; None where one is not a corpus of the paper."""
    target, source = paper_names.get(point.target), _rename_source(point.source, paper_names)
    return replace(point, target=target, source=source) if target and source else None


def _rename_source(source: str, paper_names: Mapping[str, str]) -> str | None:
    """Return a source with the paper's names; None where a corpus is not the paper's.

    >>> names = {"posts": "EN UGT", "notes": "RU EHR"}
    >>> _rename_source("posts+notes", names), _rename_source("news", names)
    ('EN UGT+RU EHR', None)
    >>> _rename_source("a+b:c", {"a": "EN UGT", "b": "EN EHR", "c": "RU EHR"}), _rename_source("none", {})
    ('EN UGT+EN EHR:RU EHR', 'none')
    """
    if any(name not in paper_names for name in list_source_corpora(source)):
        return None
    return join_stages([paper_names[name] for name in group] for group in parse_stages(source))


def _choose_encoders(points: Iterable[CurvePoint], stand_in: str | None) -> dict[str, TrainedEncoder]:
    """Return the encoder trained for each model of the paper."""
    by_title: dict[str, set[TrainedEncoder]] = {}
    for point in points:
        by_title.setdefault(_match_title(point.model, stand_in), set()).add((point.model, point.method))
    chosen = {}
    for title, encoders in by_title.items():
        fitting = [encoder for encoder in encoders if encoder[0] == stand_in] or list(encoders)
        if len(fitting) > 1:
            listed = ", ".join(f"{name} ({method})" for name, method in sorted(encoders))
            raise BionerError(
                f"{title}: the runs have {listed}. Name one with --model, or leave the other runs out."
            )
        chosen[title] = fitting[0]
    return chosen


def _iterate_planned_seeds(
    runs: Iterable[Run], paper_names: Mapping[str, str], titles: Mapping[tuple[str, str], str]
) -> Iterator[tuple[SizeKey, PlannedSeeds]]:
    """Yield the planned seeds of each size, under the paper's names."""
    for run in runs:
        for (target, source, model, method, n), seeds in run.planned_seeds().items():
            paper_target, title = paper_names.get(target), titles.get((model, method))
            paper_source = _rename_source(source, paper_names)
            if paper_target and paper_source and title:
                yield (paper_target, paper_source, title, method, n), seeds
