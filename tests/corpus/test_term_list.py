"""Term lists: longest match, whole words, any case; read from files, or collected from annotation."""

import pytest

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.term_list import collect_terms, find_terms, read_terms
from bioner_core.errors import BionerError

CORPUS = Corpus(name="notes", sentences=(), types=("Disease", "Drug"), label_map={"CHEM": "Drug"})


def find(words, **terms):
    [sentence] = find_terms(
        [Sentence(tuple(words.split()))], {k.replace("_", ""): v for k, v in terms.items()}
    )
    return sentence.spans


def test_the_longest_term_at_a_word_is_taken_and_only_whole_words():
    terms = {"pain": "Disease", "chest_pain": "Disease", "aspirin": "Drug"}
    assert find("Chest pain , no aspirins , ASPIRIN", **terms) == (Span(0, 2, "Disease"), Span(6, 7, "Drug"))
    assert find("chest pains", **terms) == ()
    assert find("beta - blocker", **{"beta-blocker": "Drug"}) == (Span(0, 3, "Drug"),)


def test_a_list_is_read_with_or_without_heading_and_with_labels_of_the_corpus(tmp_path):
    path = tmp_path / "terms.csv"
    path.write_text(
        '\ufeffterm,type\n"1,2-Dichloroethane",CHEM\nrenal failure,Disease\nrenal failure,Drug\nx,Cell\n'
    )
    assert read_terms(path, CORPUS) == {"1,2-dichloroethane": "Drug", "renalfailure": "Disease"}
    path = tmp_path / "terms.txt"
    path.write_text("Aspirin\tMedication\n\nchest pain, acute\tDisease\n")
    assert read_terms(path, CORPUS) == {"aspirin": "Drug", "chestpain,acute": "Disease"}
    path.write_text("Aspirin\n1,2-dichloroethane\n")
    one_type = Corpus(name="drugs", sentences=(), types=("Drug",))
    assert read_terms(path, one_type) == {"aspirin": "Drug", "1,2-dichloroethane": "Drug"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"Aspirin\n",
            "terms.txt, line 1: no type. notes annotates Disease, Drug; write the term, a tab and one",
        ),
        (b"Aspirin\tCell\n", "terms.txt: no term of Disease, Drug. Types in the file: Cell."),
        (b"", "terms.txt: no term of Disease, Drug. Types in the file: none."),
        (b"\xff\xfe", "terms.txt: is not UTF-8."),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(tmp_path, content, message):
    path = tmp_path / "terms.txt"
    path.write_bytes(content)
    with pytest.raises(BionerError) as refused:
        read_terms(path, CORPUS)
    assert str(refused.value).startswith(message)


def test_terms_that_training_sentences_mostly_do_not_annotate_are_left_out():
    def build(words, *spans):
        return Sentence(tuple(words.split()), spans)

    sentences = [
        build("cold cured by aspirin", Span(0, 1, "Disease"), Span(3, 4, "Drug")),
        build("cold water and cold hands"),
        build("Aspirin again", Span(0, 1, "Drug")),
    ]
    assert collect_terms(sentences) == {"aspirin": "Drug"}
    with pytest.raises(BionerError, match="1 training sentences: none has a mention"):
        collect_terms(sentences[1:2])
