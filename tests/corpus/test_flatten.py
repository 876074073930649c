"""Raw mentions become flat spans of whole words, and every change is counted."""

import random
import re
import time

from hypothesis import given
from hypothesis import strategies as st

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import LabelMap, propose_label_map
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.reading.placement import INSIDE_WORD

LABELS = LabelMap({"ADR": "Disease", "Effect": "Disease", "Drug": "Drug"}, ("Dose",))


def build_mention(label, *fragments):
    return Mention(label, fragments)


def build_reading(*passages, **fields):
    return Reading(**{"name": "notes", "format": "test", "passages": passages} | fields)


def build_text(text, *mentions, **fields):
    return build_reading(Passage(text=text, mentions=mentions, document="d1", **fields))


def list_spans(flat):
    """Return (type, words) of every span, in order."""
    return [
        (span.label, " ".join(sentence.tokens[span.start : span.end]))
        for sentence in flat.corpus.sentences
        for span in sentence.spans
    ]


def list_messages(flat):
    return [finding.message for finding in flat.findings]


def test_text_becomes_sentences_of_words_with_spans():
    flat = flatten(
        build_text(
            "Aspirin helped. No more headache!", build_mention("Drug", (0, 7)), build_mention("ADR", (24, 32))
        ),
        LABELS,
    )
    assert [s.tokens for s in flat.corpus.sentences] == [
        ("Aspirin", "helped", "."),
        ("No", "more", "headache", "!"),
    ]
    assert list_spans(flat) == [("Drug", "Aspirin"), ("Disease", "headache")]
    assert [s.document for s in flat.corpus.sentences] == ["d1", "d1"]
    assert flat.n_read == flat.n_placed == {"Drug": 1, "Disease": 1}
    assert flat.findings == ()


def test_a_tokenized_sentence_of_the_file_stays_one_sentence():
    flat = flatten(
        build_reading(
            Passage(
                tokens=("Mr.", "X.", "Took", "it"), mentions=(build_mention("Drug", (3, 4)),), part="test"
            ),
            Passage(tokens=()),
            Passage(tokens=("fine",), document="d2"),
        ),
        LABELS,
    )
    assert [(s.tokens, s.part, s.document) for s in flat.corpus.sentences] == [
        (("Mr.", "X.", "Took", "it"), "test", ""),
        (("fine",), "", "d2"),
    ]
    assert list_spans(flat) == [("Drug", "it")]


def test_labels_that_are_not_kept_are_left_out_and_listed():
    flat = flatten(
        build_text("one pill", build_mention("Dose", (0, 3)), build_mention("Drug", (4, 8))), LABELS
    )
    assert list_spans(flat) == [("Drug", "pill")]
    assert flat.n_read == {"Drug": 1}
    assert list_messages(flat) == ["labels left out: Dose (1). Keep one by --map Dose=TYPE."]


def test_types_are_all_that_occur_after_mapping_even_if_no_span_is_left():
    flat = flatten(build_text("pain", build_mention("ADR", (0, 4)), build_mention("Drug", (0, 4))), LABELS)
    assert flat.corpus.types == ("Disease", "Drug")
    assert flat.n_placed == {"Disease": 1}


def test_longer_mentions_go_first_and_overlapping_ones_are_left_out_and_counted():
    flat = flatten(
        build_text(
            "chronic pain syndrome of the back",
            build_mention("ADR", (8, 12)),
            build_mention("Drug", (8, 21)),
            build_mention("ADR", (0, 21)),
            build_mention("ADR", (13, 33)),
        ),
        LABELS,
    )
    assert list_spans(flat) == [("Disease", "chronic pain syndrome")]
    assert (flat.n_read, flat.n_placed) == ({"Disease": 3, "Drug": 1}, {"Disease": 1})
    assert list_messages(flat) == [
        "mentions left out, since they overlap one that is kept (spans are flat): 2 Disease, 1 Drug."
    ]
    assert [(f.level, f.where) for f in flat.findings] == [("warning", "notes, d1")]


def test_the_left_of_two_mentions_of_equal_length_goes_first():
    flat = flatten(
        build_text("abc de fgh", build_mention("Drug", (4, 10)), build_mention("ADR", (0, 6))), LABELS
    )
    assert list_spans(flat) == [("Disease", "abc de")]


def test_ties_are_resolved_in_file_order():
    for first, second in (("Drug", "ADR"), ("ADR", "Drug")):
        flat = flatten(
            build_text("aspirin", build_mention(first, (0, 7)), build_mention(second, (0, 7))), LABELS
        )
        assert list_spans(flat) == [(LABELS.mapping[first], "aspirin")]


def test_a_discontinuous_mention_becomes_its_covering_span():
    flat = flatten(build_text("pain in arms and legs", build_mention("ADR", (0, 7), (17, 21))), LABELS)
    assert list_spans(flat) == [("Disease", "pain in arms and legs")]
    assert list_messages(flat) == [
        "discontinuous mentions, kept as one span from the first piece to the last: 1 Disease."
    ]


def test_a_contiguous_mention_goes_before_a_longer_discontinuous_one():
    flat = flatten(
        build_text(
            "pain in arms and legs", build_mention("ADR", (0, 7), (17, 21)), build_mention("Drug", (8, 12))
        ),
        LABELS,
    )
    assert list_spans(flat) == [("Drug", "arms")]
    assert flat.n_read == {"Disease": 1, "Drug": 1}


def test_duplicates_after_mapping_are_read_twice_and_kept_once():
    flat = flatten(build_text("pain", build_mention("ADR", (0, 4)), build_mention("Effect", (0, 4))), LABELS)
    assert list_spans(flat) == [("Disease", "pain")]
    assert (flat.n_read, flat.n_placed) == ({"Disease": 2}, {"Disease": 1})
    assert list_messages(flat) == ["duplicate mentions after mapping, of which one is kept: 1 Disease."]


def test_a_span_inside_a_word_is_widened_to_it():
    flat = flatten(build_text("Пил антибиотики", build_mention("Drug", (4, 14))), LABELS)
    assert list_spans(flat) == [("Drug", "антибиотики")]
    assert list_messages(flat) == [
        "mentions that start or end inside a word, widened to whole words: 1 Drug."
    ]


def test_a_cut_word_that_the_reader_reports_is_not_reported_again():
    files = {"a.txt": "Пил антибиотики".encode(), "a.ann": "T1\tDrug 4 14\tантибиотик\n".encode()}
    brat = read_files(files, name="corpus")
    assert [finding.message for finding in brat.findings] == [INSIDE_WORD]
    flat = flatten(brat, LABELS)
    assert list_spans(flat) == [("Drug", "антибиотики")]
    assert list_messages(flat) == []


def test_of_many_labels_left_out_fifty_are_listed():
    labels = LabelMap({"Drug": "Drug"}, tuple(f"X{n:02}" for n in range(60)))
    many = [build_mention(f"X{n:02}", (0, 4)) for n in range(60)]
    notes = list_messages(flatten(build_text("pain", build_mention("Drug", (0, 4)), *many), labels))
    assert len(notes) == 1
    assert notes[0].startswith("labels left out: X00 (1), X01 (1), ")
    assert notes[0].endswith("X49 (1), and 10 more. Keep one by --map X00=TYPE.")


def test_a_widened_mention_that_overlaps_a_span_is_left_out():
    flat = flatten(
        build_text("О.вагинитЦервицит", build_mention("ADR", (0, 9)), build_mention("ADR", (9, 17))), LABELS
    )
    assert list_spans(flat) == [("Disease", "О . вагинитЦервицит")]
    assert flat.n_placed == {"Disease": 1}
    assert len(flat.findings) == 2


def test_adjacent_mentions_do_not_overlap():
    flat = flatten(
        build_text("aspirin/ibuprofen", build_mention("Drug", (0, 8)), build_mention("Drug", (8, 17))), LABELS
    )
    assert list_spans(flat) == [("Drug", "aspirin /"), ("Drug", "ibuprofen")]


def test_a_sentence_boundary_inside_a_mention_is_removed():
    flat = flatten(build_text("It was vit. B deficiency. Fine. Bye.", build_mention("ADR", (7, 24))), LABELS)
    bare = flatten(build_text("It was vit. B deficiency. Fine. Bye."), LABELS)
    assert [len(s.tokens) for s in bare.corpus.sentences] == [4, 3, 2, 2]
    assert [len(s.tokens) for s in flat.corpus.sentences] == [7, 2, 2]
    assert list_spans(flat) == [("Disease", "vit . B deficiency")]
    assert list_messages(flat) == [
        "mentions across a sentence boundary; the two sentences are joined: 1 Disease."
    ]


def test_sentence_boundaries_inside_mentions_that_are_left_out_stay():
    flat = flatten(
        build_text(
            "Vit. Bad. Day. Yes.", build_mention("ADR", (0, 9)), build_mention("ADR", (5, 14), (15, 18))
        ),
        LABELS,
    )
    assert [len(s.tokens) for s in flat.corpus.sentences] == [4, 2, 2]


def test_a_mention_without_a_visible_word_is_left_out_and_counted():
    flat = flatten(build_text("a \u200b b", build_mention("ADR", (2, 3))), LABELS)
    assert (flat.n_read, flat.n_placed) == ({"Disease": 1}, {})
    assert list_messages(flat) == ["mentions left out, since they cover no visible word: 1 Disease."]


def test_language_and_domain_come_from_the_caller_the_reading_or_the_text():
    russian = build_text("Аспирин не помог.", build_mention("Drug", (0, 7)))
    assert flatten(russian, LABELS).corpus.language == "ru"
    assert flatten(russian, LABELS, language="bg").corpus.language == "bg"
    described = build_reading(
        *russian.passages, language="uk", domain="EHR", licence="CC0", is_synthetic=True
    )
    corpus = flatten(described, LABELS, name="mine").corpus
    assert (corpus.name, corpus.language, corpus.domain) == ("mine", "uk", "EHR")
    assert (corpus.licence, corpus.is_synthetic) == ("CC0", True)
    assert corpus.label_map == LABELS.mapping


WORDS = st.lists(st.sampled_from(["pain", "a", "B.", "x-y", "мг", " ", "\n\n", "Ok."]), max_size=30)
MENTIONS = st.lists(
    st.tuples(st.sampled_from(["ADR", "Drug", "Effect", "Dose"]), st.integers(0, 60), st.integers(1, 25)),
    max_size=12,
)


@given(WORDS, MENTIONS)
def test_any_mentions_become_flat_spans_and_all_are_counted(pieces, places):
    running = " ".join(pieces)
    mentions = [
        build_mention(label, (start, start + n)) for label, start, n in places if start + n <= len(running)
    ]
    flat = flatten(build_text(running, *mentions), LABELS)
    lost = [m.split(": ")[1] for m in list_messages(flat) if "left out, since" in m or "duplicate" in m]
    n_lost = sum(int(count) for text in lost for count in re.findall(r"\d+", text))
    assert flat.n_read.total() == sum(m.label != "Dose" for m in mentions) == flat.n_placed.total() + n_lost
    assert "".join("".join(s.tokens) for s in flat.corpus.sentences) == "".join(running.split())


def test_many_sentences_are_flattened_in_seconds():
    draw = random.Random(0)
    passages = tuple(
        Passage(
            tokens=("w",) * 12,
            document=str(at // 10),
            mentions=(
                build_mention("ADR", (draw.randint(0, 9), 11)),
                build_mention("Drug", (draw.randint(0, 3), 4)),
            ),
        )
        for at in range(30_000)
    )
    large = build_reading(*passages)
    started = time.process_time()
    flat = flatten(large, propose_label_map(large.labels))
    assert time.process_time() - started < 3, "100,000 take 1 to 1.5 s"
    assert len(flat.corpus.sentences) == 30_000


def test_a_long_document_is_flattened_in_seconds():
    large = build_text(
        "He took aspirin. " * 20_000,
        *(build_mention("Drug", (17 * i + 8, 17 * i + 15)) for i in range(20_000)),
    )
    started = time.process_time()
    assert flatten(large, LABELS).n_placed == {"Drug": 20_000}
    assert time.process_time() - started < 6
