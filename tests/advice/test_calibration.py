"""The probe beside fine-tuned models: pairs of one corpus's digest, and what is said of them."""

from bioner_core.advice.calibration import Pair, pairs, told
from bioner_core.advice.known import Known
from bioner_core.corpus.about import About
from bioner_core.curves.curve import curves
from bioner_core.curves.points import CurvePoint

SIZES = (50, 100, 200, 400, 800, 1600, 3000)


def known(method, rate, *, digest="d"):
    points = [
        CurvePoint(
            target="notes",
            source="none",
            model="m",
            method=method,
            entity="Drug",
            n_sentences=n,
            train_size=3000,
            is_full=n == 3000,
            seed=0,
            f1=0.8 * n / (n + rate),
        )
        for n in SIZES
    ]
    [curve] = curves(points)
    return Known(curve=curve, run=method, digest=digest, about=About())


def test_a_corpus_with_both_methods_is_a_pair():
    [pair] = pairs([known("probe", 60), known("finetune", 20)], fraction=0.95)
    assert (pair.target, pair.entity) == ("notes", "Drug")
    assert pair.trained < pair.probe


def test_corpora_of_other_digests_are_not():
    assert pairs([known("probe", 60), known("finetune", 20, digest="e")], fraction=0.95) == ()


def test_what_is_not_known_is_said():
    assert told(()).endswith("is not known here yet: no corpus has curves of both.")
    one = Pair(target="notes", entity="Drug", probe=800, trained=600)
    assert told([one]) == (
        "Where both were trained (notes, Drug), the probe plans on 800 and "
        "fine-tuned models on 600 sentences."
    )
    other = Pair(target="notes", entity="Disease", probe=800, trained=1200)
    assert told([one, other]).endswith("fine-tuned models need 0.8 to 1.5 times the probe's sentences.")
