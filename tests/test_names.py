"""Naming rules: no vague words, verbs in front of functions, no import cycles."""

import ast

import pytest

from tools.code_counts import (
    BLAND,
    ROOT,
    has_verb,
    import_cycles,
    public_functions,
    source_files,
    vague_names,
)

WITHOUT_VERB = 20  # public functions at most
WITH_BLAND_VERB = 10  # get_, do_, make_, handle_
TREES = {
    file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in source_files()
}
FUNCTIONS = [
    f"{path}: {function.name}" for path, tree in TREES.items() for function in public_functions(tree)
]


def test_no_identifier_is_a_vague_word():
    vague = [f"{path}:{line} {name}" for path, tree in TREES.items() for name, line in vague_names(tree)]
    assert vague == []


def test_public_functions_start_with_a_verb():
    without_verb = [line for line in FUNCTIONS if not has_verb(line.split()[-1])]
    assert len(without_verb) <= WITHOUT_VERB, "\n".join(without_verb)


def test_few_public_functions_start_with_a_bland_verb():
    bland = [line for line in FUNCTIONS if line.split()[-1].split("_")[0] in BLAND]
    assert len(bland) <= WITH_BLAND_VERB, "\n".join(bland)


def test_there_are_no_import_cycles():
    assert import_cycles(source_files()) == []


@pytest.mark.parametrize(
    "source", ["told = 1", "def f(known_runs): ...", "class Ours: ...", "x.asked", "f(given=1)"]
)
def test_vague_names_are_detected_in_all_positions(source):
    assert list(vague_names(ast.parse(source)))


def test_import_cycles_are_detected_across_folders(tmp_path):
    (tmp_path / "a").mkdir()
    files = [tmp_path / "a/x.py", tmp_path / "a/y.py", tmp_path / "z.py"]
    for file, text in zip(
        files, ("from a import y", "def f():\n    import z", "from a.x import w"), strict=True
    ):
        file.write_text(text)
    assert import_cycles(files, tmp_path) == [["a.x", "a.y", "z"]]
