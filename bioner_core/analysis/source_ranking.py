"""Rank candidate sources for pretraining by their measured or else predicted gain of F1, with reasons.

The score is in points of F1: how much higher F1 is with pretraining than without, averaged over 50 to 400
training sentences. Where there are curves from the source, the gain is measured. Otherwise it is predicted
from the source's zero-shot F1 on the target and from whether the language is the same:

    gain = 1.0 + 10.1 · (zero-shot F1 + 0.2 if the language is the same)        F1 in [0, 1]

fitted to the 24 published pairs (``benchmarks/ranking.py``, docs/sources.md); its error is 3.4 points (RMSE).
Where no model was trained from a source, its gain is not known: it is ranked by the types that it annotates,
by language and then by shared word pieces, and has no number. Neither a common domain nor the size of the
source predicted the gain, so neither counts. A type that a source does not annotate gains nothing. All this
holds for fine-tuned models: a head on a frozen encoder gains little from any source, so gains of a probe, and
of upper layers that are trained alone, are reported but do not count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from bioner_core.analysis.overlap import TEXT, Overlap
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.best_source import add_chances
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve, build_curves
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.exclusion import choose_curves
from bioner_core.curves.points import AVERAGES, NONE, CurvePoint

SIZES = (50, 400)  # gains are averaged between these numbers of sentences
BASE, SLOPE, LANGUAGE = 0.010, 0.101, 0.2  # of the rule above
ERROR = 0.034  # RMSE of the rule on the published pairs
TYPICAL = {True: 0.32, False: 0.21}  # published mean zero-shot F1, by whether the language is the same
_UNKNOWN = "gain not known: no model was fine-tuned from it"
_FROZEN = {"probe": "a probe", "partial": "upper layers alone"}  # methods whose gains do not count
_TIE_BREAK = 1e-4  # weight of shared word pieces in the score: breaks ties only


@dataclass(frozen=True, kw_only=True)
class CorpusProfile:
    """Description of a corpus before anything is trained on it; "" and None where unknown."""

    name: str
    language: str = ""  # ISO 639-1
    domain: str = ""
    types: tuple[str, ...] | None = None  # entity types it annotates; None where unknown
    sentences: int | None = None
    coverage: Mapping[str, float] = field(default_factory=dict)
    """Share of the target's word pieces that this corpus has, too: by type and for "text", in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class RankedSource:
    """A source with its measured or predicted gain."""

    source: str
    score: float  # what ranks it: the gain, or one typical of its language and types, in [-1, 1]
    gain: float | None  # of F1 over no pretraining, averaged over 50 to 400 sentences; None: not known
    is_measured: bool  # on fine-tuned models; else expected
    zero_shot: float | None  # mean F1 over the types before any training on the target; None: not tried
    saved: int | None  # sentences by the plan, of the type that saves least; None where not measured
    saved_is_bound: bool = False  # "more than"
    why: str  # plain text


def build_profile(corpus: Corpus, *, overlaps: Sequence[Overlap] = ()) -> CorpusProfile:
    """Return the profile of a corpus at hand.

    :param overlaps: as ``measure_overlap(target, corpus, …)`` returns them.
    """
    return CorpusProfile(
        name=corpus.name,
        language=corpus.language,
        domain=corpus.domain,
        types=corpus.types,
        sentences=len(corpus.sentences),
        coverage={row.entity: row.coverage_1 for row in overlaps if row.coverage_1 is not None},
    )


def rank_sources(
    target: CorpusProfile,
    candidates: Sequence[CorpusProfile],
    *,
    points: Iterable[CurvePoint] = (),
    types: Sequence[str] = (),
    noise: SamplingNoise | None = None,
) -> list[RankedSource]:
    """Return the candidates, and what else ``points`` were pretrained on, the best first.

    :param points: of one model and method; those of other targets are left aside.
    :param types: entity types that are wanted; those of the target where none is named.
    :param noise: of the run that the points are from; it decides whether there is a plan, as on Budget.
    """
    target_curves = [
        curve
        for curve in build_curves(points)
        if curve.target == target.name and curve.entity not in AVERAGES
    ]
    curves = [curve for curve in target_curves if curve.is_tested]
    tested = {curve.entity for curve in curves}
    untested = {curve.entity for curve in target_curves} - tested
    left_out = {of.entity for of in choose_curves([c for c in target_curves if c.source == NONE]).left_out}
    wanted = tuple(
        name
        for name in types or target.types or sorted(tested)
        if name not in untested and (name in types or name not in left_out)
    )
    rows = add_chances(compute_curve_budgets(_select_with_goal(curves), noise=noise))
    budgets = {(row.source, row.entity): row for row in rows}
    profiles = {profile.name: profile for profile in candidates if profile.name != target.name}
    for curve in curves:
        if curve.source not in (NONE, *profiles):
            profiles[curve.source] = CorpusProfile(name=curve.source)
    ranked = [_rank_source(target, profile, wanted, curves, budgets) for profile in profiles.values()]
    order = {
        source.source: source.score + _TIE_BREAK * fmean(_list_coverage(profiles[source.source], wanted))
        for source in ranked
    }
    return sorted(ranked, key=lambda source: (-order[source.source], source.source))


def _select_with_goal(curves: Sequence[Curve]) -> list[Curve]:
    """Return the curves that have a goal: an F1 on full data above 0."""
    return [curve for curve in curves if curve.full_f1]


def _rank_source(
    target: CorpusProfile,
    source: CorpusProfile,
    types: Sequence[str],
    curves: Sequence[Curve],
    budgets: Mapping[tuple[str, str], Budget],
) -> RankedSource:
    curve_of = {curve.entity: curve for curve in curves if curve.source == source.name}
    base_of = {curve.entity: curve for curve in curves if curve.source == NONE}
    learner = next((_FROZEN[curve.method] for curve in curves if curve.method in _FROZEN), "")
    is_same_language = bool(target.language) and target.language == source.language
    pairs = {entity: (curve_of.get(entity), base_of.get(entity)) for entity in types}
    measured = {entity: gain for entity, pair in pairs.items() if (gain := measure_gain(*pair)) is not None}
    tried = {entity: curve.zero_shot for entity, (curve, _) in pairs.items() if curve}
    zero_shot = {entity: size.f1 for entity, size in tried.items() if size}
    gains = [
        measured[entity]
        if entity in measured and not learner
        else _expect_gain(entity, source, zero_shot.get(entity), is_same_language=is_same_language)
        for entity in types
    ]
    is_complete = bool(types) and measured.keys() >= set(types)
    savings = [row for entity in types if (row := budgets.get((source.name, entity)))]
    has_savings = is_complete and not learner and all(row.saved_plan is not None for row in savings)
    least = min(savings, key=lambda row: row.saved_plan or 0) if has_savings and savings else None
    score = fmean(gains) if gains else predict_gain(None, is_same_language=is_same_language)
    mean_gain = fmean(measured[entity] for entity in types) if is_complete else None
    gain = score if zero_shot or (measured and not learner) else None
    gain_texts = _describe_gain(gain, mean_gain, learner=learner, least=least)
    return RankedSource(
        source=source.name,
        score=score,
        gain=gain,
        is_measured=is_complete and not learner,
        zero_shot=fmean(zero_shot.values()) if zero_shot else None,
        saved=least.saved_plan if least else None,
        saved_is_bound=bool(least and least.saved_plan_is_bound),
        why="; ".join(filter(None, [*gain_texts, *_list_reasons(target, source, types, zero_shot)])),
    )


def _expect_gain(
    entity: str, source: CorpusProfile, zero_shot: float | None, *, is_same_language: bool
) -> float:
    """Return the gain to expect for one type; none where the source has never seen the type."""
    if zero_shot is None and source.types is not None and entity not in source.types:
        return 0.0
    return predict_gain(zero_shot, is_same_language=is_same_language)


def predict_gain(zero_shot: float | None, *, is_same_language: bool) -> float:
    """Predict the gain of F1 by the rule fitted to the published pairs.

    :param zero_shot: F1 in [0, 1]; None where not measured: the typical value is used.
    :param is_same_language: source and target are in the same language.
    """
    zero = TYPICAL[is_same_language] if zero_shot is None else zero_shot
    return BASE + SLOPE * (zero + LANGUAGE * is_same_language)


def measure_gain(curve: Curve | None, base: Curve | None) -> float | None:
    """Return the mean gain of F1 by pretraining, over the sizes both curves have; None without such."""
    if curve is None or base is None:
        return None
    low, high = SIZES
    base_f1 = {size.n: size.f1 for size in base.settled_sizes if low <= size.n <= high}
    gains = [size.f1 - base_f1[size.n] for size in curve.settled_sizes if size.n in base_f1]
    return fmean(gains) if gains else None


def _list_coverage(source: CorpusProfile, types: Sequence[str]) -> list[float]:
    """Return the shares of the target's pieces that a source covers: by type, else of the text, else 0."""
    return [source.coverage[t] for t in types if t in source.coverage] or [source.coverage.get(TEXT, 0.0)]


def _describe_gain(
    gain: float | None, measured: float | None, *, learner: str, least: Budget | None
) -> list[str]:
    """Describe the gain of a source.

    :param gain: None where no model tells it.
    :param measured: mean measured gain; None unless all types have curves.
    :param learner: what was trained on a frozen encoder; "" where all of it was trained.
    :param least: the budget of the type that saves least.
    """
    is_measured = measured is not None and not learner
    basis = "measured" if is_measured else "expected of fine-tuning"
    texts = [_UNKNOWN if gain is None else f"{basis}: {100 * gain:+.1f} points of F1 at 50 to 400 sentences"]
    if measured is not None and learner:
        texts.append(f"{learner} gained {100 * measured:+.1f}")
    if least and least.saved_plan is not None:
        saves = "saves" if least.saved_plan >= 0 else "costs"
        bound = "more than " if least.saved_plan_is_bound else ""
        texts.append(f"{saves} {bound}{abs(least.saved_plan):,} sentences")
    return texts


def _list_reasons(
    target: CorpusProfile, source: CorpusProfile, types: Sequence[str], zero_shot: Mapping[str, float]
) -> list[str]:
    """Return the reasons for a rank as texts, the most important first."""
    scores = ", ".join(f"{entity} {100 * f1:.1f}" for entity, f1 in zero_shot.items())
    reasons = [
        f"zero-shot F1 {scores}" if zero_shot else "",
        _describe_agreement("language", target.language, source.language),
        _describe_agreement("domain", target.domain, source.domain),
    ]
    coverage = [source.coverage[entity] for entity in types if entity in source.coverage]
    if coverage:
        reasons.append(f"knows {100 * fmean(coverage):.0f} % of the entities' word pieces")
    missing = [entity for entity in types if source.types is not None and entity not in source.types]
    if missing:
        reasons.append(f"does not annotate {', '.join(missing)}")
    if source.sentences:
        reasons.append(f"{source.sentences:,} sentences")
    return reasons


def _describe_agreement(trait: str, target_value: str, source_value: str) -> str:
    if not target_value or not source_value:
        return "" if not source_value else f"{trait} {source_value}"
    relation = "same" if target_value == source_value else "other"
    return f"{relation} {trait} ({source_value})"
