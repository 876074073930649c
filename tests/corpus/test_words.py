"""Words of running text: blanks, punctuation, symbols, and scripts without blanks."""

import random
import sys
import time

import pytest

from bioner_core.corpus import words as words_module
from bioner_core.corpus.words import TOKENIZER_VERSION, find_tokenizer_version, tokenize_words
from bioner_core.errors import BionerError


def extract(text, offsets):
    return [text[start:end] for start, end in offsets]


def test_words_are_split_at_blanks_and_punctuation():
    text = "Aspirin's 5-mg tablet, helped."
    assert extract(text, tokenize_words(text)) == [
        "Aspirin",
        "'",
        "s",
        "5",
        "-",
        "mg",
        "tablet",
        ",",
        "helped",
        ".",
    ]


def test_unicode_blanks_separate_words_and_offsets_are_code_points():
    text = "кашель\u00a0и\u202fйод \U0001f642 x\r\ny"
    assert extract(text, tokenize_words(text)) == ["кашель", "и", "йод", "\U0001f642", "x", "y"]


def test_invisible_characters_do_not_form_words():
    text = "a \u200b \u00ad \ufffd \x07 b \u200bc"
    assert extract(text, tokenize_words(text)) == ["a", "b", "\u200bc"]
    assert tokenize_words("") == tokenize_words(" \n\u200b") == []


def test_chinese_characters_are_words():
    text = "服用 aspirin 后头痛"
    assert extract(text, tokenize_words(text)) == ["服", "用", "aspirin", "后", "头", "痛"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("headache😩", "headache 😩"),
        ("took💊aspirin💊now", "took 💊 aspirin 💊 now"),
        ("x±y→z™", "x ± y → z ™"),
        ("a👨‍👩‍👧b👍🏽c", "a 👨‍👩‍👧 b 👍🏽 c"),  # joined symbols and skin tones are one word
        ("🇩🇪b", "🇩🇪 b"),
    ],
)
def test_symbols_are_words(text, words):
    assert extract(text, tokenize_words(text)) == words.split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ผู้ป่วยได้รับยาแอสไพริน", "ผู้ ป่วย ได้ รับ ยา แอสไพริน"),  # Thai
        ("ຄົນເຈັບໄດ້ຮັບຢາ", "ຄົນເຈັບ ໄດ້ຮັບ ຢາ"),  # Lao
        ("អ្នកជំងឺលេបថ្នាំ", "អ្នកជំងឺ លេបថ្នាំ"),  # Khmer
        ("လူနာသည်သောက်ခဲ့သည်", "လူနာ သည် သောက် ခဲ့ သည်"),  # Burmese
        ("アスピリンを服用後に頭痛", "アスピリン を 服 用 後 に 頭 痛"),
        ("アスピリンアレルギー", "アスピリン アレルギー"),
        ("アセトアミノフェンの", "アセトアミノフェン の"),  # not in ICU's dictionary
    ],
)
def test_scripts_without_blanks_are_split_into_words(text, words):
    assert extract(text, tokenize_words(text)) == words.split()


def test_offsets_behind_an_emoji_are_those_of_characters():
    text = "𠀋のยา💊ปวด𝟘หัว"
    assert "".join(extract(text, tokenize_words(text))) == text


@pytest.mark.parametrize("text", ["Took 5 mg.", "кашель и йод", "服用 aspirin 后头痛", "naïve α-"])
def test_text_that_is_split_as_before_keeps_the_first_version(text):
    assert find_tokenizer_version([text]) == 1


@pytest.mark.parametrize("text", ["ok 👍", "ยา", "薬を"])
def test_text_that_is_split_in_another_way_has_the_new_version(text):
    assert find_tokenizer_version([text]) == TOKENIZER_VERSION == 2


def list_common_characters():
    """Every character that the regular expression alone splits, with each hundredth Chinese one."""
    codes = [*range(0x3000), *range(0x3000, 0x3100), *range(0x4E00, 0x9FA6, 100), *range(0xFF00, 0x10000)]
    return [character for character in map(chr, codes) if not words_module._UNCOMMON.search(character)]


def test_the_regular_expression_splits_at_each_character_as_the_library_does():
    characters = list_common_characters()
    assert len(characters) > 2_000
    assert {"a", "я", "α", "é", "°", "–", "€", "≥", "一", "。", "，", "\u00a0"} <= {*characters}
    text = " ".join(f"a{c}b {c} {c}{c}" for c in characters)
    words = tokenize_words(text)
    assert words == words_module._tokenize_by_library(text)
    assert len(words) > 3 * len(characters)


def test_the_regular_expression_splits_random_text_as_the_library_does():
    draw = random.Random(0)
    text = "".join(draw.choices(list_common_characters(), k=20_000))
    assert tokenize_words(text) == words_module._tokenize_by_library(text)


@pytest.mark.parametrize(
    "character", ["\ufe0f", "\u20e3", "\u200d", "\u00ad", "\x07", "\ufffd", "あ", "ก", "👍"]
)
def test_a_character_with_rules_of_its_own_is_left_to_the_library(character):
    assert words_module._UNCOMMON.search(character)


def test_the_version_of_a_text_is_that_of_each_of_its_characters():
    characters = [chr(code) for code in range(0x80, 0x3100)]
    old = [c for c in characters if find_tokenizer_version([c]) == 1]
    for c in characters:
        is_new = words_module.category(c)[0] == "S" or bool(words_module._WITHOUT_BLANKS.match(c))
        assert (c not in old) == is_new, hex(ord(c))


def test_without_icu_a_script_without_blanks_is_refused_and_others_are_read(monkeypatch):
    monkeypatch.setitem(sys.modules, "icu", None)
    assert len(tokenize_words("Took aspirin 😩")) == 3
    with pytest.raises(BionerError) as caught:
        tokenize_words("ยา")
    assert str(caught.value) == (
        "a text in a script without blanks (Thai, Lao, Khmer, Burmese, Japanese) needs the package "
        "pyicu-wheels. Install it: pip install pyicu-wheels."
    )


@pytest.mark.parametrize("piece", ["ยา", "ア", "アの", "ยา𝟘", "𝟘ア", "😩", "ปวดหัว"])
def test_time_is_linear_in_a_run_without_blanks(piece):
    seconds = []
    for n in (20_000, 80_000):
        text = piece * (n // len(piece))
        started = time.process_time()
        tokenize_words(text)
        seconds.append(time.process_time() - started)
    assert seconds[1] < max(10 * seconds[0], 1.0), "quadratic time would be sixteen times as long"
