"""The estimate for a corpus: sentences that reach a share of what all that could be annotated would reach."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bioner_core.analysis.reference_curves import Known
from bioner_core.analysis.similarity import Alike, Traits, alike
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import Split, n_documents, split_corpus
from bioner_core.curves.budget import EVERY
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import POOL, Forecast, ForecastPoint, forecast, gain, prior_forecast

Basis = Literal["similar", "probe", "trained"]
FRACTION = 0.99
STEP = 100  # sentences that the next gain is told of
TEST_MENTIONS = 100  # of each type, so that one mention is worth no more than a point of F1
FEWEST_TEST = 50  # sentences
MOST_POOL = 1_000_000
_NAMED = 3  # corpora, and runs, that an estimate rests on


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What is annotated, and what could be."""

    n_train: int  # annotated sentences to train on
    n_test: int  # annotated sentences to test on
    n_all: int  # to train on, annotated or not
    is_told: bool  # the user named it, or the files show it; else it is taken to be ``POOL``


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The answer for one entity type, or for every."""

    entity: str
    basis: Basis
    fraction: float  # of the F1 that the whole pool would reach
    pool: Pool
    n: int | None  # sentences to train on: an even chance; None beyond the pool
    low: int | None  # 90 % interval
    high: int | None  # 95 % sure; None beyond the pool
    full: ForecastPoint  # F1 that the whole pool would reach
    now: ForecastPoint | None  # F1 with what is annotated
    next: ForecastPoint | None  # F1 that ``STEP`` sentences more would bring
    decided_by: str = ""  # of every type: the one that needs most
    rests_on: str  # in words
    by_type: tuple["Estimate", ...] = ()


def pool_of(corpus: Corpus, *, told: int | None = None, n_unannotated: int = 0) -> Pool:
    """Return what is annotated of a corpus and what could be.

    :param told: sentences to train on that could be annotated at most, those annotated included.
    :param n_unannotated: documents that nobody annotated; each is taken to be as long as those that sentences
        name are on average, or one sentence where none is named.
    :raises BionerError: less is told than is annotated, or the corpus cannot be parted.
    """
    split = split_corpus(corpus)
    n_train = len(split.train)
    if told is not None:
        if not n_train <= told <= MOST_POOL:
            raise BionerError(
                f"pool of {told:,} sentences: {n_train:,} to train on are annotated already, and at most "
                f"{MOST_POOL:,} are allowed. Count all that could be annotated, those included that are."
            )
        return Pool(n_train=n_train, n_test=len(split.test), n_all=told, is_told=True)
    named = [sentence for sentence in corpus.sentences if sentence.document]
    documents = n_documents(named)
    each = len(named) / documents if documents else 1.0
    rest = round(n_unannotated * each)
    n_all = n_train + rest if rest else max(POOL, n_train)
    return Pool(n_train=n_train, n_test=len(split.test), n_all=n_all, is_told=bool(rest))


def from_similar(
    corpus: Corpus, known: Sequence[Known], pool: Pool, *, fraction: float = FRACTION
) -> Estimate:
    """Return what curves of similar corpora say, before anything is trained."""
    split = split_corpus(corpus)
    found = []
    for traits in _traits(corpus, split):
        others = alike(traits, known, digest=corpus.digest)
        what = prior_forecast(
            [one.known.curve for one in others],
            weights=[one.weight for one in others],
            at=(pool.n_train,),
            pool=pool.n_all,
            fractions=(fraction,),
            target=corpus.name,
            entity=traits.entity,
            source=NONE,
        )
        found.append(_estimate(what, pool, basis="similar", rests_on=_from(others)))
    return _every(found)


def from_curves(
    found: Sequence[Curve],
    known: Sequence[Known],
    pool: Pool,
    *,
    digest: str = "",
    fraction: float = FRACTION,
    source: str = NONE,
) -> Estimate | None:
    """Return what the corpus's own curves say, continued to the pool; None where there is none yet.

    :param found: curves of one target, model and method, of any source and entity.
    :param digest: of the target, whose curves in other runs are not learned from.
    """
    whole = [c for c in found if c.source == source and any(s.n for s in c.candidates)]
    types = [curve for curve in whole if curve.entity not in AVERAGES] or whole
    own = [curve for curve in types if curve.is_tested] or types  # no test mention, no F1
    others = [k.curve for k in known if not (digest and k.digest == digest)]
    answers = []
    for curve in own:
        what = forecast(curve, at=(pool.n_train,), pool=pool.n_all, fractions=(fraction,), others=others)
        basis: Basis = "probe" if curve.method == "probe" else "trained"
        answers.append(_estimate(what, pool, basis=basis, rests_on=what.method_used))
    return _every(answers) if answers else None


def test_sentences(corpus: Corpus, pool: Pool) -> int:
    """Return how many sentences to test on hold ``TEST_MENTIONS`` of each type, in tens.

    Types with fewer mentions in the whole corpus do not decide: no reasonable test part holds so many.
    """
    counts = [corpus.mentions[entity] for entity in corpus.types if corpus.mentions[entity]]
    if not counts:
        return pool.n_test
    rarest = min((n for n in counts if n >= TEST_MENTIONS), default=max(counts))
    n = TEST_MENTIONS * len(corpus.sentences) / rarest
    return max(FEWEST_TEST, -(-round(n) // 10) * 10)


def _traits(corpus: Corpus, split: Split) -> list[Traits]:
    n = max(1, len(split.train))
    mentions = {entity: 0 for entity in split.types}
    for sentence in split.train:
        for span in sentence.spans:
            mentions[span.label] += 1
    return [
        Traits(entity=entity, language=corpus.language, domain=corpus.domain, density=count / n)
        for entity, count in mentions.items()
        if corpus.mentions[entity]
    ]


def _estimate(what: Forecast, pool: Pool, *, basis: Basis, rests_on: str) -> Estimate:
    need = what.needs[0]
    is_started = what.n_observed > 0
    return Estimate(
        entity=what.entity,
        basis=basis,
        fraction=need.fraction or 1.0,
        pool=pool,
        n=need.n,
        low=need.low,
        high=need.high,
        full=what.full,
        now=what.at[0] if is_started else None,
        next=gain(what, pool.n_train, STEP) if is_started else None,
        rests_on=rests_on,
    )


def _from(others: Sequence[Alike]) -> str:
    """Return which curves an estimate rests on, the likest corpora first, and which runs they are of."""
    targets: dict[str, tuple[str, ...]] = {}
    for one in others:
        targets.setdefault(one.known.curve.target, one.shares)
    if not targets:
        return "no other curve: a wide guess"
    named = [f"{name} (same {', '.join(shares)})" if shares else name for name, shares in targets.items()]
    runs = list(dict.fromkeys(one.known.run for one in others))
    which = f"{'run' if len(runs) == 1 else 'runs'} {_first(runs)}"
    return f"{len(others)} curves of {_first(named)} in {which}"


def _first(names: Sequence[str]) -> str:
    """Return the first names and how many more there are."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _every(found: Sequence[Estimate]) -> Estimate:
    """Return the estimate of the type that needs most, as that of every type."""
    if not found:
        raise BionerError("the corpus has no entity types, so there is nothing to estimate.")
    if len(found) == 1:
        return found[0]
    decides = max(found, key=lambda one: (_beyond(one.n), _beyond(one.high)))
    return replace(
        decides,
        entity=EVERY,
        decided_by=decides.entity,
        low=max((one.low or one.pool.n_all for one in found), default=None),
        high=None if any(one.high is None for one in found) else max(one.high or 0 for one in found),
        by_type=tuple(sorted(found, key=lambda one: -_beyond(one.n))),
    )


def _beyond(n: int | None) -> float:
    return float("inf") if n is None else n
