"""Parts (train, dev, test) are parsed from the words of names."""

import pytest

from bioner_core.corpus.reading.split_names import parse_file_part, parse_folder_part, parse_part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        *(
            (word, "train")
            for word in ("train", "Training", "TRAIN_v1.jsonl", "trainset", "wnut17train.conll")
        ),
        *(
            (word, "dev")
            for word in ("dev", "devel", "development", "valid", "validation", "my-val.csv", "eng.testa")
        ),
        *(
            (word, "test")
            for word in ("test", "Eval", "evaluation", "heldout", "held-out", "CDR_TestSet.txt")
        ),
        *(
            (word, "")
            for word in ("contest", "testimony", "developer", "trainer", "corpus", "", "train-test")
        ),
        ("train+dev", "train"),
    ],
)
def test_a_part_is_recognized_as_a_whole_word_of_a_name(name, part):
    assert parse_part(name) == part


def test_the_file_name_determines_the_part_before_its_folders():
    assert (parse_file_part("test/train.conll"), parse_file_part("a/test/b/x.conll")) == ("train", "test")


def test_the_innermost_folder_determines_the_part():
    assert (parse_folder_part("train/dev/test.ann"), parse_folder_part("test.ann")) == ("dev", "")
