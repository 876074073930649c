"""The list of encoders is whole, and the documentation shows it as it is."""

from pathlib import Path

from bioner_core.study.presets import PRESETS
from bioner_core.study.recommended_encoders import MULTILINGUAL, NOT_VERIFIED, RECOMMENDED, rank_for_languages

DOCS = Path(__file__).resolve().parents[2] / "docs" / "encoders.md"


def test_every_encoder_is_named_once_with_a_size_a_licence_and_one_line_of_advice():
    names = [one.name for one in RECOMMENDED]
    assert len(names) == len(set(names)) >= 15
    for one in RECOMMENDED:
        assert one.license in ("MIT", "Apache-2.0", NOT_VERIFIED), one.name
        assert 20 < one.parameters < 1000, one.name
        assert one.megabytes == 4 * one.parameters
        assert one.advice.endswith("."), one.name
        assert len(one.advice) < 100, one.name
    languages = {language for one in RECOMMENDED for language in one.languages}
    assert languages >= {MULTILINGUAL, "en", "ru", "es", "fr", "de", "zh"}


def test_what_the_presets_take_is_listed():
    assert {preset.model for preset in PRESETS.values()} <= {one.name for one in RECOMMENDED}


def test_encoders_for_a_language_come_first_then_those_for_many():
    found = [one.languages for one in rank_for_languages({"ru"})]
    assert all("ru" in languages for languages in found[:5])
    assert found[5] == (MULTILINGUAL,)
    assert len(found) == len(RECOMMENDED)


def test_the_documentation_has_a_row_for_each():
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = [
        f"| `{one.name}` | {', '.join(one.languages)} | {one.domain} | "
        f"{'' if one.is_size_verified else '≈ '}{one.parameters} M | {one.megabytes:,} MB | {one.license} | "
        f"{one.advice} |"
        for one in RECOMMENDED
    ]
    assert rows[1:] == told
