"""Annotation rounds: recognize a corpus that has grown, and compare earlier forecasts with observed F1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bioner_core.analysis.reference_curves import ReferenceCurve, select_other_corpora
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import ForecastPoint, forecast_curve
from bioner_core.study.run import Run

SHARED = 0.8  # of an earlier corpus's distinct sentences that a grown one still holds


@dataclass(frozen=True, kw_only=True)
class EarlierRound:
    """An earlier run of the same corpus, when it was smaller."""

    run: Run
    target: str  # the corpus's name there
    n_sentences: int
    n_new: int  # sentences added since


@dataclass(frozen=True, kw_only=True)
class ForecastCheck:
    """An F1 forecast in an earlier round, and the F1 observed now."""

    entity: str
    n: int  # training sentences now
    forecast: ForecastPoint  # from the earlier round's points only
    f1: float  # observed now, mean over seeds, in [0, 1]

    @property
    def is_in_interval(self) -> bool:
        """Tell whether the observed F1 lies in the 90 % interval of the forecast."""
        return self.forecast.low <= self.f1 <= self.forecast.high


def find_earlier_rounds(corpus: Corpus, runs: Iterable[Run]) -> tuple[EarlierRound, ...]:
    """Return the runs of smaller versions of a corpus, the largest first.

    A version is earlier if it is smaller and the corpus holds at least ``SHARED`` of its sentences.
    """
    sentences = {sentence.tokens for sentence in corpus.sentences}
    rounds = []
    for run in runs:
        try:
            names = [name for name in run.study.targets if run.study.corpora[name] != corpus.digest]
            copies = run.corpora() if names else {}
        except BionerError:  # damaged, or imported without text
            continue
        for name in names:
            earlier_sentences = {sentence.tokens for sentence in copies[name].sentences}
            n, n_shared = len(earlier_sentences), len(earlier_sentences & sentences)
            if 0 < n < len(sentences) and n_shared >= SHARED * n:
                rounds.append(
                    EarlierRound(
                        run=run,
                        target=name,
                        n_sentences=len(copies[name].sentences),
                        n_new=len(corpus.sentences) - len(copies[name].sentences),
                    )
                )
    return tuple(sorted(rounds, key=lambda earlier: -earlier.n_sentences))


def check_forecasts(
    earlier_round: EarlierRound, grown: Sequence[Curve], references: Sequence[ReferenceCurve]
) -> tuple[ForecastCheck, ...]:
    """Compare forecasts from the earlier round with the F1 observed at the grown corpus's full size.

    :param grown: curves of the corpus as it is now; only those without pretraining, with a full point, count.
    :param references: curves of other corpora that the forecasts learn from.
    """
    try:
        earlier_curves = earlier_round.run.curves()
    except BionerError:  # the page of that run shows the error
        return ()
    earlier_by_key = {
        (curve.entity, curve.method, curve.model): curve
        for curve in earlier_curves
        if curve.target == earlier_round.target and curve.source == NONE
        if curve.has_enough_sizes and curve.is_tested
    }
    others = select_other_corpora(references, earlier_round.run.study.corpora[earlier_round.target])
    names = {curve.target for curve in grown}
    prior_curves = [other for other in others if other.target not in names]
    checks = []
    for curve in grown:
        earlier_curve = earlier_by_key.get((curve.entity, curve.method, curve.model))
        if earlier_curve is None or curve.source != NONE or curve.entity in AVERAGES:
            continue
        if curve.full_reference is None or not curve.is_tested:
            continue
        full = curve.full_reference
        forecast = forecast_curve(earlier_curve, sizes=(full.n,), pool=max(full.n, 5000), others=prior_curves)
        checks.append(ForecastCheck(entity=curve.entity, n=full.n, forecast=forecast.points[0], f1=full.f1))
    return tuple(checks)
