"""Which source to pretrain on: candidates by the gain of F1 that is measured, or else expected, with why.

The score is in points of F1: how much higher F1 is with pretraining than without, averaged over 50 to 400
training sentences. Where curves from the source are known, it is measured. Else it is expected from the
source's zero-shot F1 on the target and from whether the language is the same:

    gain = 1.0 + 10.1 · (zero-shot F1 + 0.2 if the language is the same)        F1 in [0, 1]

fitted to the 24 published pairs (``benchmarks/ranking.py``, docs/sources.md); its error is 3.4 points (RMSE).
There a common domain, and the size of the source, told nothing about the gain, so neither counts; word
pieces in common only part what is otherwise equal. A type that a source does not annotate gains nothing.
All this is of fine-tuned models: heads on a frozen encoder gain little whatever the source, so what a probe
measured is told and does not count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from bioner_core.analysis.overlap import TEXT, Overlap
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve, build_curves
from bioner_core.curves.points import AVERAGES, NONE, CurvePoint

SIZES = (50, 400)  # sentences, between which gains are averaged
BASE, SLOPE, LANGUAGE = 0.010, 0.101, 0.2  # of the rule above
ERROR = 0.034  # RMSE of the rule on the published pairs
TYPICAL = {True: 0.32, False: 0.21}  # published mean zero-shot F1, by whether the language is the same
_TIE = 1e-4  # score of word pieces in common: parts what is equal, decides nothing else


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What is known of a corpus before anything is trained on it; "" and None where unknown."""

    name: str
    language: str = ""  # ISO 639-1
    domain: str = ""
    types: tuple[str, ...] | None = None  # entity types it annotates; None where unknown
    sentences: int | None = None
    known: Mapping[str, float] = field(default_factory=dict)
    """Share of the target's word pieces that this corpus has, too: by type and for "text", in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A source and what it is expected to bring."""

    source: str
    score: float  # gain of F1 over no pretraining, averaged over 50 to 400 sentences, in [-1, 1]
    is_measured: bool  # on fine-tuned models; else expected
    zero_shot: float | None  # mean F1 over the types before any training on the target; None: not tried
    saved: int | None  # sentences by the plan, of the type that saves least; None where not measured
    saved_is_bound: bool = False  # "more than"
    why: str  # plain text


def profile(corpus: Corpus, *, overlaps: Sequence[Overlap] = ()) -> Profile:
    """Return the profile of a corpus at hand.

    :param overlaps: as ``overlap(target, corpus, …)`` gives them.
    """
    return Profile(
        name=corpus.name,
        language=corpus.language,
        domain=corpus.domain,
        types=corpus.types,
        sentences=len(corpus.sentences),
        known={row.entity: row.known_1 for row in overlaps if row.known_1 is not None},
    )


def rank(
    target: Profile,
    candidates: Sequence[Profile],
    *,
    points: Iterable[CurvePoint] = (),
    types: Sequence[str] = (),
) -> list[Ranking]:
    """Return the candidates, and what else ``points`` were pretrained on, the best first.

    :param points: of one model and method; those of other targets are left aside.
    :param types: entity types that are wanted; those of the target where none is named.
    """
    own = [curve for curve in build_curves(points) if curve.target == target.name and curve.entity not in AVERAGES]
    found = [curve for curve in own if curve.is_tested]
    tested = {curve.entity for curve in found}
    untested = {curve.entity for curve in own} - tested
    wanted = tuple(one for one in types or target.types or sorted(tested) if one not in untested)
    rows = {(row.source, row.entity): row for row in compute_curve_budgets(_with_goal(found))}
    profiles = {one.name: one for one in candidates if one.name != target.name}
    for curve in found:
        if curve.source not in (NONE, *profiles):
            profiles[curve.source] = Profile(name=curve.source)
    ranked = [_ranking(target, one, wanted, found, rows) for one in profiles.values()]
    order = {one.source: one.score + _TIE * fmean(_shares(profiles[one.source], wanted)) for one in ranked}
    return sorted(ranked, key=lambda one: (-order[one.source], one.source))


def _with_goal(found: Sequence[Curve]) -> list[Curve]:
    """Return the curves whose budget can be told."""
    return [curve for curve in found if curve.full_f1]


def _ranking(
    target: Profile,
    source: Profile,
    types: Sequence[str],
    found: Sequence[Curve],
    rows: Mapping[tuple[str, str], Budget],
) -> Ranking:
    by_type = {(curve.source, curve.entity): curve for curve in found}
    is_probe = any(curve.method == "probe" for curve in found)
    is_same = bool(target.language) and target.language == source.language
    gains, tried, won = [], {}, []
    for entity in types:
        curve, none = by_type.get((source.name, entity)), by_type.get((NONE, entity))
        zero = next((size.f1 for size in curve.sizes if size.n == 0), None) if curve else None
        measured = gain(curve, none)
        if zero is not None:
            tried[entity] = zero
        if measured is not None:
            won.append(measured)
        if measured is not None and not is_probe:
            gains.append(measured)
        elif zero is None and source.types is not None and entity not in source.types:
            gains.append(0.0)  # it has never seen this type
        else:
            gains.append(expected(zero, is_same=is_same))
    is_whole = 0 < len(won) == len(types)
    savings = [row for entity in types if (row := rows.get((source.name, entity)))]
    is_told = is_whole and not is_probe and all(row.saved_plan is not None for row in savings)
    least = min(savings, key=lambda row: row.saved_plan or 0) if is_told and savings else None
    score = fmean(gains) if gains else expected(None, is_same=is_same)
    head = _head(score, fmean(won) if is_whole else None, is_probe=is_probe, least=least)
    return Ranking(
        source=source.name,
        score=score,
        is_measured=is_whole and not is_probe,
        zero_shot=fmean(tried.values()) if tried else None,
        saved=least.saved_plan if least else None,
        saved_is_bound=bool(least and least.saved_plan_is_bound),
        why="; ".join(filter(None, [*head, *_reasons(target, source, types, tried)])),
    )


def expected(zero_shot: float | None, *, is_same: bool) -> float:
    """Return the gain of F1 that the published pairs let expect.

    :param zero_shot: F1 in [0, 1]; None where not tried: what is typical is taken.
    :param is_same: source and target are in the same language.
    """
    zero = TYPICAL[is_same] if zero_shot is None else zero_shot
    return BASE + SLOPE * (zero + LANGUAGE * is_same)


def gain(curve: Curve | None, none: Curve | None) -> float | None:
    """Return by how much pretraining lifts F1 on average over the sizes both have; None without such."""
    if curve is None or none is None:
        return None
    low, high = SIZES
    base = {size.n: size.f1 for size in none.settled_sizes if low <= size.n <= high}
    gains = [size.f1 - base[size.n] for size in curve.settled_sizes if size.n in base]
    return fmean(gains) if gains else None


def _shares(source: Profile, types: Sequence[str]) -> list[float]:
    """Return the shares of the target's pieces known to a source: by type, else of the text, else 0."""
    return [source.known[t] for t in types if t in source.known] or [source.known.get(TEXT, 0.0)]


def _head(score: float, won: float | None, *, is_probe: bool, least: Budget | None) -> list[str]:
    """Return what a source brings, in words.

    :param won: gain that curves of all types show.
    """
    is_measured = won is not None and not is_probe
    how = "measured" if is_measured else "expected of fine-tuning"
    told = [f"{how}: {100 * score:+.1f} points of F1 at 50 to 400 sentences"]
    if won is not None and is_probe:
        told.append(f"a probe gained {100 * won:+.1f}")
    if least and least.saved_plan is not None:
        saves = "saves" if least.saved_plan >= 0 else "costs"
        bound = "more than " if least.saved_plan_is_bound else ""
        told.append(f"{saves} {bound}{abs(least.saved_plan):,} sentences")
    return told


def _reasons(target: Profile, source: Profile, types: Sequence[str], tried: Mapping[str, float]) -> list[str]:
    """Return the reasons in words, what decides first."""
    each = ", ".join(f"{entity} {100 * f1:.1f}" for entity, f1 in tried.items())
    told = [
        f"zero-shot F1 {each}" if tried else "zero-shot not tried",
        _agreement("language", target.language, source.language),
        _agreement("domain", target.domain, source.domain),
    ]
    known = [source.known[entity] for entity in types if entity in source.known]
    if known:
        told.append(f"knows {100 * fmean(known):.0f} % of the entities' word pieces")
    lacking = [entity for entity in types if source.types is not None and entity not in source.types]
    if lacking:
        told.append(f"does not annotate {', '.join(lacking)}")
    if source.sentences:
        told.append(f"{source.sentences:,} sentences")
    return told


def _agreement(what: str, mine: str, its: str) -> str:
    if not mine or not its:
        return "" if not its else f"{what} {its}"
    return f"same {what} ({its})" if mine == its else f"other {what} ({its})"
