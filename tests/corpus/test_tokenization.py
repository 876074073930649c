from bioner_core.corpus.tokenization import guess_language, sentences, words


def cut(text, places):
    return [text[start:end] for start, end in places]


def test_words_are_cut_at_blanks_and_punctuation_with_their_offsets():
    text = "Aspirin's 5-mg tablet, helped."
    assert cut(text, words(text)) == ["Aspirin", "'", "s", "5", "-", "mg", "tablet", ",", "helped", "."]


def test_odd_blanks_part_words_and_offsets_stay_in_code_points():
    text = "кашель\u00a0и\u202fйод \U0001f642 x\r\ny"
    assert cut(text, words(text)) == ["кашель", "и", "йод", "\U0001f642", "x", "y"]


def test_what_an_encoder_would_not_see_is_no_word():
    text = "a \u200b \u00ad \ufffd \x07 b \u200bc"
    assert cut(text, words(text)) == ["a", "b", "\u200bc"]
    assert words("") == words(" \n\u200b") == []


def test_chinese_characters_are_words():
    text = "服用 aspirin 后头痛"
    assert cut(text, words(text)) == ["服", "用", "aspirin", "后", "头", "痛"]


def test_english_abbreviations_do_not_end_a_sentence():
    text = "Dr. Smith gave 2.5 mg of it. It helped, e.g. at night."
    assert cut(text, sentences(text, language="en")) == [
        "Dr. Smith gave 2.5 mg of it. ",
        "It helped, e.g. at night.",
    ]


def test_russian_sentences_are_parted():
    text = "Принимал по 0,5 г. в день. Стало хуже! Помог аспирин?"
    assert cut(text, sentences(text, language="ru")) == [
        "Принимал по 0,5 г. в день. ",
        "Стало хуже! ",
        "Помог аспирин?",
    ]


def test_blank_lines_part_sentences_and_belong_to_none():
    text = "Diagnosis: gout\r\n\r\n\nPlan: rest "
    assert [piece.strip() for piece in cut(text, sentences(text))] == ["Diagnosis: gout", "Plan: rest"]
    assert sentences("") == sentences(" \n ") == []


def test_no_boundary_is_left_inside_a_kept_range():
    text = "One. Two. Three. Four."
    assert sentences(text, keep=[(5, 12)]) == [(0, 5), (5, 17), (17, 22)]
    assert sentences(text, keep=[(0, 22), (1, 7)]) == [(0, 22)]
    assert sentences(text, keep=[(0, 4), (5, 9)]) == sentences(text), "ends at a boundary cut nothing"


def test_language_is_guessed_by_script_and_common_words():
    assert guess_language("I have been on it for a month, and the pain is gone.") == "en"
    assert guess_language("Принимала неделю, и боль в спине не прошла.") == "ru"
    assert guess_language("Хворий приймав аспірин і не скаржився на біль") == "uk"
    assert guess_language("Die Patientin nahm das Medikament nicht mit Wasser") == "de"
    assert guess_language("患者は薬を飲んだ") == "ja"
    assert guess_language("aspirin 100 mg tbl. p.o.") == ""
    assert guess_language("") == ""
