"""Sentences and languages of running text."""

from bioner_core.corpus.tokenization import guess_language, split_sentences


def extract(text, offsets):
    return [text[start:end] for start, end in offsets]


def test_english_abbreviations_do_not_end_a_sentence():
    text = "Dr. Smith gave 2.5 mg of it. It helped, e.g. at night."
    assert extract(text, split_sentences(text, language="en")) == [
        "Dr. Smith gave 2.5 mg of it. ",
        "It helped, e.g. at night.",
    ]


def test_russian_sentences_are_split():
    text = "Принимал по 0,5 г. в день. Стало хуже! Помог аспирин?"
    assert extract(text, split_sentences(text, language="ru")) == [
        "Принимал по 0,5 г. в день. ",
        "Стало хуже! ",
        "Помог аспирин?",
    ]


def test_blank_lines_separate_sentences():
    text = "Diagnosis: gout\r\n\r\n\nPlan: rest "
    assert [piece.strip() for piece in extract(text, split_sentences(text))] == [
        "Diagnosis: gout",
        "Plan: rest",
    ]
    assert split_sentences("") == split_sentences(" \n ") == []


def test_no_sentence_boundary_is_inside_a_kept_range():
    text = "One. Two. Three. Four."
    assert split_sentences(text, keep=[(5, 12)]) == [(0, 5), (5, 17), (17, 22)]
    assert split_sentences(text, keep=[(0, 22), (1, 7)]) == [(0, 22)]
    assert split_sentences(text, keep=[(0, 4), (5, 9)]) == split_sentences(text), (
        "ranges that end at a boundary"
    )


def test_the_language_is_guessed_from_script_and_frequent_words():
    assert guess_language("I have been on it for a month, and the pain is gone.") == "en"
    assert guess_language("Принимала неделю, и боль в спине не прошла.") == "ru"
    assert guess_language("Хворий приймав аспірин і не скаржився на біль") == "uk"
    assert guess_language("Die Patientin nahm das Medikament nicht mit Wasser") == "de"
    assert guess_language("患者は薬を飲んだ") == "ja"
    assert guess_language("ผู้ป่วยได้รับยา") == "th"
    assert guess_language("aspirin 100 mg tbl. p.o.") == ""
    assert guess_language("") == ""
