"""Rounds of annotating: a corpus that grew is known again, and forecasts are held against what came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bioner_core.analysis.reference_curves import Known, of_others
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import ForecastPoint, forecast_curve
from bioner_core.study.run import Run

SHARED = 0.8  # of an earlier corpus's distinct sentences that a grown one still holds


@dataclass(frozen=True, kw_only=True)
class Round:
    """An earlier run of the same corpus, when it was smaller."""

    run: Run
    target: str  # the corpus's name there
    n_sentences: int
    n_new: int  # sentences that came since


@dataclass(frozen=True, kw_only=True)
class Came:
    """What was forecast for a size, and what came of it."""

    entity: str
    n: int  # sentences trained on now
    forecast: ForecastPoint  # from the earlier round's points alone
    f1: float  # mean over seeds, now

    @property
    def is_inside(self) -> bool:
        """Say whether what came lies in the 90 % interval of what was forecast."""
        return self.forecast.low <= self.f1 <= self.forecast.high


def earlier(corpus: Corpus, runs: Iterable[Run]) -> tuple[Round, ...]:
    """Return the runs of smaller versions of a corpus, the largest first.

    An earlier version is one whose sentences, by their words, stand in the corpus but for a few.
    """
    own = {sentence.tokens for sentence in corpus.sentences}
    found = []
    for run in runs:
        try:
            names = [name for name in run.study.targets if run.study.corpora[name] != corpus.digest]
            copies = run.corpora() if names else {}
        except BionerError:  # broken, or it travelled without text
            continue
        for name in names:
            before = {sentence.tokens for sentence in copies[name].sentences}
            if before and len(before) < len(own) and len(before & own) >= SHARED * len(before):
                found.append(
                    Round(
                        run=run,
                        target=name,
                        n_sentences=len(copies[name].sentences),
                        n_new=len(corpus.sentences) - len(copies[name].sentences),
                    )
                )
    return tuple(sorted(found, key=lambda one: -one.n_sentences))


def came(last: Round, grown: Sequence[Curve], known: Sequence[Known]) -> tuple[Came, ...]:
    """Return what the earlier round forecast for the grown corpus's full size, beside what came.

    :param grown: curves of the corpus as it is now; only those without pretraining, with a full point, count.
    :param known: curves to learn from, as the forecast then did.
    """
    try:
        earlier_curves = last.run.curves()
    except BionerError:  # its own page says what is wrong with it
        return ()
    before = {
        (curve.entity, curve.method, curve.model): curve
        for curve in earlier_curves
        if curve.target == last.target and curve.source == NONE and curve.has_enough_sizes and curve.is_tested
    }
    others = of_others(known, last.run.study.corpora[last.target])
    names = {curve.target for curve in grown}
    found = []
    for curve in grown:
        old = before.get((curve.entity, curve.method, curve.model))
        if old is None or curve.source != NONE or curve.entity in AVERAGES:
            continue
        if curve.full_reference is None or not curve.is_tested:
            continue
        n = curve.full_reference.n
        learned = [other for other in others if other.target not in names]
        what = forecast_curve(old, sizes=(n,), pool=max(n, 5000), others=learned)
        found.append(Came(entity=curve.entity, n=n, forecast=what.points[0], f1=curve.full_reference.f1))
    return tuple(found)
