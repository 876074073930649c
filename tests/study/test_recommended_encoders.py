"""The list of encoders is complete, and the documentation shows the same list."""

from pathlib import Path

from bioner_core.study.presets import PRESETS
from bioner_core.study.recommended_encoders import MULTILINGUAL, NOT_VERIFIED, RECOMMENDED, rank_for_languages

DOCS = Path(__file__).resolve().parents[2] / "docs" / "encoders.md"


def test_every_encoder_is_named_once_with_a_size_a_licence_and_one_line_of_advice():
    names = [encoder.name for encoder in RECOMMENDED]
    assert len(names) == len(set(names)) >= 15
    for encoder in RECOMMENDED:
        assert encoder.license in ("MIT", "Apache-2.0", NOT_VERIFIED), encoder.name
        assert 20 < encoder.parameters < 1000, encoder.name
        assert encoder.megabytes == 4 * encoder.parameters
        assert encoder.advice.endswith("."), encoder.name
        assert len(encoder.advice) < 100, encoder.name
    languages = {language for encoder in RECOMMENDED for language in encoder.languages}
    assert languages >= {MULTILINGUAL, "en", "ru", "es", "fr", "de", "zh"}


def test_the_encoders_of_the_presets_are_listed():
    assert {preset.model for preset in PRESETS.values()} <= {encoder.name for encoder in RECOMMENDED}


def test_encoders_for_a_language_come_first_then_those_for_many():
    languages = [encoder.languages for encoder in rank_for_languages({"ru"})]
    assert all("ru" in spoken for spoken in languages[:5])
    assert languages[5] == (MULTILINGUAL,)
    assert len(languages) == len(RECOMMENDED)


def test_the_documentation_has_a_row_for_each_encoder():
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    expected = [
        f"| `{encoder.name}` | {', '.join(encoder.languages)} | {encoder.domain} | "
        f"{'' if encoder.is_size_verified else '≈ '}{encoder.parameters} M | {encoder.megabytes:,} MB | "
        f"{encoder.license} | {encoder.advice} |"
        for encoder in RECOMMENDED
    ]
    assert rows[1:] == expected
