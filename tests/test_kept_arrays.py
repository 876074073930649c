"""Arrays kept in the cache: the same as computed anew, healed where damaged, and never in the way."""

from dataclasses import fields, replace

import numpy as np
import pytest

from bioner_core import kept_arrays
from bioner_core.analysis import resampling
from bioner_core.curves import draws
from bioner_core.curves.points import NONE
from bioner_core.study.store import RunStore


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Use an empty cache, and return its folder of arrays."""
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / kept_arrays.FOLDER


def count_computations(what=("a", 1)):
    """Return how often arrays were computed in two calls, and what the second returned."""
    computed = []

    def compute():
        computed.append(1)
        return {"numbers": np.arange(100.0), "word": np.array("seeds")}

    kept_arrays.load_or_compute(what, compute)
    arrays = kept_arrays.load_or_compute(what, compute)
    return len(computed), arrays


def test_arrays_are_computed_once_and_keep_their_values_and_types(cache):
    n_computed, arrays = count_computations()
    assert n_computed == 1
    assert arrays["numbers"].tolist() == list(range(100)) and str(arrays["word"]) == "seeds"
    [file] = cache.iterdir()
    assert (file.stat().st_mode & 0o777, cache.stat().st_mode & 0o777) == (0o600, 0o700)
    assert count_computations(("a", 2))[0] == 1  # another question
    assert len([*cache.iterdir()]) == 2


@pytest.mark.parametrize("damage", [slice(0, 4), slice(200, 210), slice(-40, -30)])
def test_a_damaged_file_is_made_anew(cache, damage):
    count_computations()
    [file] = cache.iterdir()
    content = bytearray(file.read_bytes())
    content[damage] = bytes(byte ^ 0xFF for byte in content[damage])
    file.write_bytes(content)
    n_computed, arrays = count_computations()
    assert n_computed == 1 and arrays["numbers"].tolist() == list(range(100))


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "file"))
    assert count_computations()[0] == 2


def test_the_folder_keeps_what_was_used_last(cache, monkeypatch):
    monkeypatch.setattr(kept_arrays, "MAX_BYTES", 2_500)
    for number in range(4):
        count_computations(("a", number))
    assert sum(file.stat().st_size for file in cache.iterdir()) <= 2_500 + 1_600
    assert count_computations(("a", 3))[0] == 0


@pytest.mark.parametrize(("name", "target"), [("ecir2020", "EN UGT"), ("rumedner-finetuned", "rumedner_ru")])
def test_kept_draws_and_noise_equal_those_computed_anew(cache, monkeypatch, name, target):
    run = RunStore().open(name)
    curves = [curve for curve in run.curves() if (curve.target, curve.entity) == (target, "Drug")][:2]
    curves += [replace(curves[0], sizes=curves[0].sizes[:2], full=None)]  # too few sizes to smooth
    reference = next(curve for curve in curves if curve.source == NONE)

    def draw_all():
        resampling._estimate_noise.cache_clear()
        draws.draw_curve.cache_clear()
        noise = resampling.estimate_sampling_noise(run)
        return noise, [draws.draw_curve(c, None if c.source == NONE else reference, noise) for c in curves]

    first, again = draw_all(), draw_all()
    assert again[0].units == first[0].units and again[0].borrowed == first[0].borrowed
    assert {key: row.tolist() for key, row in again[0].shifts.items()} == {
        key: row.tolist() for key, row in first[0].shifts.items()
    }
    assert [kept is None for kept in again[1]] == [computed is None for computed in first[1]]
    for kept, computed in zip(filter(None, again[1]), filter(None, first[1]), strict=True):
        for part in ("f1", "full"):
            np.testing.assert_array_equal(getattr(kept, part), getattr(computed, part))
        for field in fields(computed.monotone):
            np.testing.assert_array_equal(
                getattr(kept.monotone, field.name), getattr(computed.monotone, field.name)
            )
        assert (kept.sizes, kept.covers) == (computed.sizes, computed.covers)
    lacking = [replace(again[0], has_models=False), replace(again[0], shifts={})]
    for noise in lacking if again[0].shifts else []:  # as a search takes them apart
        kept = draws.draw_curve(reference, None, noise)
        computed = draws.draw_curve(reference, None, replace(noise, is_lasting=False))
        np.testing.assert_array_equal(kept.f1, computed.f1)
    n_files = len([*cache.iterdir()])
    monkeypatch.setattr(draws, "digest_code", lambda folder: "other code")
    draw_all()
    assert len([*cache.iterdir()]) == n_files + len(curves)
